package ovl.overlay;

/**
 * What each process does with the names that it is listed (each of its threads: the kernel tells
 * the thread's number). A name that is looked up after it was listed alone costs one more request,
 * about four times what its attributes would have cost; attributes that nobody asks for make a long
 * listing three times as slow. So a process gets them if it has looked up enough of what it was
 * listed without. Processes without a number here, from another pid namespace, get names.
 */
final class Readers {
  /** More than read large directories at a time; a process that shares a place begins anew. */
  private static final int PLACES = 64;

  /** Of so many names one looked up is worth the attributes of all. */
  private static final int WORTH = 4;

  /** What was done with more names than these counts half, then less: habits change. */
  private static final int RECENT = 4096;

  /** What one process has done. Guarded by itself. */
  private static final class Reader {
    private int pid;
    private int named;
    private int lookedUp;

    private void become(int other) {
      if (pid != other) {
        pid = other;
        named = 0;
        lookedUp = 0;
      }
    }
  }

  private final Reader[] readers = new Reader[PLACES];

  Readers() {
    for (int i = 0; i < PLACES; i++) {
      readers[i] = new Reader();
    }
  }

  private Reader reader(int pid) {
    return readers[pid & PLACES - 1];
  }

  /** Whether a process probably looks at what it is listed. */
  boolean wantsAttributes(int pid) {
    Reader reader = reader(pid);
    synchronized (reader) {
      return reader.pid == pid && reader.lookedUp > 0 && reader.lookedUp * WORTH >= reader.named;
    }
  }

  /** A process was listed so many names of a directory without attributes. */
  void named(int pid, Node dir, int count) {
    if (count == 0 || pid == 0) {
      return;
    }
    dir.dir().namedTo = pid;
    Reader reader = reader(pid);
    synchronized (reader) {
      reader.become(pid);
      reader.named += count;
      if (reader.named > RECENT) {
        reader.named /= 2;
        reader.lookedUp /= 2;
      }
    }
  }

  /** A process has looked up a name that is in a directory. */
  void lookedUp(int pid, Node dir) {
    if (dir.dir().namedTo != pid) {
      return;
    }
    Reader reader = reader(pid);
    synchronized (reader) {
      if (reader.pid == pid && reader.lookedUp < reader.named) {
        reader.lookedUp++;
      }
    }
  }
}

package ovl.overlay;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** Counts the copy-ups of a mount and knows those in progress. */
public final class CopyUps {
  private final AtomicLong count = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong nanos = new AtomicLong();
  private final Set<Running> running = ConcurrentHashMap.newKeySet();
  private volatile boolean isRecorded;

  /**
   * One that is being made.
   *
   * @param path of the file below the root of the mount, for people
   * @param copied how many bytes are copied
   * @param size how many there are
   * @param nanos how long it has taken so far
   */
  public record InProgress(String path, long copied, long size, long nanos) {}

  /** The copy-up of one object, until close. */
  final class Running implements AutoCloseable, LongConsumer {
    private final Node node;
    private final long start = System.nanoTime();
    private volatile long size;
    private volatile long copied;
    private final CopyUpEvent event;
    private boolean isDone;

    private Running(Node node) {
      this.node = node;
      this.event = isRecorded ? new CopyUpEvent() : null;
      if (event != null) {
        event.begin();
      }
    }

    /** There are this many bytes to copy. */
    void expect(long total) {
      size = total;
    }

    /** So many bytes at the beginning of the file are done, holes included. */
    @Override
    public void accept(long position) {
      copied = position;
    }

    /** The object is on upper. */
    void done() {
      isDone = true;
    }

    @Override
    public void close() {
      running.remove(this);
      if (isDone) {
        count.incrementAndGet();
        bytes.addAndGet(size);
        nanos.addAndGet(System.nanoTime() - start);
      }
      if (event != null && event.shouldCommit()) {
        event.path = node.path();
        event.size = size;
        event.isDone = isDone;
        event.commit();
      }
    }
  }

  /** Makes copy-ups from now on events of Java Flight Recorder. */
  public void record() {
    new CopyUpEvent().begin(); // loads the class here and not in a request
    isRecorded = true;
  }

  Running begin(Node node) {
    Running begun = new Running(node);
    running.add(begun);
    return begun;
  }

  /** How many objects were copied up, directories included. */
  public long count() {
    return count.get();
  }

  /** The sizes of the files whose data was copied. */
  public long bytes() {
    return bytes.get();
  }

  /** How long the copy-ups took together. */
  public long nanos() {
    return nanos.get();
  }

  /** Those that are being made, in no order. */
  public List<InProgress> inProgress() {
    List<InProgress> list = new ArrayList<>();
    for (Running one : running) {
      long elapsed = System.nanoTime() - one.start;
      list.add(new InProgress(one.node.path(), one.copied, one.size, elapsed));
    }
    return list;
  }
}

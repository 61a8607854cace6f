package ovl.overlay;

/**
 * How many of the names in a merged directory are directories. Counting lists all layers of it, and
 * the kernel asks for the attributes of a directory after each name that comes or goes there.
 */
final class SubdirectoryCount {
  static final int UNKNOWN = -1;

  /** A count that is being made; what has been forgotten meanwhile stays forgotten. */
  static final class Counting {
    private volatile int result = UNKNOWN;

    void end(int count) {
      result = count;
    }
  }

  private volatile Counting latest;

  /** {@link #UNKNOWN} if it has to be counted. */
  int get() {
    Counting last = latest;
    return last == null ? UNKNOWN : last.result;
  }

  /** To be called before the names are read. */
  Counting begin() {
    Counting begun = new Counting();
    latest = begun;
    return begun;
  }

  /** To be called after a name of the child has come or gone on disk. */
  void changed(Node child) {
    if (child.isDirectory()) {
      latest = null;
    }
  }
}

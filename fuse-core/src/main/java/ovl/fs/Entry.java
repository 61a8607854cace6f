package ovl.fs;

/** The answer to a lookup: the node a name leads to, with its attributes. Reused by a worker. */
public final class Entry {
  /** 0: no such name, and the kernel may remember that for {@link #validNanos}. */
  public long nodeid;

  public long generation;

  /** How long the kernel may keep the name, in nanoseconds. */
  public long validNanos;

  public final Attr attr = new Attr();

  /** Makes this the answer "no such name". */
  public void negative(long nanos) {
    nodeid = 0;
    generation = 0;
    validNanos = nanos;
  }
}

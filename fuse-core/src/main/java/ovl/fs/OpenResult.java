package ovl.fs;

/** The answer to an open. Reused by a worker. */
public final class OpenResult {
  /** The handle that later requests name. */
  public long fh;

  /** The pages that the kernel has of this node are still right. */
  public boolean keepCache;

  /** The listing may be kept by the kernel and served without asking again. */
  public boolean cacheDir;

  /** The reads and writes of this handle bypass the page cache. */
  public boolean directIo;

  /**
   * A descriptor of the file that the kernel may open and use by itself instead of asking us
   * (passthrough), for as long as the handle is open; -1: there is none.
   */
  public int backingFd = -1;

  /**
   * The backing may be written to. The kernel does not ask: it opens it again, with the flags of
   * the user's open. A node has one writable backing and one other at most.
   */
  public boolean backingIsWritable;

  /**
   * The kernel's page cache serves this open better than the backing, which is then only for a node
   * that is open by its backing anyway.
   */
  public boolean prefersCache;

  public void clear() {
    fh = 0;
    keepCache = false;
    cacheDir = false;
    directIo = false;
    backingFd = -1;
    backingIsWritable = false;
    prefersCache = false;
  }
}

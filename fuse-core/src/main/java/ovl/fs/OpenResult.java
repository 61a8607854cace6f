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

  public void clear() {
    fh = 0;
    keepCache = false;
    cacheDir = false;
    directIo = false;
  }
}

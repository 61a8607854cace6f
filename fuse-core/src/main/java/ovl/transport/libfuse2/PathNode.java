package ovl.transport.libfuse2;

/**
 * A node that a path was resolved to, and the references on it that are owed back to the {@link
 * ovl.fs.NodeFs}. Shared by the cache, the requests in progress and the open handles; who lets go
 * last returns the references. All fields but {@link #nodeid} are guarded by the resolver.
 */
final class PathNode implements AutoCloseable {
  final long nodeid;
  final boolean isDirectory;

  /** Cache, requests and handles that still use this. */
  int users = 1;

  /** References to be returned by forget. */
  long nlookup = 1;

  private final PathResolver resolver;

  PathNode(PathResolver resolver, long nodeid, boolean isDirectory) {
    this.resolver = resolver;
    this.nodeid = nodeid;
    this.isDirectory = isDirectory;
  }

  /** Ends one use. */
  @Override
  public void close() {
    resolver.release(this);
  }
}

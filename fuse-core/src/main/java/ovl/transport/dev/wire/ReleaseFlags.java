package ovl.transport.dev.wire;

/** Bits of fuse_release_in.release_flags. */
public final class ReleaseFlags {
  public static final int RELEASE_FLUSH = 1 << 0;
  public static final int RELEASE_FLOCK_UNLOCK = 1 << 1;

  private ReleaseFlags() {}
}

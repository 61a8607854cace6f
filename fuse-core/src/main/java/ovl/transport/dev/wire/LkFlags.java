package ovl.transport.dev.wire;

/** Bits of fuse_lk_in.lk_flags. */
public final class LkFlags {
  public static final int LK_FLOCK = 1 << 0;

  private LkFlags() {}
}

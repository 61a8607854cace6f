package ovl.transport.dev.wire;

/** Bits of open_flags in fuse_open_in and fuse_create_in; the O_ flags are in flags. */
public final class OpenInFlags {
  public static final int OPEN_KILL_SUIDGID = 1 << 0;

  private OpenInFlags() {}
}

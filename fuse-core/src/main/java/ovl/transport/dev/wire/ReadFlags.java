package ovl.transport.dev.wire;

/** Bits of fuse_read_in.read_flags. */
public final class ReadFlags {
  public static final int READ_LOCKOWNER = 1 << 1;

  private ReadFlags() {}
}

package ovl.transport.dev.wire;

/** Bits of fuse_write_in.write_flags. WRITE_KILL_PRIV is the old name of WRITE_KILL_SUIDGID. */
public final class WriteFlags {
  public static final int WRITE_CACHE = 1 << 0;
  public static final int WRITE_LOCKOWNER = 1 << 1;
  public static final int WRITE_KILL_SUIDGID = 1 << 2;
  public static final int WRITE_KILL_PRIV = 1 << 2;

  private WriteFlags() {}
}

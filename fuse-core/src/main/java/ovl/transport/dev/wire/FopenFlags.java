package ovl.transport.dev.wire;

/** Bits of fuse_open_out.open_flags: how the kernel treats an open file. */
public final class FopenFlags {
  public static final int FOPEN_DIRECT_IO = 1 << 0;
  public static final int FOPEN_KEEP_CACHE = 1 << 1;
  public static final int FOPEN_NONSEEKABLE = 1 << 2;
  public static final int FOPEN_CACHE_DIR = 1 << 3;
  public static final int FOPEN_STREAM = 1 << 4;
  public static final int FOPEN_NOFLUSH = 1 << 5;
  public static final int FOPEN_PARALLEL_DIRECT_WRITES = 1 << 6;
  public static final int FOPEN_PASSTHROUGH = 1 << 7;

  private FopenFlags() {}
}

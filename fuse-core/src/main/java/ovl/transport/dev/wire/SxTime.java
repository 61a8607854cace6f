package ovl.transport.dev.wire;

/**
 * struct fuse_sx_time, 16 bytes. Part of {@link SxStat}.
 *
 * <pre>
 * 0 s64 tv_sec  8 u32 tv_nsec  12 s32 __reserved
 * </pre>
 */
public final class SxTime extends Flyweight<SxTime> {
  public static final int LENGTH = 16;

  public SxTime() {
    super(LENGTH);
  }

  public long tvSec() { return u64(0); }
  public int tvNsec() { return u32(8); }

  public SxTime tvSec(long value) { return put64(0, value); }
  public SxTime tvNsec(int value) { return put32(8, value); }
}

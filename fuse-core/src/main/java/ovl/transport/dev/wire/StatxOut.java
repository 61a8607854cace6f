package ovl.transport.dev.wire;

/**
 * struct fuse_statx_out, 288 bytes.
 *
 * <pre>
 *  0 u64 attr_valid  8 u32 attr_valid_nsec  12 u32 flags  16 u64 spare[2]
 * 32 statx stat
 * </pre>
 */
public final class StatxOut extends Flyweight<StatxOut> {
  public static final int LENGTH = 288;

  private final SxStat stat = new SxStat();

  public StatxOut() {
    super(LENGTH);
  }

  public long attrValid() { return u64(0); }
  public int attrValidNsec() { return u32(8); }
  public int flags() { return u32(12); }

  public StatxOut attrValid(long value) { return put64(0, value); }
  public StatxOut attrValidNsec(int value) { return put32(8, value); }
  public StatxOut flags(int value) { return put32(12, value); }

  public SxStat stat() { return nested(stat, 32); }
}

package ovl.transport.dev.wire;

/**
 * struct fuse_statx, 256 bytes. Part of {@link StatxOut}.
 *
 * <pre>
 *   0 u32 mask            4 u32 blksize       8 u64 attributes   16 u32 nlink
 *  20 u32 uid            24 u32 gid          28 u16 mode         30 u16 __spare0[1]
 *  32 u64 ino            40 u64 size         48 u64 blocks       56 u64 attributes_mask
 *  64 sx_time atime      80 sx_time btime    96 sx_time ctime   112 sx_time mtime
 * 128 u32 rdev_major    132 u32 rdev_minor  136 u32 dev_major   140 u32 dev_minor
 * 144 u64 __spare2[14]
 * </pre>
 */
public final class SxStat extends Flyweight<SxStat> {
  public static final int LENGTH = 256;

  private final SxTime atime = new SxTime();
  private final SxTime btime = new SxTime();
  private final SxTime ctime = new SxTime();
  private final SxTime mtime = new SxTime();

  public SxStat() {
    super(LENGTH);
  }

  public int mask() { return u32(0); }
  public int blksize() { return u32(4); }
  public long attributes() { return u64(8); }
  public int nlink() { return u32(16); }
  public int uid() { return u32(20); }
  public int gid() { return u32(24); }
  public int mode() { return u16(28); }
  public long ino() { return u64(32); }
  public long size() { return u64(40); }
  public long blocks() { return u64(48); }
  public long attributesMask() { return u64(56); }
  public int rdevMajor() { return u32(128); }
  public int rdevMinor() { return u32(132); }
  public int devMajor() { return u32(136); }
  public int devMinor() { return u32(140); }

  public SxStat mask(int value) { return put32(0, value); }
  public SxStat blksize(int value) { return put32(4, value); }
  public SxStat attributes(long value) { return put64(8, value); }
  public SxStat nlink(int value) { return put32(16, value); }
  public SxStat uid(int value) { return put32(20, value); }
  public SxStat gid(int value) { return put32(24, value); }
  public SxStat mode(int value) { return put16(28, value); }
  public SxStat ino(long value) { return put64(32, value); }
  public SxStat size(long value) { return put64(40, value); }
  public SxStat blocks(long value) { return put64(48, value); }
  public SxStat attributesMask(long value) { return put64(56, value); }
  public SxStat rdevMajor(int value) { return put32(128, value); }
  public SxStat rdevMinor(int value) { return put32(132, value); }
  public SxStat devMajor(int value) { return put32(136, value); }
  public SxStat devMinor(int value) { return put32(140, value); }

  public SxTime atime() { return nested(atime, 64); }
  public SxTime btime() { return nested(btime, 80); }
  public SxTime ctime() { return nested(ctime, 96); }
  public SxTime mtime() { return nested(mtime, 112); }
}

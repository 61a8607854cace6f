package ovl.sys;

/**
 * A struct statx (statx(2)), 256 bytes, in little-endian order.
 *
 * <pre>
 *   0 u32 mask         4 u32 blksize      8 u64 attributes
 *  16 u32 nlink       20 u32 uid         24 u32 gid          28 u16 mode
 *  32 u64 ino         40 u64 size        48 u64 blocks       56 u64 attributes_mask
 *  64 s64 atime       72 u32 atime_nsec  80 s64 btime        88 u32 btime_nsec
 *  96 s64 ctime      104 u32 ctime_nsec 112 s64 mtime       120 u32 mtime_nsec
 * 128 u32 rdev_major 132 u32 rdev_minor 136 u32 dev_major   140 u32 dev_minor
 * 144 u64 mnt_id
 * </pre>
 */
public final class Statx {
  public static final int LENGTH = 256;

  /** As far as the last field. */
  private static final int WORDS = 19;

  private final long address;

  /** A copy: it takes one call where each field took five, of an interpreter at first. */
  private final long[] words = new long[WORDS];

  Statx(Memory memory, int offset) {
    this.address = memory.address() + offset;
  }

  /** Where statx(2) is to write; what it wrote is seen after {@link #read}. */
  long address() {
    return address;
  }

  /** Takes over what statx(2) wrote. */
  void read() {
    NativeBytes.read(address, words);
  }

  private void put32(int offset, int value) {
    int shift = (offset & 4) * Byte.SIZE;
    int i = offset >> 3;
    words[i] = words[i] & ~(0xffffffffL << shift) | (value & 0xffffffffL) << shift;
  }

  public int mask() {
    return (int) words[0];
  }

  public int blksize() {
    return (int) (words[0] >>> 32);
  }

  public long attributes() {
    return words[1];
  }

  public int nlink() {
    return (int) words[2];
  }

  public int uid() {
    return (int) (words[2] >>> 32);
  }

  public int gid() {
    return (int) words[3];
  }

  public int mode() {
    return (int) (words[3] >>> 32) & 0xffff;
  }

  public long ino() {
    return words[4];
  }

  public long size() {
    return words[5];
  }

  public long blocks() {
    return words[6];
  }

  public long attributesMask() {
    return words[7];
  }

  public long atime() {
    return words[8];
  }

  public int atimeNsec() {
    return (int) words[9];
  }

  public long btime() {
    return words[10];
  }

  public int btimeNsec() {
    return (int) words[11];
  }

  public long ctime() {
    return words[12];
  }

  public int ctimeNsec() {
    return (int) words[13];
  }

  public long mtime() {
    return words[14];
  }

  public int mtimeNsec() {
    return (int) words[15];
  }

  public int rdevMajor() {
    return (int) words[16];
  }

  public int rdevMinor() {
    return (int) (words[16] >>> 32);
  }

  public int devMajor() {
    return (int) words[17];
  }

  public int devMinor() {
    return (int) (words[17] >>> 32);
  }

  public long mntId() {
    return words[18];
  }

  /** The device of the filesystem as one number, for comparison only. */
  public long dev() {
    return (long) devMajor() << 32 | devMinor() & 0xffffffffL;
  }

  /** Replaces whose the object is and what it is; the rest stays as statx(2) filled it. */
  public void override(int uid, int gid, int mode, int rdevMajor, int rdevMinor) {
    put32(20, uid);
    put32(24, gid);
    put32(28, mode & 0xffff);
    put32(128, rdevMajor);
    put32(132, rdevMinor);
  }

  public boolean isDirectory() {
    return Linux.isDirectory(mode());
  }

  public boolean isRegular() {
    return Linux.isRegular(mode());
  }
}

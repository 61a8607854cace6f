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

  private int u32(int offset) {
    return (int) (words[offset >> 3] >>> (offset & 4) * Byte.SIZE);
  }

  private long u64(int offset) {
    return words[offset >> 3];
  }

  private void put32(int offset, int value) {
    int shift = (offset & 4) * Byte.SIZE;
    int i = offset >> 3;
    words[i] = words[i] & ~(0xffffffffL << shift) | (value & 0xffffffffL) << shift;
  }

  public int mask() {
    return u32(0);
  }

  public int blksize() {
    return u32(4);
  }

  public long attributes() {
    return u64(8);
  }

  public int nlink() {
    return u32(16);
  }

  public int uid() {
    return u32(20);
  }

  public int gid() {
    return u32(24);
  }

  public int mode() {
    return u32(28) & 0xffff;
  }

  public long ino() {
    return u64(32);
  }

  public long size() {
    return u64(40);
  }

  public long blocks() {
    return u64(48);
  }

  public long attributesMask() {
    return u64(56);
  }

  public long atime() {
    return u64(64);
  }

  public int atimeNsec() {
    return u32(72);
  }

  public long btime() {
    return u64(80);
  }

  public int btimeNsec() {
    return u32(88);
  }

  public long ctime() {
    return u64(96);
  }

  public int ctimeNsec() {
    return u32(104);
  }

  public long mtime() {
    return u64(112);
  }

  public int mtimeNsec() {
    return u32(120);
  }

  public int rdevMajor() {
    return u32(128);
  }

  public int rdevMinor() {
    return u32(132);
  }

  public int devMajor() {
    return u32(136);
  }

  public int devMinor() {
    return u32(140);
  }

  public long mntId() {
    return u64(144);
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

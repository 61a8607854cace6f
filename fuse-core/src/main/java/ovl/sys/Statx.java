package ovl.sys;

/**
 * Flyweight on struct statx (statx(2)), 256 bytes.
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

  private final long address;

  Statx(Memory memory, int offset) {
    this.address = memory.address() + offset;
  }

  /** Where statx(2) is to write. */
  public long address() {
    return address;
  }

  public int mask() {
    return NativeBytes.getInt(address);
  }

  public int blksize() {
    return NativeBytes.getInt(address + 4);
  }

  public long attributes() {
    return NativeBytes.getLong(address + 8);
  }

  public int nlink() {
    return NativeBytes.getInt(address + 16);
  }

  public int uid() {
    return NativeBytes.getInt(address + 20);
  }

  public int gid() {
    return NativeBytes.getInt(address + 24);
  }

  public int mode() {
    return NativeBytes.getShort(address + 28) & 0xffff;
  }

  public long ino() {
    return NativeBytes.getLong(address + 32);
  }

  public long size() {
    return NativeBytes.getLong(address + 40);
  }

  public long blocks() {
    return NativeBytes.getLong(address + 48);
  }

  public long attributesMask() {
    return NativeBytes.getLong(address + 56);
  }

  public long atime() {
    return NativeBytes.getLong(address + 64);
  }

  public int atimeNsec() {
    return NativeBytes.getInt(address + 72);
  }

  public long btime() {
    return NativeBytes.getLong(address + 80);
  }

  public int btimeNsec() {
    return NativeBytes.getInt(address + 88);
  }

  public long ctime() {
    return NativeBytes.getLong(address + 96);
  }

  public int ctimeNsec() {
    return NativeBytes.getInt(address + 104);
  }

  public long mtime() {
    return NativeBytes.getLong(address + 112);
  }

  public int mtimeNsec() {
    return NativeBytes.getInt(address + 120);
  }

  public int rdevMajor() {
    return NativeBytes.getInt(address + 128);
  }

  public int rdevMinor() {
    return NativeBytes.getInt(address + 132);
  }

  public int devMajor() {
    return NativeBytes.getInt(address + 136);
  }

  public int devMinor() {
    return NativeBytes.getInt(address + 140);
  }

  public long mntId() {
    return NativeBytes.getLong(address + 144);
  }

  /** The device of the filesystem as one number, for comparison only. */
  public long dev() {
    return (long) devMajor() << 32 | devMinor() & 0xffffffffL;
  }

  /** Replaces whose the object is and what it is; the rest stays as statx(2) filled it. */
  public void override(int uid, int gid, int mode, int rdevMajor, int rdevMinor) {
    NativeBytes.putInt(address + 20, uid);
    NativeBytes.putInt(address + 24, gid);
    NativeBytes.putShort(address + 28, (short) mode);
    NativeBytes.putInt(address + 128, rdevMajor);
    NativeBytes.putInt(address + 132, rdevMinor);
  }

  public boolean isDirectory() {
    return Linux.isDirectory(mode());
  }

  public boolean isRegular() {
    return Linux.isRegular(mode());
  }
}

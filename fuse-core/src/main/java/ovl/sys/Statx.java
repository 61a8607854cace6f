package ovl.sys;

import java.nio.ByteBuffer;

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

  private final ByteBuffer buffer;
  private final int offset;
  private final long address;

  Statx(Memory memory, int offset) {
    this.buffer = memory.buffer();
    this.offset = offset;
    this.address = memory.address() + offset;
  }

  /** Where statx(2) is to write. */
  public long address() {
    return address;
  }

  public int mask() {
    return buffer.getInt(offset);
  }

  public int blksize() {
    return buffer.getInt(offset + 4);
  }

  public long attributes() {
    return buffer.getLong(offset + 8);
  }

  public int nlink() {
    return buffer.getInt(offset + 16);
  }

  public int uid() {
    return buffer.getInt(offset + 20);
  }

  public int gid() {
    return buffer.getInt(offset + 24);
  }

  public int mode() {
    return buffer.getShort(offset + 28) & 0xffff;
  }

  public long ino() {
    return buffer.getLong(offset + 32);
  }

  public long size() {
    return buffer.getLong(offset + 40);
  }

  public long blocks() {
    return buffer.getLong(offset + 48);
  }

  public long attributesMask() {
    return buffer.getLong(offset + 56);
  }

  public long atime() {
    return buffer.getLong(offset + 64);
  }

  public int atimeNsec() {
    return buffer.getInt(offset + 72);
  }

  public long btime() {
    return buffer.getLong(offset + 80);
  }

  public int btimeNsec() {
    return buffer.getInt(offset + 88);
  }

  public long ctime() {
    return buffer.getLong(offset + 96);
  }

  public int ctimeNsec() {
    return buffer.getInt(offset + 104);
  }

  public long mtime() {
    return buffer.getLong(offset + 112);
  }

  public int mtimeNsec() {
    return buffer.getInt(offset + 120);
  }

  public int rdevMajor() {
    return buffer.getInt(offset + 128);
  }

  public int rdevMinor() {
    return buffer.getInt(offset + 132);
  }

  public int devMajor() {
    return buffer.getInt(offset + 136);
  }

  public int devMinor() {
    return buffer.getInt(offset + 140);
  }

  public long mntId() {
    return buffer.getLong(offset + 144);
  }

  /** The device of the filesystem as one number, for comparison only. */
  public long dev() {
    return (long) devMajor() << 32 | devMinor() & 0xffffffffL;
  }

  /** Replaces whose the object is and what it is; the rest stays as statx(2) filled it. */
  public void override(int uid, int gid, int mode, int rdevMajor, int rdevMinor) {
    buffer.putInt(offset + 20, uid);
    buffer.putInt(offset + 24, gid);
    buffer.putShort(offset + 28, (short) mode);
    buffer.putInt(offset + 128, rdevMajor);
    buffer.putInt(offset + 132, rdevMinor);
  }

  public boolean isDirectory() {
    return Linux.isDirectory(mode());
  }

  public boolean isRegular() {
    return Linux.isRegular(mode());
  }
}

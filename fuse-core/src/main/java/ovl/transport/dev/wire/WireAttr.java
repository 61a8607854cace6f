package ovl.transport.dev.wire;

/**
 * struct fuse_attr, 88 bytes. Part of {@link EntryOut} and {@link AttrOut}.
 *
 * <pre>
 *  0 u64 ino         8 u64 size   16 u64 blocks     24 u64 atime
 * 32 u64 mtime      40 u64 ctime  48 u32 atimensec  52 u32 mtimensec
 * 56 u32 ctimensec  60 u32 mode   64 u32 nlink      68 u32 uid
 * 72 u32 gid        76 u32 rdev   80 u32 blksize    84 u32 flags
 * </pre>
 */
public final class WireAttr extends Flyweight<WireAttr> {
  public static final int LENGTH = 88;

  public WireAttr() {
    super(LENGTH);
  }

  public long ino() { return u64(0); }
  public long size() { return u64(8); }
  public long blocks() { return u64(16); }
  public long atime() { return u64(24); }
  public long mtime() { return u64(32); }
  public long ctime() { return u64(40); }
  public int atimensec() { return u32(48); }
  public int mtimensec() { return u32(52); }
  public int ctimensec() { return u32(56); }
  public int mode() { return u32(60); }
  public int nlink() { return u32(64); }
  public int uid() { return u32(68); }
  public int gid() { return u32(72); }
  public int rdev() { return u32(76); }
  public int blksize() { return u32(80); }
  public int flags() { return u32(84); }
}

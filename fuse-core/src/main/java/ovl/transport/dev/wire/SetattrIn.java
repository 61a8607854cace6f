package ovl.transport.dev.wire;

/**
 * struct fuse_setattr_in, 88 bytes.
 *
 * <pre>
 *  0 u32 valid        4 u32 padding     8 u64 fh         16 u64 size
 * 24 u64 lock_owner  32 u64 atime      40 u64 mtime      48 u64 ctime
 * 56 u32 atimensec   60 u32 mtimensec  64 u32 ctimensec  68 u32 mode
 * 72 u32 unused4     76 u32 uid        80 u32 gid        84 u32 unused5
 * </pre>
 */
public final class SetattrIn extends Flyweight<SetattrIn> {
  public static final int LENGTH = 88;

  public SetattrIn() {
    super(LENGTH);
  }

  public int valid() { return u32(0); }
  public long fh() { return u64(8); }
  public long size() { return u64(16); }
  public long lockOwner() { return u64(24); }
  public long atime() { return u64(32); }
  public long mtime() { return u64(40); }
  public long ctime() { return u64(48); }
  public int atimensec() { return u32(56); }
  public int mtimensec() { return u32(60); }
  public int ctimensec() { return u32(64); }
  public int mode() { return u32(68); }
  public int uid() { return u32(76); }
  public int gid() { return u32(80); }
}

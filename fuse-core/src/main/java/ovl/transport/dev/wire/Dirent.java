package ovl.transport.dev.wire;

/**
 * struct fuse_dirent, 24 bytes. The name follows, without a NUL, and zeros up to a multiple of 8.
 *
 * <pre>
 *  0 u64 ino      8 u64 off  16 u32 namelen  20 u32 type
 * 24 char name[]
 * </pre>
 */
public final class Dirent extends Flyweight<Dirent> {
  public static final int LENGTH = 24;

  public Dirent() {
    super(LENGTH);
  }

  /** Bytes that an entry with a name of this length takes. */
  public static int sizeFor(int nameLength) {
    return (LENGTH + nameLength + 7) & -8;
  }

  public long ino() { return u64(0); }
  public long off() { return u64(8); }
  public int namelen() { return u32(16); }
  public int type() { return u32(20); }

  public Dirent ino(long value) { return put64(0, value); }
  public Dirent off(long value) { return put64(8, value); }
  public Dirent namelen(int value) { return put32(16, value); }
  public Dirent type(int value) { return put32(20, value); }
}

package ovl.transport.dev.wire;

/**
 * struct fuse_kstatfs, 80 bytes. Part of {@link StatfsOut}.
 *
 * <pre>
 *  0 u64 blocks    8 u64 bfree     16 u64 bavail   24 u64 files
 * 32 u64 ffree    40 u32 bsize     44 u32 namelen  48 u32 frsize
 * 52 u32 padding  56 u32 spare[6]
 * </pre>
 */
public final class Kstatfs extends Flyweight<Kstatfs> {
  public static final int LENGTH = 80;

  public Kstatfs() {
    super(LENGTH);
  }

  public long blocks() { return u64(0); }
  public long bfree() { return u64(8); }
  public long bavail() { return u64(16); }
  public long files() { return u64(24); }
  public long ffree() { return u64(32); }
  public int bsize() { return u32(40); }
  public int namelen() { return u32(44); }
  public int frsize() { return u32(48); }

  public Kstatfs blocks(long value) { return put64(0, value); }
  public Kstatfs bfree(long value) { return put64(8, value); }
  public Kstatfs bavail(long value) { return put64(16, value); }
  public Kstatfs files(long value) { return put64(24, value); }
  public Kstatfs ffree(long value) { return put64(32, value); }
  public Kstatfs bsize(int value) { return put32(40, value); }
  public Kstatfs namelen(int value) { return put32(44, value); }
  public Kstatfs frsize(int value) { return put32(48, value); }
}

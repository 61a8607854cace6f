package ovl.transport.dev.wire;

/**
 * struct fuse_entry_out, 128 bytes.
 *
 * <pre>
 *  0 u64 nodeid             8 u64 generation       16 u64 entry_valid  24 u64 attr_valid
 * 32 u32 entry_valid_nsec  36 u32 attr_valid_nsec  40 attr attr
 * </pre>
 */
public final class EntryOut extends Flyweight<EntryOut> {
  public static final int LENGTH = 128;

  private final WireAttr attr = new WireAttr();

  public EntryOut() {
    super(LENGTH);
  }

  public long nodeid() { return u64(0); }
  public long generation() { return u64(8); }
  public long entryValid() { return u64(16); }
  public long attrValid() { return u64(24); }
  public int entryValidNsec() { return u32(32); }
  public int attrValidNsec() { return u32(36); }

  /** Fills the whole struct. */
  public EntryOut put(long[] words) { return putWords(words); }

  public WireAttr attr() { return nested(attr, 40); }
}

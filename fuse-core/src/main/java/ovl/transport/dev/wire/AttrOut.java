package ovl.transport.dev.wire;

/**
 * struct fuse_attr_out, 104 bytes.
 *
 * <pre>
 * 0 u64 attr_valid  8 u32 attr_valid_nsec  12 u32 dummy  16 attr attr
 * </pre>
 */
public final class AttrOut extends Flyweight<AttrOut> {
  public static final int LENGTH = 104;

  private final WireAttr attr = new WireAttr();

  public AttrOut() {
    super(LENGTH);
  }

  public long attrValid() { return u64(0); }
  public int attrValidNsec() { return u32(8); }

  /** Fills the whole struct. */
  public AttrOut put(long[] words) { return putWords(words); }

  public WireAttr attr() { return nested(attr, 16); }
}

package ovl.transport.dev.wire;

/**
 * struct fuse_link_in, 8 bytes.
 *
 * <pre>
 * 0 u64 oldnodeid
 * </pre>
 */
public final class LinkIn extends Flyweight<LinkIn> {
  public static final int LENGTH = 8;

  public LinkIn() {
    super(LENGTH);
  }

  public long oldnodeid() { return u64(0); }
}

package ovl.transport.dev.wire;

/** Bits of fuse_attr.flags. */
public final class AttrFlags {
  public static final int ATTR_SUBMOUNT = 1 << 0;
  public static final int ATTR_DAX = 1 << 1;

  private AttrFlags() {}
}

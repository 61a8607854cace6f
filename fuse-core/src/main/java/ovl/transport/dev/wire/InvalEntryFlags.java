package ovl.transport.dev.wire;

/** Bits of fuse_notify_inval_entry_out.flags. */
public final class InvalEntryFlags {
  public static final int EXPIRE_ONLY = 1 << 0;

  private InvalEntryFlags() {}
}

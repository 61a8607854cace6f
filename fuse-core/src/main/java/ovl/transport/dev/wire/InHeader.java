package ovl.transport.dev.wire;

/**
 * struct fuse_in_header, 40 bytes. It opens every request.
 *
 * <pre>
 *  0 u32 len       4 u32 opcode   8 u64 unique  16 u64 nodeid
 * 24 u32 uid      28 u32 gid     32 u32 pid     36 u16 total_extlen
 * 38 u16 padding
 * </pre>
 */
public final class InHeader extends Flyweight<InHeader> {
  public static final int LENGTH = 40;

  public InHeader() {
    super(LENGTH);
  }

  public int len() { return u32(0); }
  public int opcode() { return u32(4); }
  public long unique() { return u64(8); }
  public long nodeid() { return u64(16); }
  public int uid() { return u32(24); }
  public int gid() { return u32(28); }
  public int pid() { return u32(32); }
  public int totalExtlen() { return u16(36); }

  public InHeader len(int value) { return put32(0, value); }
  public InHeader opcode(int value) { return put32(4, value); }
  public InHeader unique(long value) { return put64(8, value); }
  public InHeader nodeid(long value) { return put64(16, value); }
  public InHeader uid(int value) { return put32(24, value); }
  public InHeader gid(int value) { return put32(28, value); }
  public InHeader pid(int value) { return put32(32, value); }
  public InHeader totalExtlen(int value) { return put16(36, value); }

  @Override
  public String toString() {
    return Opcode.name(opcode())
        + (" unique=" + Long.toUnsignedString(unique()))
        + (" nodeid=" + Long.toUnsignedString(nodeid()))
        + (" len=" + Integer.toUnsignedString(len()))
        + (" uid=" + Integer.toUnsignedString(uid()))
        + (" gid=" + Integer.toUnsignedString(gid()))
        + (" pid=" + Integer.toUnsignedString(pid()));
  }
}

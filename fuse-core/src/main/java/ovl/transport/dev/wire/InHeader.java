package ovl.transport.dev.wire;

import java.nio.ByteBuffer;
import ovl.sys.NativeBytes;

/**
 * struct fuse_in_header, 40 bytes. It opens every request.
 *
 * <pre>
 *  0 u32 len       4 u32 opcode   8 u64 unique  16 u64 nodeid
 * 24 u32 uid      28 u32 gid     32 u32 pid     36 u16 total_extlen
 * 38 u16 padding
 * </pre>
 *
 * <p>Its fields are taken over when it is wrapped, all at once: each is asked for several times.
 */
public final class InHeader extends Flyweight<InHeader> {
  public static final int LENGTH = 40;

  private final long[] words = new long[LENGTH / Long.BYTES];

  public InHeader() {
    super(LENGTH);
  }

  @Override
  InHeader bind(ByteBuffer buffer, int offset, int end, int needed) {
    return taken(super.bind(buffer, offset, end, needed));
  }

  private static InHeader taken(InHeader header) {
    NativeBytes.read(header.address(), header.words);
    return header;
  }

  public int len() { return (int) words[0]; }
  public int opcode() { return (int) (words[0] >>> 32); }
  public long unique() { return words[1]; }
  public long nodeid() { return words[2]; }
  public int uid() { return (int) words[3]; }
  public int gid() { return (int) (words[3] >>> 32); }
  public int pid() { return (int) words[4]; }
  public int totalExtlen() { return (int) (words[4] >>> 32) & 0xffff; }

  public InHeader len(int value) { return taken(put32(0, value)); }
  public InHeader opcode(int value) { return taken(put32(4, value)); }
  public InHeader unique(long value) { return taken(put64(8, value)); }
  public InHeader nodeid(long value) { return taken(put64(16, value)); }
  public InHeader uid(int value) { return taken(put32(24, value)); }
  public InHeader gid(int value) { return taken(put32(28, value)); }
  public InHeader pid(int value) { return taken(put32(32, value)); }
  public InHeader totalExtlen(int value) { return taken(put16(36, value)); }

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

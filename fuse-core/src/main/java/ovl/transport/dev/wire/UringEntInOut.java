package ovl.transport.dev.wire;

/**
 * struct fuse_uring_ent_in_out, 32 bytes. The payload is what follows the first struct of a
 * request, and the header of a reply.
 *
 * <pre>
 * 0 u64 flags  8 u64 commit_id  16 u32 payload_sz  20 u32 padding  24 u64 reserved
 * </pre>
 */
public final class UringEntInOut extends Flyweight<UringEntInOut> {
  public static final int LENGTH = 32;

  public UringEntInOut() {
    super(LENGTH);
  }

  public long flags() { return u64(0); }
  public long commitId() { return u64(8); }
  public int payloadSz() { return u32(16); }

  public UringEntInOut flags(long value) { return put64(0, value); }
  public UringEntInOut commitId(long value) { return put64(8, value); }
  public UringEntInOut payloadSz(int value) { return put32(16, value); }
}

package ovl.transport.dev.wire;

/**
 * struct fuse_uring_cmd_req, 24 bytes. The part of a submission queue entry that is FUSE's own.
 *
 * <pre>
 * 0 u64 flags  8 u64 commit_id  16 u16 qid  18 u8 padding[6]
 * </pre>
 */
public final class UringCmdReq extends Flyweight<UringCmdReq> {
  public static final int LENGTH = 24;

  public UringCmdReq() {
    super(LENGTH);
  }

  public UringCmdReq flags(long value) { return put64(0, value); }
  public UringCmdReq commitId(long value) { return put64(8, value); }
  public UringCmdReq qid(int value) { return put16(16, value); }
}

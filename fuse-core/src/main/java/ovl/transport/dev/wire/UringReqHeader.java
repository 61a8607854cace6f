package ovl.transport.dev.wire;

/**
 * struct fuse_uring_req_header, 288 bytes. The buffer for all of a request or reply but its
 * payload.
 *
 * <pre>
 * 0 u8 in_out[128]  128 u8 op_in[128]  256 uring_ent_in_out ring_ent_in_out
 * </pre>
 */
public final class UringReqHeader extends Flyweight<UringReqHeader> {
  public static final int LENGTH = 288;

  /** Index of {@link InHeader} or {@link OutHeader}. */
  public static final int IN_OUT = 0;

  /** Index of the first struct behind the header of a request, if it has one. */
  public static final int OP_IN = 128;

  /** How long that struct can be. */
  public static final int OP_IN_SIZE = 128;

  private final UringEntInOut ringEntInOut = new UringEntInOut();

  public UringReqHeader() {
    super(LENGTH);
  }

  public UringEntInOut ringEntInOut() { return nested(ringEntInOut, 256); }
}

package ovl.sys;

/**
 * What {@link IoUring} uses of {@code linux/io_uring.h}: constants without their {@code IORING_},
 * and where the fields of its structures are, by the name of the structure and the field. A test
 * holds them against the header.
 */
final class IoUringAbi {
  static final int SETUP_R_DISABLED = 1 << 6;
  static final int SETUP_SQE128 = 1 << 10;
  static final int SETUP_SINGLE_ISSUER = 1 << 12;
  static final int SETUP_DEFER_TASKRUN = 1 << 13;
  static final int SETUP_NO_SQARRAY = 1 << 16;
  static final int FEAT_NO_IOWAIT = 1 << 17;
  static final int REGISTER_ENABLE_RINGS = 12;
  static final int ENTER_GETEVENTS = 1;
  static final int ENTER_NO_IOWAIT = 1 << 7;
  static final long OFF_SQ_RING = 0;
  static final long OFF_SQES = 0x10000000L;
  static final byte OP_URING_CMD = 46;

  static final int PARAMS_CQ_ENTRIES = 4;
  static final int PARAMS_FLAGS = 8;
  static final int PARAMS_FEATURES = 20;
  static final int PARAMS_SQ_OFF = 40;
  static final int PARAMS_CQ_OFF = 80;
  static final int PARAMS_LENGTH = 120;

  static final int SQ_OFF_TAIL = 4;
  static final int CQ_OFF_HEAD = 0;
  static final int CQ_OFF_TAIL = 4;
  static final int CQ_OFF_CQES = 20;

  static final int SQE_OPCODE = 0;
  static final int SQE_FD = 4;
  static final int SQE_CMD_OP = 8;
  static final int SQE_ADDR = 16;
  static final int SQE_LEN = 24;

  /** Of the driver's own 80 bytes. */
  static final int SQE_CMD = 48;

  /** With {@link #SETUP_SQE128}. */
  static final int SQE_LENGTH = 128;

  static final int CQE_RES = 8;
  static final int CQE_LENGTH = 16;

  private IoUringAbi() {}
}

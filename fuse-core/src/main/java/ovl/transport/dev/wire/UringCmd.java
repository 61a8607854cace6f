package ovl.transport.dev.wire;

/** enum fuse_uring_cmd: what a command on an io_uring asks of /dev/fuse. */
public final class UringCmd {
  public static final int IO_URING_CMD_REGISTER = 1;
  public static final int IO_URING_CMD_COMMIT_AND_FETCH = 2;

  private UringCmd() {}
}

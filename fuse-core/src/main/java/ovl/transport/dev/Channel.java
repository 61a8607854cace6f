package ovl.transport.dev;

/** One worker's way to the kernel: requests come in by it and their answers go out. */
interface Channel extends AutoCloseable {
  /**
   * Blocks for the next request and puts it where {@code in} shows it.
   *
   * @return false when there will be none any more: unmounted or aborted
   */
  boolean readRequest(Request in);

  /** Sends an answer; one that the kernel refuses becomes EIO, so that the caller does not hang. */
  void writeReply(Reply reply);

  @Override
  void close();
}

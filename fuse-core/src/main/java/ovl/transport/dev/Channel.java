package ovl.transport.dev;

/** One worker's way to the kernel: requests come in by it and their answers go out. */
interface Channel extends AutoCloseable {
  /**
   * Tells the kernel of the worker, which is the calling thread, once and before all else.
   *
   * @return false if it gets no requests by this channel
   */
  default boolean join() {
    return true;
  }

  /**
   * Has the kernel hand out the requests that came before this worker joined and found nobody
   * waiting, where it does not do so of itself.
   *
   * @param file the nodeid of a regular file that the kernel knows
   */
  default void callForStranded(long file) {}

  /**
   * Blocks for the next request and puts it where {@code in} shows it.
   *
   * @return false when there will be none any more: unmounted or aborted
   */
  boolean readRequest(Request in);

  /** Sends an answer; one that the kernel refuses becomes EIO, so that the caller does not hang. */
  void writeReply(Reply reply);

  /**
   * Whether a request that got no answer fails with the next {@link #readRequest}. Else it fails
   * when the channel is closed.
   */
  default boolean failsUnanswered() {
    return false;
  }

  @Override
  void close();
}

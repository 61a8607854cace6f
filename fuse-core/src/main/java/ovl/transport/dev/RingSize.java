package ovl.transport.dev;

/**
 * How many workers the queue of one CPU has. Each costs 130 kB of memory, so there are fewer on
 * each queue the more queues there are.
 *
 * @param first how many to start with
 * @param spare how many are to wait for a request once there was one
 */
record RingSize(int first, int spare) {
  /** Workers on all queues together, where that is more than one on each. */
  private static final int FIRST = 8;

  private static final int SPARE = 32;

  /** For the queues of one mount. */
  static RingSize of(int queues) {
    return new RingSize(Math.max(1, FIRST / queues), Math.max(1, SPARE / queues));
  }
}

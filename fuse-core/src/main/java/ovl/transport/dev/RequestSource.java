package ovl.transport.dev;

import ovl.transport.OperationTimes;

/** Where the requests of one crew of workers come from, and what workers it takes. */
interface RequestSource {
  /** What the threads are called, up to their number. */
  String threadName();

  /** How many workers to start with, one at least. */
  int first();

  /** How many workers are to wait for a request, that one be there when the next comes. */
  int spare();

  /** How many workers may wait at a time; the others rest. */
  int keep();

  /**
   * Makes a worker with a channel and buffers of its own, and starts nothing.
   *
   * @param served where it counts what it serves
   */
  Worker worker(Workers crew, OperationTimes served);
}

package ovl.transport.libfuse2;

import ovl.fs.Caller;

/** Knows who made the request that the calling thread is answering. */
interface CallerSource {
  void fill(Caller caller);
}

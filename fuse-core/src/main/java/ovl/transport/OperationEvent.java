package ovl.transport;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import ovl.sys.Errno;

/**
 * One operation in a recording of Java Flight Recorder. An object is used again and again by one
 * thread: {@link #begin}, then {@link #finish}. Without a recording both do nothing.
 */
@Name("ovl.Operation")
@Label("Filesystem Operation")
@Category("ovl")
@StackTrace(false)
@Threshold("10 ms")
public final class OperationEvent extends Event {
  @Label("Operation")
  String operation;

  @Label("Node")
  @Description("The number by which the kernel knows the file; 0 if the transport has none")
  long nodeid;

  @Label("Error")
  @Description("Empty if it succeeded")
  String error;

  /** The operation is over. */
  public void finish(String kind, long node, int errno) {
    end();
    if (shouldCommit()) {
      operation = kind;
      nodeid = node;
      error = errno == 0 ? "" : Errno.name(errno);
      commit();
    }
  }
}

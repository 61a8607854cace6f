package ovl.overlay;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One copy-up in a recording of Java Flight Recorder. */
@Name("ovl.CopyUp")
@Label("Copy-Up")
@Category("ovl")
@StackTrace(false)
final class CopyUpEvent extends Event {
  @Label("Path")
  String path;

  @Label("Size")
  @DataAmount
  long size;

  @Label("Succeeded")
  boolean isDone;
}

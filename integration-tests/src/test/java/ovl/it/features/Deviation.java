package ovl.it.features;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** On a test: which row of README's table of differences to the kernel it shows. */
@Retention(RetentionPolicy.RUNTIME)
@interface Deviation {
  /** What the row begins with. */
  String value();
}

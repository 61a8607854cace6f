package ovl.layer;

/** The kernel's option {@code uuid}: whether upper carries an identity of its own. */
public enum UuidMode {
  /** None is written. */
  NULL,
  /** None is written, and origins do not say on which filesystem they are. */
  OFF,
  /** A fresh upper gets one. */
  AUTO,
  /** Every upper gets one. */
  ON
}

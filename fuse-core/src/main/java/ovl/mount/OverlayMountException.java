package ovl.mount;

import java.io.IOException;

/** Mounting or unmounting an overlay failed; the message is one line that says what and why. */
public final class OverlayMountException extends IOException {
  private static final long serialVersionUID = 1L;

  OverlayMountException(String message) {
    super(message);
  }

  OverlayMountException(String message, Throwable cause) {
    super(message, cause);
  }
}

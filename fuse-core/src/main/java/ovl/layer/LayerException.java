package ovl.layer;

/** A stack of layers cannot be used; the message is one line that names the path and the reason. */
public final class LayerException extends Exception {
  private static final long serialVersionUID = 1L;

  public LayerException(String message) {
    super(message);
  }
}

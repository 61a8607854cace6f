package ovl.transport.dev.wire;

/**
 * A request, or a reply buffer, ends before the struct that should be in it. The kernel sends no
 * such request, so it is answered EINVAL and logged; the mount goes on. Without a stack trace: what
 * was asked for is in the message, and the request is in the log line of whoever catches it.
 */
public final class ShortRequestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ShortRequestException(int needed, long available) {
    super(needed + " bytes needed, " + available + " there", null, false, false);
  }
}

package ovl.transport.dev;

/**
 * A request that the kernel would not send: a name without its NUL, a size beyond the end. It is
 * answered and logged, and the mount goes on. Without a stack trace, as all that matters is in the
 * request.
 */
final class MalformedRequestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MalformedRequestException(String reason) {
    super(reason, null, false, false);
  }
}

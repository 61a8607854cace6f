package ovl.transport.libfuse2;

import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.provider.jffi.ClosureHelper;
import ovl.fs.Caller;
import ru.serce.jnrfuse.FuseStubFS;
import ru.serce.jnrfuse.struct.FuseContext;

/**
 * What is used of jnr-fuse's own machinery: it loads libfuse (its constructor throws
 * UnsatisfiedLinkError if there is none) and binds fuse_get_context. Its struct of callbacks, which
 * take strings, stays unused; see {@link OperationTable}.
 */
final class JnrFuse extends FuseStubFS implements CallerSource {
  private final Runtime runtime = Runtime.getSystemRuntime();
  private volatile Callbacks.Fill fill;
  private volatile long fillAddress;

  @Override
  public void fill(Caller caller) {
    FuseContext context = getContext();
    caller.set(
        context.uid.intValue(),
        context.gid.intValue(),
        context.pid.intValue(),
        context.umask.intValue());
  }

  /** The fill function of readdir, of which libfuse has only one. */
  Callbacks.Fill filler(long address) {
    Callbacks.Fill bound = fill;
    if (bound == null || fillAddress != address) {
      ClosureHelper helper = ClosureHelper.getInstance();
      bound =
          helper
              .getNativeConveter(Callbacks.Fill.class)
              .fromNative(Pointer.wrap(runtime, address), helper.getFromNativeContext());
      fill = bound;
      fillAddress = address;
    }
    return bound;
  }
}

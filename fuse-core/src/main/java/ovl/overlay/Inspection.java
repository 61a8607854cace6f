package ovl.overlay;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;
import ovl.fs.Caller;
import ovl.fs.Name;
import ovl.fs.NameKey;
import ovl.layer.Layer;
import ovl.layer.LayerStack;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;
import ovl.sys.Syscalls;

/**
 * Answers what administrators ask a mount, through extended attributes with reserved names: no
 * socket and no registry that could be stale, and it works from every container that sees the
 * mount. They are never listed, cannot be set, and exist for root and the daemon's own user only.
 *
 * <ul>
 *   <li>{@code user.ovl-mount.status} of the root: what the mount tells about itself
 *   <li>{@code user.ovl-mount.layer.N} of the root: the path of a layer, 0 for upper
 *   <li>{@code user.ovl-mount.which.NAME} of a directory, also where NAME does not exist: what the
 *       layers hold under that name, see {@link Which}
 * </ul>
 */
final class Inspection {
  private static final byte[] PREFIX = ascii("user.ovl-mount.");
  private static final byte[] STATUS = ascii("status");
  private static final byte[] LAYER = ascii("layer.");
  private static final byte[] WHICH = ascii("which.");

  /** The first and the last eight bytes of the prefix, to tell a name in two comparisons. */
  private static final long HEAD = word(0);

  private static final long TAIL = word(PREFIX.length - Long.BYTES);

  /**
   * Whoever asks for the size first, as getfattr does, finds more to read afterwards: the question
   * was an operation itself.
   */
  private static final int GROWTH = 1 << 10;

  private final Syscalls sys;
  private final LayerStack stack;
  private final Which which;
  private volatile Supplier<byte[]> status;

  Inspection(VerbContext context, Lookup lookup) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.which = new Which(context, lookup);
  }

  /** Whoever can describe the mount as a whole, which is more than the overlay knows. */
  void setStatus(Supplier<byte[]> source) {
    status = source;
  }

  /** True for a name that is answered here. Cheap: it is asked for every attribute. */
  static boolean isReserved(Name name) {
    return name.length() > PREFIX.length
        && NativeBytes.getLong(name.address()) == HEAD
        && NativeBytes.getLong(name.address() + PREFIX.length - Long.BYTES) == TAIL;
  }

  /**
   * As getxattr(2).
   *
   * @throws ErrnoException ENODATA for anything that is no question, and for those who may not ask
   */
  int answer(Caller caller, Node node, Name name, long address, int size) throws ErrnoException {
    byte[] question = Arrays.copyOfRange(name.bytes(), PREFIX.length, name.length());
    byte[] answer = mayAsk(caller) ? answer(node, question) : null;
    if (answer == null) {
      throw ErrnoException.of(Errno.ENODATA);
    }
    if (answer.length > Linux.XATTR_SIZE_MAX) {
      throw ErrnoException.of(Errno.E2BIG);
    }
    if (size == 0) {
      return Math.min(answer.length + GROWTH, Linux.XATTR_SIZE_MAX);
    }
    if (answer.length > size) {
      throw ErrnoException.of(Errno.ERANGE);
    }
    NativeBytes.write(address, answer);
    return answer.length;
  }

  private boolean mayAsk(Caller caller) {
    return caller.uid() == 0 || caller.uid() == sys.geteuid();
  }

  private byte[] answer(Node node, byte[] question) throws ErrnoException {
    boolean isRoot = node.place() == null && node.isDirectory();
    if (isRoot && Arrays.equals(question, STATUS)) {
      return status == null ? new byte[0] : status.get();
    }
    if (isRoot && startsWith(question, LAYER)) {
      return layer(after(question, LAYER));
    }
    if (node.isDirectory() && startsWith(question, WHICH)) {
      byte[] name = after(question, WHICH);
      return name.length == 0 ? null : which.explain(node, new NameKey(name));
    }
    return null;
  }

  private byte[] layer(byte[] number) {
    try {
      int index = Integer.parseInt(new String(number, StandardCharsets.US_ASCII));
      int last = stack.lowers().size() + stack.dataLayers().size();
      boolean isOne = index >= (stack.isReadOnly() ? 1 : 0) && index <= last;
      Layer layer = isOne ? stack.layer(index) : null;
      return layer == null ? null : layer.toString().getBytes(StandardCharsets.UTF_8);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static boolean startsWith(byte[] question, byte[] prefix) {
    return question.length >= prefix.length
        && Arrays.equals(question, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static byte[] after(byte[] question, byte[] prefix) {
    return Arrays.copyOfRange(question, prefix.length, question.length);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static long word(int at) {
    return java.nio.ByteBuffer.wrap(PREFIX).order(java.nio.ByteOrder.nativeOrder()).getLong(at);
  }
}

package ovl.overlay;

import ovl.fs.Name;
import ovl.fs.NameKey;
import ovl.layer.LayerStack;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;

/**
 * The names in requests. The kernel sends none that is malformed, but it is not trusted: a name
 * that led out of a layer would be a way around all that this project promises.
 */
final class Names {
  private final LayerStack stack;

  Names(LayerStack stack) {
    this.stack = stack;
  }

  /**
   * A name to be looked for.
   *
   * @throws ErrnoException ENAMETOOLONG; EINVAL for one that is no name of an entry
   */
  NameKey known(Name name) throws ErrnoException {
    if (name.length() > Linux.NAME_MAX) {
      throw ErrnoException.of(Errno.ENAMETOOLONG);
    }
    NameKey key = name.key();
    byte[] bytes = key.bytes();
    boolean isDots =
        bytes.length == 1 && bytes[0] == '.'
            || bytes.length == 2 && bytes[0] == '.' && bytes[1] == '.';
    if (bytes.length == 0 || isDots) {
      throw ErrnoException.of(Errno.EINVAL);
    }
    for (byte b : bytes) {
      if (b == '/') {
        throw ErrnoException.of(Errno.EINVAL);
      }
    }
    return key;
  }

  /**
   * A name that is to be made.
   *
   * @throws ErrnoException as {@link #known}; EINVAL for one that would be taken for a whiteout
   */
  NameKey toMake(Name name) throws ErrnoException {
    NameKey key = known(name);
    if (stack.aufs().isMark(key.bytes())) {
      throw ErrnoException.of(Errno.EINVAL);
    }
    return key;
  }
}

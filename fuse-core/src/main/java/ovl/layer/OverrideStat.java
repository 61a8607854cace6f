package ovl.layer;

import static ovl.sys.ErrnoException.check;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.NativeBytes;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Owner, mode and device number kept in an attribute of a regular file or directory, in place of
 * the inode's own, for layers written by somebody who may not set those: fuse-overlayfs's
 * xattr_permissions and the force_mask of containers/storage. The value is {@code
 * UID:GID:MODE[:TYPE]}, decimal and octal; TYPE is {@code file}, {@code dir}, {@code symlink},
 * {@code pipe}, {@code socket}, {@code block-MAJOR-MINOR} or {@code char-MAJOR-MINOR}, and makes a
 * regular file stand for such an object. A layer whose root carries one of the three names uses
 * that name throughout.
 */
public final class OverrideStat {
  private static final Logger log = LoggerFactory.getLogger(OverrideStat.class);
  private static final List<byte[]> NAMES =
      List.of(
          ascii("security.fuseoverlayfs.override_stat"),
          ascii("user.containers.override_stat"),
          ascii("user.fuseoverlayfs.override_stat"));
  private static final int PRIVILEGED = 0;
  private static final int CONTAINERS = 1;
  private static final int LEGACY = 2;
  private static final int NAME_ROOM = 64;
  private static final int LONGEST = 128;

  /** What the real object is given: its users are the daemon and whoever reads the layer. */
  private static final int REAL_MODE = 0755;

  private static final byte[] CONTAINERS_PREFIX = ascii("user.containers.override_");
  private static final byte[] SECURITY = ascii("security.");

  private final Syscalls sys;
  private final Memory names;
  private boolean on;

  private OverrideStat(Syscalls sys) {
    this.sys = sys;
    this.names = Memory.map(sys, NAMES.size() * NAME_ROOM);
    for (int i = 0; i < NAMES.size(); i++) {
      NativeBytes.write(address(i), NAMES.get(i));
    }
  }

  /** As the options ask, for layers that are open: what each root says, and upper as told. */
  static OverrideStat of(Syscalls sys, LayerStack.Parts parts, LayerOptions options)
      throws ErrnoException {
    OverrideStat overrides = new OverrideStat(sys);
    boolean done = false;
    try {
      if (options.whiteouts().hasAufsNames() || options.permissions() != XattrPermissions.NONE) {
        for (Layer lower : parts.lowers) {
          overrides.detect(lower);
        }
        if (parts.upper != null) {
          overrides.detect(parts.upper);
        }
      }
      if (parts.upper != null && options.permissions() != XattrPermissions.NONE) {
        overrides.useOnUpper(parts.upper, options.permissions());
      }
      done = true;
      return overrides;
    } finally {
      if (!done) {
        overrides.close();
      }
    }
  }

  private long address(int index) {
    return names.address() + (long) index * NAME_ROOM;
  }

  void close() {
    names.close();
  }

  /** Finds out which name a layer uses, if any. */
  private void detect(Layer layer) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    for (int i = 0; i < NAMES.size(); i++) {
      long length = sys.getxattr(scratch.procFd(layer.rootFd()), address(i), 0, 0);
      if (length >= 0) {
        use(layer, i);
        return;
      }
      if (length != -Errno.ENODATA && length != -Errno.EOPNOTSUPP) {
        check(length);
      }
    }
  }

  private void use(Layer layer, int index) {
    String name = new String(NAMES.get(index), StandardCharsets.US_ASCII);
    log.debug("owners and modes of {} are in {}", layer, name);
    layer.setOverride(address(index));
    on = true;
  }

  /**
   * Keeps owners and modes of upper in attributes from now on. The root gets one as well, by which
   * the layer will be known.
   *
   * @param kind not NONE
   */
  private void useOnUpper(Layer upper, XattrPermissions kind) throws ErrnoException {
    boolean isLegacy = upper.override() == address(LEGACY);
    int index = kind == XattrPermissions.PRIVILEGED ? PRIVILEGED : isLegacy ? LEGACY : CONTAINERS;
    Statx stat = Scratch.current(sys).statx();
    stat(upper.rootFd(), stat);
    apply(upper, upper.rootFd(), 0, 0, stat);
    use(upper, index);
    write(upper, upper.rootFd(), stat);
  }

  private void stat(int fd, Statx stat) throws ErrnoException {
    long empty = Scratch.current(sys).empty();
    int flags = Linux.AT_EMPTY_PATH;
    check(sys.statx(fd, empty, flags, Linux.STATX_BASIC_STATS, stat));
  }

  /** True if any layer has owners and modes in attributes. */
  boolean isOn() {
    return on;
  }

  /**
   * True if this layer has owners and modes in attributes.
   *
   * @param layer null for none
   */
  public boolean isOn(Layer layer) {
    return layer != null && layer.override() != 0;
  }

  /**
   * Puts what the attribute says into a record that statx(2) has filled.
   *
   * @param fd the directory, or the object itself
   * @param name address of the name in it
   * @param nameLength 0 for the object itself
   * @throws ErrnoException EIO for a value that cannot be understood
   */
  public void apply(Layer layer, int fd, long name, int nameLength, Statx stat)
      throws ErrnoException {
    if (!on || layer.override() == 0 || !stat.isRegular() && !stat.isDirectory()) {
      return;
    }
    Scratch scratch = Scratch.current(sys);
    long path = nameLength == 0 ? scratch.procFd(fd) : scratch.procFd(fd, name, nameLength);
    long length = sys.getxattr(path, layer.override(), scratch.value(), LONGEST);
    if (length == -Errno.ENODATA) {
      return;
    }
    String value = new String(scratch.valueBytes((int) check(length)), StandardCharsets.US_ASCII);
    try {
      apply(value.split(":"), stat);
    } catch (IllegalArgumentException e) {
      throw ErrnoException.of(Errno.EIO);
    }
  }

  private static void apply(String[] fields, Statx stat) {
    if (fields.length < 3) {
      throw new IllegalArgumentException("too few fields");
    }
    int uid = Integer.parseUnsignedInt(fields[0]);
    int gid = Integer.parseUnsignedInt(fields[1]);
    int type = stat.mode() & Linux.S_IFMT;
    int major = 0;
    int minor = 0;
    if (fields.length > 3 && stat.isRegular()) {
      String[] parts = fields[3].split("-");
      type = typeOf(parts[0], type);
      if (parts.length == 3) {
        major = Integer.parseInt(parts[1]);
        minor = Integer.parseInt(parts[2]);
      }
    }
    stat.override(uid, gid, type | Integer.parseInt(fields[2], 8) & 07777, major, minor);
  }

  private static int typeOf(String word, int real) {
    return switch (word) {
      case "pipe" -> Linux.S_IFIFO;
      case "socket" -> Linux.S_IFSOCK;
      case "block" -> Linux.S_IFBLK;
      case "char" -> Linux.S_IFCHR;
      case "file", "dir", "symlink" -> real;
      default -> throw new IllegalArgumentException("unknown type " + word);
    };
  }

  /** With what type and mode to make the real object for one of upper. */
  public static int realMode(int mode) {
    return switch (mode & Linux.S_IFMT) {
      case Linux.S_IFDIR -> Linux.S_IFDIR | REAL_MODE;
      case Linux.S_IFLNK -> mode;
      default -> Linux.S_IFREG | REAL_MODE;
    };
  }

  /**
   * Stores owner, mode and type of a record with a new object of upper.
   *
   * @param fd the object itself, O_PATH will do; not a symlink
   */
  public void write(Layer upper, int fd, Statx stat) throws ErrnoException {
    byte[] value = format(stat);
    Scratch scratch = Scratch.current(sys);
    long address = scratch.value(value);
    check(sys.setxattr(scratch.procFd(fd), upper.override(), address, value.length, 0));
  }

  /** As {@link #write(Layer, int, Statx)}, by the name in a directory. */
  public void write(Layer upper, int fd, long name, int nameLength, Statx stat)
      throws ErrnoException {
    byte[] value = format(stat);
    Scratch scratch = Scratch.current(sys);
    long path = scratch.procFd(fd, name, nameLength);
    check(sys.lsetxattr(path, upper.override(), scratch.value(value), value.length, 0));
  }

  private static byte[] format(Statx stat) {
    String type =
        switch (stat.mode() & Linux.S_IFMT) {
          case Linux.S_IFIFO -> ":pipe";
          case Linux.S_IFSOCK -> ":socket";
          case Linux.S_IFBLK -> ":block-" + stat.rdevMajor() + "-" + stat.rdevMinor();
          case Linux.S_IFCHR -> ":char-" + stat.rdevMajor() + "-" + stat.rdevMinor();
          default -> "";
        };
    String mode = "0" + Integer.toOctalString(stat.mode() & 07777);
    return ascii(
        Integer.toUnsignedString(stat.uid())
            + ":"
            + Integer.toUnsignedString(stat.gid())
            + ":"
            + mode
            + type);
  }

  /** True for the attributes themselves, which are nobody's to see or change. */
  public boolean isPrivate(byte[] name) {
    for (byte[] own : NAMES) {
      if (on && Arrays.equals(own, name)) {
        return true;
      }
    }
    return false;
  }

  /** True if an attribute is stored under another name, for want of permission to set it. */
  public boolean isEscaped(Layer layer, byte[] name) {
    return on && layer.override() == address(CONTAINERS) && startsWith(name, SECURITY);
  }

  /** The name under which such an attribute is stored. */
  public byte[] escape(byte[] name) {
    byte[] stored = Arrays.copyOf(CONTAINERS_PREFIX, CONTAINERS_PREFIX.length + name.length);
    System.arraycopy(name, 0, stored, CONTAINERS_PREFIX.length, name.length);
    return stored;
  }

  /** The name to show for a stored one; null if it stands for itself. */
  public byte[] unescape(Layer layer, byte[] stored) {
    if (!on || layer.override() != address(CONTAINERS) || !startsWith(stored, CONTAINERS_PREFIX)) {
      return null;
    }
    byte[] name = Arrays.copyOfRange(stored, CONTAINERS_PREFIX.length, stored.length);
    return startsWith(name, SECURITY) ? name : null;
  }

  private static boolean startsWith(byte[] name, byte[] prefix) {
    return name.length >= prefix.length
        && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}

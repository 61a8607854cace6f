package ovl.layer;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.NativeBytes;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * The extended attributes in which an overlay keeps its own state, under the prefix {@code
 * trusted.overlay.} or {@code user.overlay.} (kernel document overlayfs.rst, "User xattr"). A mount
 * uses one prefix.
 */
public final class OverlayXattr {
  /** For root of the initial user namespace. */
  static final String TRUSTED = "trusted.overlay.";

  /** For whoever owns the file. */
  static final String USER = "user.overlay.";

  private static final int NAME_ROOM = 64;
  private static final int UUID_LENGTH = 16;

  /** Of the metacopy mark: version, length, flags, kind of digest. */
  private static final int METACOPY_HEADER = 4;

  private final Syscalls sys;
  private final PrivateNames privateNames;
  private final boolean stored;
  private final Memory names;
  private final long opaque;
  private final long origin;
  private final long impure;
  private final long whiteout;
  private final long uuid;
  private final long redirect;
  private final long metacopy;
  private final long nlink;
  private final long upper;
  private final long protattr;

  /**
   * @param stored false if upper's filesystem has no attributes
   */
  OverlayXattr(Syscalls sys, String prefix, boolean stored) {
    this.sys = sys;
    this.stored = stored;
    this.privateNames = new PrivateNames(prefix);
    this.names = Memory.map(sys, 16 * NAME_ROOM);
    this.opaque = put(0, prefix + "opaque");
    this.origin = put(1, prefix + "origin");
    this.impure = put(2, prefix + "impure");
    this.whiteout = put(3, prefix + "whiteout");
    this.uuid = put(4, prefix + "uuid");
    this.redirect = put(5, prefix + "redirect");
    this.metacopy = put(6, prefix + "metacopy");
    this.nlink = put(7, prefix + "nlink");
    this.upper = put(8, prefix + "upper");
    this.protattr = put(9, prefix + "protattr");
  }

  private long put(int slot, String name) {
    long address = names.address() + (long) slot * NAME_ROOM;
    NativeBytes.write(address, name.getBytes(StandardCharsets.US_ASCII));
    return address;
  }

  /** True for the namespace that the owner of a file can write: {@code user.overlay.}. */
  public boolean isUser() {
    return privateNames.areOfUser();
  }

  /**
   * False if upper's filesystem has no attributes: st_ino of a copy is then its own at the next
   * mount, and a directory is opaque by an AUFS mark.
   */
  public boolean isStored() {
    return stored;
  }

  /** Which names of attributes are the overlay's own. */
  public PrivateNames privateNames() {
    return privateNames;
  }

  void close() {
    names.close();
  }

  /** What the opaque attribute of a directory says. */
  public enum Opaque {
    /** Layers below are merged. */
    NO,
    /** Nothing below is seen. */
    YES,
    /** Not opaque, but files in it may be whiteouts by xattr (value {@code x}). */
    HAS_XATTR_WHITEOUTS
  }

  /**
   * Reads the opaque mark of an open directory.
   *
   * @throws ErrnoException as getxattr(2), other than for "no such attribute"
   */
  public Opaque opaque(int dirFd) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    long length = sys.getxattr(scratch.procFd(dirFd), opaque, scratch.value(), 16);
    if (isAbsent(length)) {
      return Opaque.NO;
    }
    if (length != -Errno.ERANGE) {
      ErrnoException.check(length);
    }
    if (length != 1) {
      return Opaque.NO;
    }
    return switch (scratch.valueByte(0)) {
      case 'y' -> Opaque.YES;
      case 'x' -> Opaque.HAS_XATTR_WHITEOUTS;
      default -> Opaque.NO;
    };
  }

  /** Marks an open directory (O_PATH will do) as opaque; without effect if nothing is stored. */
  public int setOpaque(int fd) {
    return set(fd, opaque, 'y');
  }

  /** Marks an open directory, which is not opaque, as one that holds whiteouts by xattr. */
  int setHasXattrWhiteouts(int fd) {
    return set(fd, opaque, 'x');
  }

  /** Marks an upper directory as one whose entries may have an origin. */
  public int setImpure(int fd) {
    return set(fd, impure, 'y');
  }

  /** True if an open directory carries the impure mark, or one that cannot be read. */
  public boolean mayBeImpure(int fd) {
    return !isAbsent(readImpure(fd));
  }

  /** True if the upper directory carries the impure mark. */
  boolean isImpure(int fd) throws ErrnoException {
    long length = readImpure(fd);
    if (isAbsent(length)) {
      return false;
    }
    ErrnoException.check(length);
    return length == 1 && Scratch.current(sys).valueByte(0) == 'y';
  }

  /** Into the value area; the length or -errno. */
  private long readImpure(int fd) {
    Scratch scratch = Scratch.current(sys);
    return sys.getxattr(scratch.procFd(fd), impure, scratch.value(), 16);
  }

  private int set(int fd, long name, char letter) {
    if (!stored) {
      return 0;
    }
    Scratch scratch = Scratch.current(sys);
    return set(fd, name, scratch.value(new byte[] {(byte) letter}), 1);
  }

  /** Of an open object; one that is O_PATH is reached by a path only, which takes longer. */
  private int set(int fd, long name, long value, int length) {
    int rc = sys.fsetxattr(fd, name, value, length, 0);
    return rc == -Errno.EBADF
        ? sys.setxattr(Scratch.current(sys).procFd(fd), name, value, length, 0)
        : rc;
  }

  /** Records an origin handle on an open object; an empty one says "copied up, origin unknown". */
  public int setOrigin(int fd, byte[] handle) {
    if (!stored) {
      return 0;
    }
    Scratch scratch = Scratch.current(sys);
    return set(fd, origin, scratch.value(handle), handle.length);
  }

  /** True if an open directory has an origin, an unknown one included. */
  public boolean hasOrigin(int fd) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    long length = sys.getxattr(scratch.procFd(fd), origin, scratch.value(), 0);
    if (isAbsent(length)) {
      return false;
    }
    ErrnoException.check(length);
    return true;
  }

  /**
   * Reads the origin handle of a name in an open directory.
   *
   * @return null if there is none, or only "origin unknown"
   */
  public byte[] origin(int dirFd, long name, int nameLength) {
    Scratch scratch = Scratch.current(sys);
    long length =
        sys.lgetxattr(scratch.procFd(dirFd, name, nameLength), origin, scratch.value(), 512);
    return length <= 0 ? null : scratch.valueBytes((int) length);
  }

  /** The origin handle of an open object; null if there is none, or only "origin unknown". */
  byte[] origin(int fd) throws ErrnoException {
    return handle(fd, origin);
  }

  /** The handle of the upper directory that an open index directory belongs to; or null. */
  byte[] upper(int fd) throws ErrnoException {
    return handle(fd, upper);
  }

  int setUpper(int fd, byte[] handle) {
    Scratch scratch = Scratch.current(sys);
    return set(fd, upper, scratch.value(handle), handle.length);
  }

  private byte[] handle(int fd, long attribute) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    long length = sys.getxattr(scratch.procFd(fd), attribute, scratch.value(), 512);
    if (isAbsent(length) || length == 0) {
      return null;
    }
    return scratch.valueBytes((int) ErrnoException.check(length));
  }

  /**
   * What the link count of an indexed file differs by from that of one of its real objects.
   *
   * @param ofUpper the upper one; else the lower one
   */
  public record Nlink(boolean ofUpper, int difference) {
    private static final Pattern FORM = Pattern.compile("[LU][+-][0-9]{1,9}");

    /** Null if the bytes are not of this form. */
    static Nlink parse(byte[] value) {
      String text = new String(value, StandardCharsets.ISO_8859_1);
      return FORM.matcher(text).matches()
          ? new Nlink(text.charAt(0) == 'U', Integer.parseInt(text, 1, text.length(), 10))
          : null;
    }

    byte[] bytes() {
      String text = String.format(Locale.ROOT, "%c%+d", ofUpper ? 'U' : 'L', difference);
      return text.getBytes(StandardCharsets.US_ASCII);
    }
  }

  /** What the name in an open directory says of its link count; null if it says nothing valid. */
  public Nlink nlink(int dirFd, long name, int nameLength) {
    Scratch scratch = Scratch.current(sys);
    long path = scratch.procFd(dirFd, name, nameLength);
    long length = sys.lgetxattr(path, nlink, scratch.value(), 32);
    return length < 0 ? null : Nlink.parse(scratch.valueBytes((int) length));
  }

  /**
   * Records the link count of an indexed file; 0 or -errno.
   *
   * @param path of the file, through /proc; a last component that is a symlink is not followed
   */
  public int setNlink(long path, Nlink value) {
    byte[] bytes = value.bytes();
    return sys.lsetxattr(path, nlink, Scratch.current(sys).value(bytes), bytes.length, 0);
  }

  /** As {@link #setNlink(long, Nlink)}, of an open file. */
  public int setNlink(int fd, Nlink value) {
    byte[] bytes = value.bytes();
    return set(fd, nlink, Scratch.current(sys).value(bytes), bytes.length);
  }

  /**
   * The flags of chattr +i and +a that an object on upper is said to have, as FS_IMMUTABLE_FL and
   * FS_APPEND_FL; none if anything else is said too (kernel: ovl_check_protattr).
   *
   * @param path of the object, through /proc
   */
  public int protection(long path) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    long length = sys.getxattr(path, protattr, scratch.value(), 32);
    if (isAbsent(length) || length == -Errno.ERANGE) {
      return 0;
    }
    int flags = 0;
    for (byte letter : scratch.valueBytes((int) ErrnoException.check(length))) {
      if (letter != 'a' && letter != 'i') {
        return 0;
      }
      flags |= letter == 'i' ? Linux.FS_IMMUTABLE_FL : Linux.FS_APPEND_FL;
    }
    return flags;
  }

  /** Says it; 0 or -errno. As in the kernel, EPERM where nothing is stored. */
  public int setProtection(long path, int flags) {
    if (flags == 0) {
      int rc = stored ? sys.removexattr(path, protattr) : 0;
      return isAbsent(rc) ? 0 : rc;
    }
    if (!stored) {
      return -Errno.EPERM;
    }
    String letters =
        ((flags & Linux.FS_APPEND_FL) != 0 ? "a" : "")
            + ((flags & Linux.FS_IMMUTABLE_FL) != 0 ? "i" : "");
    byte[] value = letters.getBytes(StandardCharsets.US_ASCII);
    return sys.setxattr(path, protattr, Scratch.current(sys).value(value), value.length, 0);
  }

  /** Makes an open empty file a whiteout by xattr. */
  int setWhiteout(int fd) {
    return set(fd, whiteout, 'y');
  }

  /** True if a name in an open directory carries the whiteout attribute. */
  public boolean isWhiteout(int dirFd, long name, int nameLength) {
    Scratch scratch = Scratch.current(sys);
    return sys.lgetxattr(scratch.procFd(dirFd, name, nameLength), whiteout, 0, 0) >= 0;
  }

  /**
   * Reads the redirect of a name in an open directory.
   *
   * @return null if there is none
   * @throws ErrnoException as getxattr(2); as {@link Redirect#of} for a malformed one
   */
  public Redirect redirect(int dirFd, long name, int nameLength) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    long path = scratch.procFd(dirFd, name, nameLength);
    long length = sys.lgetxattr(path, redirect, scratch.value(), Linux.XATTR_SIZE_MAX);
    if (isAbsent(length)) {
      return null;
    }
    ErrnoException.check(length);
    return Redirect.of(scratch.valueBytes((int) length));
  }

  /**
   * Records a redirect; 0 or -errno.
   *
   * @param path of the object, through /proc
   */
  public int setRedirect(long path, Redirect mark) {
    long value = Scratch.current(sys).value(mark.bytes());
    return sys.setxattr(path, redirect, value, mark.bytes().length, 0);
  }

  /**
   * True if a file has metadata only and its data stands in a lower layer.
   *
   * @throws ErrnoException EIO for a mark that is neither empty nor as long as its header (kernel:
   *     ovl_check_metacopy_xattr)
   */
  public boolean isMetacopy(int dirFd, long name, int nameLength) throws ErrnoException {
    long path = Scratch.current(sys).procFd(dirFd, name, nameLength);
    return isMetacopy(sys.lgetxattr(path, metacopy, 0, 0));
  }

  /** As {@link #isMetacopy(int, long, int)}, of an open file; O_PATH will do. */
  public boolean isMetacopy(int fd) throws ErrnoException {
    return isMetacopy(sys.getxattr(Scratch.current(sys).procFd(fd), metacopy, 0, 0));
  }

  private static boolean isMetacopy(long length) throws ErrnoException {
    if (length > 0 && length < METACOPY_HEADER) {
      throw ErrnoException.of(Errno.EIO);
    }
    return length >= 0;
  }

  /** Marks an open file as one that has metadata only. */
  public int setMetacopy(int fd) {
    return set(fd, metacopy, Scratch.current(sys).value(), 0);
  }

  /** The file has its data by now. */
  public int removeMetacopy(int fd) {
    return sys.removexattr(Scratch.current(sys).procFd(fd), metacopy);
  }

  /**
   * Gives a fresh upper root its identity, a random UUID, as the kernel does with uuid=auto; best
   * effort. Not by java.util.UUID, which takes a tenth of the time to the mount to be ready.
   */
  void setUuidIfAbsent(int rootFd) {
    Scratch scratch = Scratch.current(sys);
    long value = scratch.value();
    if (sys.getrandom(value, UUID_LENGTH, 0) != UUID_LENGTH) {
      return;
    }
    byte[] random = scratch.valueBytes(UUID_LENGTH);
    random[6] = (byte) (random[6] & 0x0f | 0x40); // version 4: random (RFC 4122)
    random[8] = (byte) (random[8] & 0x3f | 0x80); // its variant
    sys.setxattr(
        scratch.procFd(rootFd), uuid, scratch.value(random), UUID_LENGTH, Linux.XATTR_CREATE);
  }

  private static boolean isAbsent(long result) {
    return result == -Errno.ENODATA || result == -Errno.EOPNOTSUPP;
  }
}

package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import ovl.fs.Caller;
import ovl.fs.Name;
import ovl.layer.Layer;
import ovl.layer.LayerStack;
import ovl.layer.LegacyXattr;
import ovl.layer.OverrideStat;
import ovl.layer.PrivateNames;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Extended attributes (kernel: fs/overlayfs/xattrs.c). The overlay's own are hidden; a user's that
 * look like them are stored escaped. POSIX ACLs are attributes of the real object and pass through.
 */
final class Xattrs {
  private static final byte[] TRUSTED = "trusted.".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] POSIX_ACL = "system.posix_acl_".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] ACCESS_ACL =
      "system.posix_acl_access".getBytes(StandardCharsets.US_ASCII);

  private final Syscalls sys;
  private final PrivateNames overlay;
  private final LegacyXattr legacy;
  private final OverrideStat overrides;
  private final LayerStack stack;
  private final Places places;
  private final Owners owners;
  private final CopyUp copyUp;
  private final boolean isOff;
  private final KernelCache kernel;
  private final Protection protection;

  Xattrs(VerbContext context, CopyUp copyUp) {
    this.sys = context.sys();
    this.overlay = context.stack().xattr().privateNames();
    this.legacy = context.stack().legacyXattr();
    this.overrides = context.stack().overrides();
    this.stack = context.stack();
    this.places = context.places();
    this.owners = context.owners();
    this.copyUp = copyUp;
    this.isOff = !context.options().hasXattrs();
    this.kernel = context.kernel();
    this.protection = context.protection();
  }

  int get(Node node, Name name, long address, int size) throws ErrnoException {
    refuseIfOff();
    refuseIfHidden(name, Errno.ENODATA);
    Scratch scratch = Scratch.current(sys);
    try (Places.Pinned at = places.pin(node)) {
      long rc = -Errno.EOPNOTSUPP;
      if (!at.layer(stack).holdsNoXattrs()) {
        long stored = stored(at, name, scratch);
        long path = at.procPath(scratch);
        rc =
            at.isSelf()
                ? sys.getxattr(path, stored, address, size)
                : sys.lgetxattr(path, stored, address, size);
      }
      if (rc == -Errno.EOPNOTSUPP && stack.hasPosixAcl() && isAcl(name)) {
        // A lower whose filesystem has no ACLs. The kernel that was told we have them would take
        // this for an error of every access by anybody but the owner.
        throw ErrnoException.of(Errno.ENODATA);
      }
      int length = (int) check(rc);
      return size > 0 && isAcl(name) ? owners.showAcl(address, length) : length;
    }
  }

  /**
   * The kernel then asks no more, and tells users that the filesystem has none.
   *
   * @throws ErrnoException ENOSYS
   */
  private void refuseIfOff() throws ErrnoException {
    if (isOff) {
      throw ErrnoException.of(Errno.ENOSYS);
    }
  }

  private void refuseIfHidden(Name name, int errno) throws ErrnoException {
    if (overrides.isOn(stack.upper()) && isAcl(name)) {
      throw ErrnoException.of(Errno.EOPNOTSUPP);
    }
    if (isHidden(name.bytes())) {
      throw ErrnoException.of(errno);
    }
    if (overlay.isPrefix(name.bytes())) {
      throw ErrnoException.of(Errno.EINVAL);
    }
  }

  /** True for an attribute that fuse-overlayfs may have left; our own kind is escaped instead. */
  private boolean isHidden(byte[] name) {
    return legacy.isPrivate(name) && !overlay.isPrivate(name) || overrides.isPrivate(name);
  }

  /** The address of the name as it is on disk; may use the second path area. */
  private long stored(Places.Pinned at, Name name, Scratch scratch) {
    byte[] bytes = name.bytes();
    if (overrides.isEscaped(at.layer(stack), bytes)) {
      return scratch.path2(overrides.escape(bytes));
    }
    return overlay.isPrivate(bytes) ? scratch.path2(overlay.escape(bytes)) : name.address();
  }

  int list(Caller caller, Node node, long address, int size) throws ErrnoException {
    refuseIfOff();
    Scratch scratch = Scratch.current(sys);
    List<byte[]> stored;
    int most;
    Layer layer;
    try (Places.Pinned at = places.pin(node)) {
      layer = at.layer(stack);
      if (layer.holdsNoXattrs()) {
        return 0;
      }
      long path = at.procPath(scratch);
      most =
          (int)
              check(
                  at.isSelf()
                      ? sys.listxattr(path, scratch.list(), Linux.XATTR_LIST_MAX)
                      : sys.llistxattr(path, scratch.list(), Linux.XATTR_LIST_MAX));
      if (most == 0) {
        return 0;
      }
      stored = scratch.listNames(most);
    }
    byte[] shown = new byte[most];
    int length = filter(caller, layer, stored, shown);
    if (size == 0) {
      return length;
    }
    if (length > size) {
      throw ErrnoException.of(Errno.ERANGE);
    }
    NativeBytes.write(address, Arrays.copyOf(shown, length));
    return length;
  }

  /** Copies the names that the caller may see; names only get shorter. */
  private int filter(Caller caller, Layer layer, List<byte[]> stored, byte[] shown) {
    int length = 0;
    for (byte[] listed : stored) {
      byte[] name = listed;
      byte[] ofSecurity = overrides.unescape(layer, name);
      if (ofSecurity != null) {
        name = ofSecurity;
      } else if (overlay.isEscaped(name)) {
        name = overlay.unescape(name);
      } else if (overlay.isPrivate(name) || isHidden(name)) {
        continue;
      }
      // Only CAP_SYS_ADMIN lists trusted.*; the request tells the user id, which must do.
      if (caller.uid() == 0 || !startsWith(name, TRUSTED)) {
        System.arraycopy(name, 0, shown, length, name.length);
        length += name.length + 1;
      }
    }
    return length;
  }

  /**
   * @param killSgid drop setgid, as the caller may not keep it when an ACL is set
   */
  void set(Node node, Name name, long address, int size, int flags, boolean killSgid)
      throws ErrnoException {
    refuseIfOff();
    refuseIfHidden(name, Errno.EPERM);
    protection.refuse(node, Protection.ANY);
    copyUp.ensureUpper(node);
    Scratch scratch = Scratch.current(sys);
    try (Places.Pinned at = places.pin(node)) {
      long stored = stored(at, name, scratch);
      long path = at.procPath(scratch);
      long value =
          owners.isIdentity() || !isAcl(name)
              ? address
              : scratch.value(owners.aclToStore(address, size));
      check(
          at.isSelf()
              ? sys.setxattr(path, stored, value, size, flags)
              : sys.lsetxattr(path, stored, value, size, flags));
      if (killSgid && isAccessAcl(name)) {
        dropSetgid(at, scratch);
      }
    } finally {
      kernel.changed(node);
    }
  }

  private void dropSetgid(Places.Pinned at, Scratch scratch) throws ErrnoException {
    Statx stat = scratch.statx();
    check(sys.statx(at.fd(), at.name(), at.flags(), Linux.STATX_BASIC_STATS, stat));
    if ((stat.mode() & Linux.S_ISGID) != 0) {
      int mode = stat.mode() & 07777 & ~Linux.S_ISGID;
      check(
          at.isSelf()
              ? sys.chmod(scratch.procFd(at.fd()), mode)
              : sys.fchmodat(at.fd(), at.name(), mode, 0));
    }
  }

  void remove(Node node, Name name) throws ErrnoException {
    refuseIfOff();
    refuseIfHidden(name, Errno.EPERM);
    protection.refuse(node, Protection.ANY);
    Scratch scratch = Scratch.current(sys);
    if (!node.isOnUpper()) {
      // Only what is there is worth a copy-up.
      check(get(node, name, 0, 0));
    }
    copyUp.ensureUpper(node);
    try (Places.Pinned at = places.pin(node)) {
      long stored = stored(at, name, scratch);
      long path = at.procPath(scratch);
      check(at.isSelf() ? sys.removexattr(path, stored) : sys.lremovexattr(path, stored));
    }
    kernel.changed(node);
  }

  /** The one that changes the mode; the kernel asks for less privileges with the other as well. */
  private static boolean isAccessAcl(Name name) {
    return Arrays.equals(name.bytes(), ACCESS_ACL);
  }

  private static boolean isAcl(Name name) {
    return startsWith(name.bytes(), POSIX_ACL);
  }

  private static boolean startsWith(byte[] name, byte[] prefix) {
    return name.length >= prefix.length
        && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length);
  }
}

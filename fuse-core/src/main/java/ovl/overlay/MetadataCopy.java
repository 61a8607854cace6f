package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import ovl.layer.Layer;
import ovl.layer.LayerStack;
import ovl.layer.OverlayXattr.Nlink;
import ovl.layer.OverrideStat;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Copies owner, extended attributes, mode and times of a lower object to its copy, and marks it as
 * such. The order matters: chown drops security.capability and setuid, so it comes first; without
 * root, {@code user.*} attributes and so the marks take write permission, which an ACL or the mode
 * may deny its owner; an ACL changes the mode, so the mode comes after; everything before changes
 * the times.
 */
final class MetadataCopy {
  private static final byte[] SECURITY = ascii("security.");
  private static final int COPIED_FLAGS = Linux.FS_SYNC_FL | Linux.FS_NOATIME_FL;
  private static final byte[] POSIX_ACL = ascii("system.posix_acl_");

  private final Syscalls sys;
  private final LayerStack stack;
  private final Owners owners;
  private final RealStat realStat;

  MetadataCopy(VerbContext context) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.owners = context.owners();
    this.realStat = context.realStat();
  }

  void copy(CopyUpContext context) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    int target = context.target().get();
    boolean isOverriding = realStat.isOverriding();
    if (!isOverriding) {
      int flags = Linux.AT_EMPTY_PATH;
      owners.give(target, scratch.empty(), context.uid(), context.gid(), flags);
    }
    List<byte[]> names = names(context);
    copyXattrs(context, names, false);
    if (context.isRegular() || context.isDirectory()) {
      copyFlags(context);
    }
    mark(context);
    copyXattrs(context, names, true);
    if (isOverriding) {
      override(context);
    } else if (!context.isSymlink()) {
      changeMode(context, context.mode());
    }
    scratch.word(0, context.atime());
    scratch.word(1, context.atimeNsec());
    scratch.word(2, context.mtime());
    scratch.word(3, context.mtimeNsec());
    check(sys.utimensat(target, scratch.empty(), scratch.words(), Linux.AT_EMPTY_PATH));
    if (context.isDirectory() || context.nlink() > 1) {
      context.setTargetIno(ino(target, scratch));
    }
  }

  private void mark(CopyUpContext context) throws ErrnoException {
    // Without an index a lower hard link is left behind by its copy, which must not claim to be it.
    if (context.isDirectory() || context.nlink() == 1 || context.isIndexed()) {
      setOrigin(context);
    }
    if (context.isMetacopy()) {
      check(stack.xattr().setMetacopy(context.target().get()));
    }
    if (context.isIndexed()) {
      // It is one link that stands for all.
      Nlink nlink = new Nlink(true, context.nlink() - 1);
      check(stack.xattr().setNlink(context.target().get(), nlink));
    }
  }

  /**
   * Copies chattr's +S and +A, and notes +i and +a (kernel: ovl_copy_fileattr). What a filesystem
   * does not know it does not have.
   */
  private void copyFlags(CopyUpContext context) throws ErrnoException {
    int flags = flags(context.source().get(), context.isDirectory());
    Scratch scratch = Scratch.current(sys);
    if ((flags & Protection.ANY) != 0) {
      long path = scratch.procFd(context.target().get());
      int rc = stack.xattr().setProtection(path, flags & Protection.ANY);
      check(rc == -Errno.EPERM ? 0 : rc);
    }
    int copied = flags & COPIED_FLAGS;
    if (copied != 0) {
      setFlags(context.target().get(), context.isDirectory(), copied);
    }
  }

  /** Those that matter to a copy; 0 where the filesystem has none. */
  private int flags(int fd, boolean isDirectory) throws ErrnoException {
    try (Fd opened = isDirectory ? openDirectory(fd) : null) {
      long argument = Scratch.current(sys).words();
      return hasFlags(opened == null ? fd : opened.get(), argument)
          ? NativeBytes.getInt(argument) & (COPIED_FLAGS | Protection.ANY)
          : 0;
    }
  }

  private void setFlags(int fd, boolean isDirectory, int flags) throws ErrnoException {
    try (Fd opened = isDirectory ? openDirectory(fd) : null) {
      int target = opened == null ? fd : opened.get();
      long argument = Scratch.current(sys).words();
      if (hasFlags(target, argument)) {
        NativeBytes.putInt(argument, NativeBytes.getInt(argument) | flags);
        check(sys.ioctl(target, Linux.FS_IOC_SETFLAGS, argument));
      }
    }
  }

  /**
   * Reads the flags to an address; false where the filesystem has none, which ntfs-3g calls EINVAL.
   */
  private boolean hasFlags(int fd, long argument) throws ErrnoException {
    NativeBytes.putLong(argument, 0);
    int rc = sys.ioctl(fd, Linux.FS_IOC_GETFLAGS, argument);
    if (rc == -Errno.ENOTTY || rc == -Errno.EOPNOTSUPP || rc == -Errno.EINVAL) {
      return false;
    }
    check(rc);
    return true;
  }

  /** The one that is given is an O_PATH descriptor. */
  private Fd openDirectory(int fd) throws ErrnoException {
    int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    return new Fd(sys, check(sys.openat(fd, Scratch.current(sys).path("."), flags, 0)));
  }

  private long ino(int fd, Scratch scratch) throws ErrnoException {
    Statx stat = scratch.statx();
    int flags = Linux.AT_EMPTY_PATH;
    check(sys.statx(fd, scratch.empty(), flags, Linux.STATX_BASIC_STATS, stat));
    return stat.ino();
  }

  private void override(CopyUpContext context) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    int target = context.target().get();
    if (!context.isSymlink()) {
      changeMode(context, OverrideStat.realMode(context.mode()));
    }
    Statx stat = scratch.statx();
    context.recall(stat);
    realStat.write(target, stat);
  }

  private void changeMode(CopyUpContext context, int mode) throws ErrnoException {
    int target = context.target().get();
    // An O_PATH descriptor is good for a path only.
    check(
        context.isRegular()
            ? sys.fchmod(target, mode & 07777)
            : sys.chmod(Scratch.current(sys).procFd(target), mode & 07777));
  }

  private void setOrigin(CopyUpContext context) throws ErrnoException {
    byte[] handle = stack.origin().encode(sourceLayer(context.node()), context.source().get());
    int rc = stack.xattr().setOrigin(context.target().get(), handle);
    // user.* attributes exist on files and directories only.
    boolean isPlain = context.isRegular() || context.isDirectory();
    if (rc == -Errno.EPERM && !isPlain && !context.isIndexed()) {
      return;
    }
    check(rc);
    context.setOrigin(handle);
  }

  private Layer sourceLayer(Node node) {
    if (node.isDirectory()) {
      return node.real().top().layer();
    }
    return node.place().layer();
  }

  /** The names of what is there to be copied. */
  private List<byte[]> names(CopyUpContext context) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    long length = list(context, scratch);
    return length == -Errno.EOPNOTSUPP ? List.of() : scratch.listNames((int) check(length));
  }

  private void copyXattrs(CopyUpContext context, List<byte[]> names, boolean areAcls)
      throws ErrnoException {
    for (byte[] name : names) {
      if (startsWith(name, POSIX_ACL) == areAcls && !isOfTheLayer(name)) {
        copyXattr(context, name);
      }
    }
  }

  /** True for what says something of the object's place in the layers, and not of the object. */
  private boolean isOfTheLayer(byte[] name) {
    return stack.xattr().privateNames().isPrivate(name)
        ? !stack.xattr().privateNames().isEscaped(name)
        : stack.legacyXattr().isPrivate(name)
            || stack.overrides().isPrivate(name)
            || realStat.isOverriding() && startsWith(name, POSIX_ACL);
  }

  private long list(CopyUpContext context, Scratch scratch) {
    int source = context.source().get();
    return context.isRegular()
        ? sys.flistxattr(source, scratch.list(), Linux.XATTR_LIST_MAX)
        : sys.listxattr(scratch.procFd(source), scratch.list(), Linux.XATTR_LIST_MAX);
  }

  private void copyXattr(CopyUpContext context, byte[] name) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    long address = scratch.path2(name);
    long length =
        sys.getxattr(
            scratch.procFd(context.source().get()), address, scratch.value(), Linux.XATTR_SIZE_MAX);
    if (length == -Errno.ENODATA) {
      return;
    }
    check(length);
    if (startsWith(name, POSIX_ACL)) {
      byte[] acl = PosixAcl.withoutStrangers(scratch.valueBytes((int) length));
      scratch.value(acl);
      length = acl.length;
    }
    long target = scratch.path2(storedOnUpper(context, name));
    int rc =
        sys.setxattr(scratch.procFd(context.target().get()), target, scratch.value(), length, 0);
    if (rc == -Errno.EOPNOTSUPP && !startsWith(name, SECURITY) && !startsWith(name, POSIX_ACL)) {
      return;
    }
    check(rc);
  }

  /** Both layers may have a name of their own for an attribute that only root could set. */
  private byte[] storedOnUpper(CopyUpContext context, byte[] stored) {
    OverrideStat overrides = stack.overrides();
    byte[] shown = overrides.unescape(sourceLayer(context.node()), stored);
    byte[] name = shown == null ? stored : shown;
    return overrides.isEscaped(stack.upper(), name) ? overrides.escape(name) : name;
  }

  private static boolean startsWith(byte[] name, byte[] prefix) {
    return name.length >= prefix.length
        && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}

package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import java.nio.charset.StandardCharsets;
import ovl.fs.Caller;
import ovl.layer.LayerStack;
import ovl.layer.OverrideStat;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * What an object takes from its parent directory, for objects that are made in the workdir and
 * moved below the parent afterwards: group and setgid of a setgid directory, the default ACL, or
 * else the umask (inode_init_owner and posix_acl_create in the kernel).
 */
final class Inheritance {
  private static final byte[] DEFAULT_ACL = ascii("system.posix_acl_default");
  private static final byte[] ACCESS_ACL = ascii("system.posix_acl_access");

  private final Syscalls sys;
  private final LayerStack stack;
  private final Owners owners;
  private final RealStat realStat;

  Inheritance(VerbContext context) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.owners = context.owners();
    this.realStat = context.realStat();
  }

  /**
   * @param gid as in the layer
   * @param mode type and permission bits to ask for
   * @param accessAcl null for none beyond the mode
   * @param defaultAcl null for none
   */
  record Plan(int gid, int mode, byte[] accessAcl, byte[] defaultAcl) {}

  /**
   * @param parentFd the upper directory, O_PATH
   * @param mode as the caller asked, not yet masked
   */
  Plan plan(int parentFd, Caller caller, int mode) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    Statx stat = scratch.statx2();
    check(realStat.read(stack.upper(), parentFd, stat));
    boolean setgid = (stat.mode() & Linux.S_ISGID) != 0;
    int gid = setgid ? stat.gid() : owners.gidOf(caller);
    boolean isDirectory = Linux.isDirectory(mode);
    int asked = setgid && isDirectory ? mode | Linux.S_ISGID : mode;
    byte[] acl = Linux.isSymlink(mode) || realStat.isOverriding() ? null : defaultAcl(parentFd);
    if (acl == null) {
      int masked = Linux.isSymlink(mode) ? asked : asked & ~caller.umask();
      return new Plan(gid, masked, null, null);
    }
    PosixAcl inherited = PosixAcl.inherit(acl, asked);
    return new Plan(gid, inherited.mode(), inherited.accessAcl(), isDirectory ? acl : null);
  }

  private byte[] defaultAcl(int parentFd) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    long name = scratch.path2(DEFAULT_ACL);
    long length =
        sys.getxattr(scratch.procFd(parentFd), name, scratch.value(), Linux.XATTR_SIZE_MAX);
    if (length == -Errno.ENODATA || length == -Errno.EOPNOTSUPP) {
      return null;
    }
    return PosixAcl.withoutStrangers(scratch.valueBytes((int) check(length)));
  }

  /** The type and mode to make the real object with. */
  int realMode(Plan plan) {
    return realStat.isOverriding() ? OverrideStat.realMode(plan.mode()) : plan.mode();
  }

  /**
   * Gives a new object (O_PATH) what the one system call that made it could not.
   *
   * @param rdev of a device, in the encoding of a request
   */
  void apply(int fd, Plan plan, Caller caller, int rdev) throws ErrnoException {
    if (realStat.isOverriding()) {
      Statx stat = Scratch.current(sys).statx2();
      int major = DeviceNumber.major(rdev);
      int minor = DeviceNumber.minor(rdev);
      stat.override(owners.uidOf(caller), plan.gid(), plan.mode(), major, minor);
      realStat.write(fd, stat);
      return;
    }
    set(fd, ACCESS_ACL, plan.accessAcl());
    set(fd, DEFAULT_ACL, plan.defaultAcl());
    if (Linux.isDirectory(plan.mode())) {
      // mkdir(2) ignores setgid and setuid.
      check(sys.chmod(Scratch.current(sys).procFd(fd), plan.mode() & 07777));
    }
  }

  private void set(int fd, byte[] name, byte[] acl) throws ErrnoException {
    if (acl != null) {
      Scratch scratch = Scratch.current(sys);
      long value = scratch.value(acl);
      check(sys.setxattr(scratch.procFd(fd), scratch.path2(name), value, acl.length, 0));
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}

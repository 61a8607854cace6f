package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import ovl.fs.Attr;
import ovl.fs.Caller;
import ovl.fs.SetAttr;
import ovl.layer.LayerStack;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.FsCredentials;
import ovl.sys.NativeBytes;
import ovl.sys.Syscalls;

/**
 * Whose objects are: what a layer says and what the mount shows are two things, by the id maps of
 * the mount. Requests come with ids as shown, which is also what the kernel checks permissions by.
 */
final class Owners {
  private final Syscalls sys;
  private final IdMap uids;
  private final IdMap gids;
  private final boolean isIdentity;
  private final boolean isOverriding;
  private final boolean forgivesChown;

  Owners(Syscalls sys, LayerStack stack, OverlayOptions options) {
    this.sys = sys;
    this.uids = options.uids();
    this.gids = options.gids();
    this.isIdentity = uids.isIdentity() && gids.isIdentity();
    this.isOverriding = stack.overrides().isOn(stack.upper());
    // Otherwise the owner that was asked for is not shown anyway, or is a symlink's, which has no
    // attribute to be kept in.
    this.forgivesChown = uids.isSquashing() || gids.isSquashing() || isOverriding;
  }

  /** Replaces the owner as in the layer by the one to show. */
  void show(Attr attr) {
    if (!isIdentity) {
      attr.uid = uids.toShown(attr.uid);
      attr.gid = gids.toShown(attr.gid);
    }
  }

  /** Whom a new object belongs to, in the layer. */
  int uidOf(Caller caller) {
    return uids.toDisk(caller.uid());
  }

  /** As {@link #uidOf}, where nothing is inherited from the directory. */
  int gidOf(Caller caller) {
    return gids.toDisk(caller.gid());
  }

  /** The owner to store for one that a user gave. */
  int uidToStore(int shown) {
    return uids.toDisk(shown);
  }

  /** The group to store for one that a user gave. */
  int gidToStore(int shown) {
    return gids.toDisk(shown);
  }

  /**
   * Creates as the caller, or as the daemon itself where owners are kept in attributes.
   *
   * @param gid as in the layer
   * @throws ErrnoException EPERM if this process may not act for these ids
   */
  FsCredentials assume(Caller caller, int gid, int umask) throws ErrnoException {
    if (isOverriding) {
      return FsCredentials.assume(sys, sys.geteuid(), sys.getegid(), 0);
    }
    try {
      return FsCredentials.assume(sys, uidOf(caller), gid, umask);
    } catch (ErrnoException e) {
      if (!forgivesChown) {
        throw e;
      }
      return FsCredentials.assume(sys, sys.geteuid(), sys.getegid(), umask);
    }
  }

  /** Changes owner and group as far as asked, on disk. */
  void change(Places.Pinned at, SetAttr set) throws ErrnoException {
    int uid = set.setUid ? uids.toDisk(set.uid) : -1;
    int gid = set.setGid ? gids.toDisk(set.gid) : -1;
    give(at.fd(), at.name(), uid, gid, at.flags());
  }

  /**
   * As fchownat(2), with ids as in the layer. A refusal is forgiven where the owner is not shown.
   */
  void give(int fd, long name, int uid, int gid, int flags) throws ErrnoException {
    int rc = sys.fchownat(fd, name, uid, gid, flags);
    // EINVAL: an id that the daemon's user namespace does not have.
    boolean isForgiven = forgivesChown && (rc == -Errno.EPERM || rc == -Errno.EINVAL);
    if (!isForgiven) {
      check(rc);
    }
  }

  /**
   * Replaces a POSIX ACL as it is in the layer by what is to be shown of it.
   *
   * @return its length then
   */
  int showAcl(long address, int length) {
    byte[] acl = PosixAcl.withoutStrangers(NativeBytes.read(address, length));
    if (!isIdentity) {
      PosixAcl.mapIds(acl, uids::toShown, gids::toShown);
    }
    NativeBytes.write(address, acl);
    return acl.length;
  }

  /** True if ACLs are the same in a layer and as shown. */
  boolean isIdentity() {
    return isIdentity;
  }

  /** The inverse of {@link #showAcl}: a copy of what a user gave, to be stored. */
  byte[] aclToStore(long address, int length) {
    byte[] acl = NativeBytes.read(address, length);
    PosixAcl.mapIds(acl, uids::toDisk, gids::toDisk);
    return acl;
  }
}

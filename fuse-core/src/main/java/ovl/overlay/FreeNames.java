package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import ovl.fs.NameKey;
import ovl.layer.LayerStack;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/** Names that a merged directory does not show, and taking the place of the whiteout there. */
final class FreeNames {
  private final Syscalls sys;
  private final LayerStack stack;
  private final NodeTable nodes;
  private final Lookup lookup;

  FreeNames(VerbContext context, Lookup lookup) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.nodes = context.nodes();
    this.lookup = lookup;
  }

  /**
   * Checks that a name is free in the merged directory.
   *
   * @return true if a lower layer has the name, so that only a whiteout on upper can hide it
   * @throws ErrnoException EEXIST; ENOENT if the directory itself was removed
   */
  boolean checkFreeLocked(Node dir, NameKey name) throws ErrnoException {
    if (dir.isRemoved()) {
      throw ErrnoException.of(Errno.ENOENT);
    }
    Node known = dir.dir().children.get(name);
    if (known != null && nodes.ref(known)) {
      nodes.unref(known);
      throw ErrnoException.of(Errno.EEXIST);
    }
    if (!lookup.isLowerPositive(dir, name)) {
      return false;
    }
    checkIsWhiteoutLocked(dir, name);
    return true;
  }

  /** EEXIST unless a whiteout on upper stands for the name. */
  void checkIsWhiteoutLocked(Node dir, NameKey name) throws ErrnoException {
    if (!lookup.upperStateLocked(dir, name).isWhiteout()) {
      throw ErrnoException.of(Errno.EEXIST);
    }
  }

  /**
   * Moves an object from the workdir to a name that is whited out. A file replaces the whiteout; a
   * directory changes places with it, unless the name is free, as the whiteout stands beside it.
   * That one goes last: until then it hides what is below.
   */
  void swapIn(byte[] temporary, Node dir, int dirFd, NameKey name, boolean isDirectory)
      throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    int workFd = stack.work().fd();
    long path = scratch.path(name.bytes());
    int flags = isDirectory ? Linux.RENAME_EXCHANGE : 0;
    int rc = sys.renameat2(workFd, scratch.path2(temporary), dirFd, path, flags);
    if (rc == -Errno.ENOENT && isDirectory) {
      check(sys.renameat2(workFd, scratch.path2(temporary), dirFd, path, Linux.RENAME_NOREPLACE));
    } else {
      check(rc);
      if (isDirectory) {
        stack.work().remove(temporary, 0);
      }
    }
    stack.aufs().remove(dir.real().upper(), dirFd, name.bytes());
  }
}

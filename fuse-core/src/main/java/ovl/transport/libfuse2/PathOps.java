package ovl.transport.libfuse2;

import java.util.Arrays;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import ovl.fs.Attr;
import ovl.fs.Name;
import ovl.fs.NodeFs;
import ovl.fs.SetAttr;
import ovl.fs.StatFs;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;
import ru.serce.jnrfuse.struct.Statvfs;

/**
 * The callbacks that name their object by a path: each finds the nodeid and calls {@link NodeFs}.
 * Results are those of fuse.h: {@code 0}, a length, or {@code -errno}.
 *
 * <p>Setuid and setgid are not dropped here: libfuse 2 has no HANDLE_KILLPRIV, and without it the
 * kernel itself sends a chmod before a write, with a truncate and with a chown. The exception is an
 * open with O_TRUNC, see {@link HandleOps#open}.
 */
final class PathOps {
  private static final int FUSE_UNLINK = 10;
  private static final int FUSE_RENAME = 12;
  private static final int FUSE_RELEASE = 18;

  /** struct fuse_in_header, then struct fuse_rename_in. */
  private static final int RENAME_NAMES = 40 + 8;

  private static final int TIMESPEC = 16;
  private static final byte[] ACCESS_ACL = NameBytes.of("system.posix_acl_access");

  private final NodeFs fs;
  private final Calls calls;
  private final PathResolver paths;
  private final Handles handles;
  private final Runtime runtime = Runtime.getSystemRuntime();

  PathOps(NodeFs fs, Calls calls, PathResolver paths, Handles handles) {
    this.fs = fs;
    this.calls = calls;
    this.paths = paths;
    this.handles = handles;
  }

  /** What is done with the node at a path. */
  @FunctionalInterface
  private interface OnNode {
    int run(Call call, PathNode node) throws ErrnoException;
  }

  private int onNode(String name, long path, OnNode operation) {
    return calls.answer(
        name,
        call -> {
          try (PathNode node = paths.resolve(call, path)) {
            return operation.run(call, node);
          } catch (ErrnoException e) {
            // The kernel repeats what failed with ESTALE, and must then find something better.
            if (e.errno() == Errno.ESTALE) {
              paths.distrust(path);
            }
            throw e;
          }
        });
  }

  int getattr(long path, long stat) {
    return onNode(
        "getattr",
        path,
        (call, node) -> {
          Attr attr = call.entry.attr;
          if (!call.isEntryFresh) {
            attr = call.attr;
            fs.getattr(call.caller(), node.nodeid, NodeFs.NO_FH, attr);
          }
          call.writeStat(attr, stat);
          return 0;
        });
  }

  int readlink(long path, long buffer, long size) {
    return onNode(
        "readlink",
        path,
        (call, node) -> {
          int length =
              fs.readlink(call.caller(), node.nodeid, buffer, (int) Math.min(size, 1 << 20) - 1);
          NativeBytes.put(buffer + length, (byte) 0);
          return 0;
        });
  }

  /** What makes an object of a name in a directory. */
  @FunctionalInterface
  private interface Maker {
    void run(Call call, PathNode parent) throws ErrnoException;
  }

  private int make(String name, long path, Maker maker) {
    return calls.answer(
        name,
        call -> {
          long seen = paths.epoch();
          try (PathNode parent = paths.parent(call, path, call.name)) {
            maker.run(call, parent);
          }
          // libfuse asks for the new object's attributes next.
          paths.adopt(path, call.entry, seen).close();
          return 0;
        });
  }

  int mknod(long path, int mode, long rdev) {
    return make(
        "mknod",
        path,
        (call, parent) ->
            fs.mknod(call.caller(), parent.nodeid, call.name, mode, (int) rdev, call.entry));
  }

  int mkdir(long path, int mode) {
    return make(
        "mkdir",
        path,
        (call, parent) -> fs.mkdir(call.caller(), parent.nodeid, call.name, mode, call.entry));
  }

  int symlink(long target, long path) {
    return make(
        "symlink",
        path,
        (call, parent) ->
            fs.symlink(
                call.caller(), parent.nodeid, call.name, at(call.second, target), call.entry));
  }

  int link(long oldPath, long newPath) {
    return make(
        "link",
        newPath,
        (call, parent) -> {
          try (PathNode node = paths.resolve(call, oldPath)) {
            fs.link(call.caller(), node.nodeid, parent.nodeid, call.name, call.entry);
          }
        });
  }

  int unlink(long path) {
    return calls.answer(
        "unlink",
        call -> {
          if (call.opcode() == FUSE_RELEASE) {
            // The last handle of a hidden file is gone and so, since HandleOps.release, is its
            // name.
            return 0;
          }
          try (PathNode parent = paths.parent(call, path, call.name)) {
            fs.unlink(call.caller(), parent.nodeid, call.name);
          } finally {
            paths.removed(path);
          }
          return 0;
        });
  }

  int rmdir(long path) {
    return calls.answer(
        "rmdir",
        call -> {
          try (PathNode parent = paths.parent(call, path, call.name)) {
            fs.rmdir(call.caller(), parent.nodeid, call.name);
          } finally {
            paths.removed(path);
          }
          return 0;
        });
  }

  /**
   * Renames. libfuse also calls this to keep a removed file alive while it is open, instead of
   * unlink, or before the rename that replaces it; the new name is then one of {@link HiddenName}.
   * Nothing of the kind is made: the file is removed as its user wanted, and the hidden name leads
   * to the nodeid, which stays valid. Whether a user or libfuse chose such a name, the request
   * tells.
   */
  int rename(long from, long to) {
    return calls.answer(
        "rename",
        call -> {
          if (isHiding(call, to)) {
            hide(call, from, to);
            return 0;
          }
          try (PathNode oldParent = paths.parent(call, from, call.name);
              PathNode newParent = paths.parent(call, to, call.second)) {
            fs.rename(call.caller(), oldParent.nodeid, call.name, newParent.nodeid, call.second, 0);
          } finally {
            paths.renamed(from, to);
          }
          return 0;
        });
  }

  private static boolean isHiding(Call call, long to) {
    byte[] path = NativeBytes.read(to, NativeBytes.length(to));
    int name = NameBytes.lastStart(path);
    if (!HiddenName.matches(path, name)) {
      return false;
    }
    if (call.opcode() == FUSE_RENAME) {
      long oldName = call.request() + RENAME_NAMES;
      long newName = oldName + NativeBytes.length(oldName) + 1;
      byte[] asked = NativeBytes.read(newName, NativeBytes.length(newName));
      return !Arrays.equals(asked, 0, asked.length, path, name, path.length);
    }
    return call.opcode() == FUSE_UNLINK;
  }

  private void hide(Call call, long path, long hiddenPath) throws ErrnoException {
    try (PathNode node = paths.resolve(call, path);
        PathNode parent = paths.parent(call, path, call.name)) {
      if (call.opcode() == FUSE_UNLINK) {
        fs.unlink(call.caller(), parent.nodeid, call.name);
      }
      // In a rename the file is still there, to be replaced in one step by what comes next.
      paths.removed(path);
      byte[] hidden = NativeBytes.read(hiddenPath, NativeBytes.length(hiddenPath));
      int name = NameBytes.lastStart(hidden);
      paths.hide(parent, NameBytes.key(hidden, name), node);
      if (!handles.isOpen(node.nodeid)) {
        // Closed meanwhile: no release will come to do this.
        paths.reveal(node.nodeid);
      }
    }
  }

  /** What fills in what is to be changed. */
  @FunctionalInterface
  private interface Change {
    void fill(SetAttr set);
  }

  private int change(String name, long path, Change change) {
    return onNode(
        name,
        path,
        (call, node) -> {
          call.set.clear();
          change.fill(call.set);
          fs.setattr(call.caller(), node.nodeid, NodeFs.NO_FH, call.set, call.attr);
          return 0;
        });
  }

  int chmod(long path, int mode) {
    return change(
        "chmod",
        path,
        set -> {
          set.setMode = true;
          set.mode = mode & ~Linux.S_IFMT;
        });
  }

  /** -1 as either id: leave it. */
  int chown(long path, int uid, int gid) {
    return change(
        "chown",
        path,
        set -> {
          set.setUid = uid != -1;
          set.uid = uid;
          set.setGid = gid != -1;
          set.gid = gid;
        });
  }

  int truncate(long path, long size) {
    return change(
        "truncate",
        path,
        set -> {
          set.setSize = true;
          set.size = size;
        });
  }

  int utimens(long path, long times) {
    return change(
        "utimens",
        path,
        set -> {
          long atimeNsec = NativeBytes.getLong(times + 8);
          set.setAtime = atimeNsec != Linux.UTIME_OMIT;
          set.atimeNow = atimeNsec == Linux.UTIME_NOW;
          set.atime = NativeBytes.getLong(times);
          set.atimeNsec = (int) atimeNsec;
          long mtimeNsec = NativeBytes.getLong(times + TIMESPEC + 8);
          set.setMtime = mtimeNsec != Linux.UTIME_OMIT;
          set.mtimeNow = mtimeNsec == Linux.UTIME_NOW;
          set.mtime = NativeBytes.getLong(times + TIMESPEC);
          set.mtimeNsec = (int) mtimeNsec;
        });
  }

  int statfs(long path, long buffer) {
    return onNode(
        "statfs",
        path,
        (call, node) -> {
          StatFs from = call.statFs;
          fs.statfs(call.caller(), node.nodeid, from);
          Statvfs to = Statvfs.of(Pointer.wrap(runtime, buffer));
          to.f_bsize.set(from.bsize);
          to.f_frsize.set(from.frsize);
          to.f_blocks.set(from.blocks);
          to.f_bfree.set(from.bfree);
          to.f_bavail.set(from.bavail);
          to.f_files.set(from.files);
          to.f_ffree.set(from.ffree);
          to.f_favail.set(from.ffree);
          to.f_namemax.set(from.namelen);
          return 0;
        });
  }

  int getxattr(long path, long name, long value, long size) {
    return onNode(
        "getxattr",
        path,
        (call, node) ->
            fs.getxattr(
                call.caller(), node.nodeid, at(call.second, name), value, HandleOps.clamp(size)));
  }

  int listxattr(long path, long list, long size) {
    return onNode(
        "listxattr",
        path,
        (call, node) -> fs.listxattr(call.caller(), node.nodeid, list, HandleOps.clamp(size)));
  }

  int setxattr(long path, long name, long value, long size, int flags) {
    return onNode(
        "setxattr",
        path,
        (call, node) -> {
          boolean killSgid = losesSgid(call, node, at(call.second, name));
          fs.setxattr(
              call.caller(),
              node.nodeid,
              at(call.second, name),
              value,
              HandleOps.clamp(size),
              flags,
              killSgid);
          return 0;
        });
  }

  /**
   * An ACL set by a user outside the file's group must take setgid away. The groups of a caller
   * beyond the first are not known here, so who owes the group to them loses it too.
   */
  private boolean losesSgid(Call call, PathNode node, Name name) throws ErrnoException {
    if (call.caller().uid() == 0 || !Arrays.equals(name.bytes(), ACCESS_ACL)) {
      return false;
    }
    fs.getattr(call.caller(), node.nodeid, NodeFs.NO_FH, call.attr);
    return call.attr.gid != call.caller().gid();
  }

  int removexattr(long path, long name) {
    return onNode(
        "removexattr",
        path,
        (call, node) -> {
          fs.removexattr(call.caller(), node.nodeid, at(call.second, name));
          return 0;
        });
  }

  private static Name at(Name name, long address) {
    return name.set(address, NativeBytes.length(address));
  }
}

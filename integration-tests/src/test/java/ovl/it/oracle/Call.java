package ovl.it.oracle;

import static ovl.sys.Linux.AT_EMPTY_PATH;
import static ovl.sys.Linux.AT_FDCWD;
import static ovl.sys.Linux.AT_SYMLINK_NOFOLLOW;

import java.util.Set;
import ovl.it.os.RawCalls;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** The calls that steps are made of. A result is a number, {@code -errno}, or a text. */
enum Call {
  // ---- names
  MKDIR(1, 0, (s, t) -> s.sys().mkdirat(AT_FDCWD, s.path(t, 0), t.integer(0)), 0),
  MKNOD(1, 0, (s, t) -> s.sys().mknodat(AT_FDCWD, s.path(t, 0), t.integer(0), t.number(1)), 0),
  SYMLINK(1, 0, (s, t) -> s.sys().symlinkat(s.scratch().path2(t.bytes(1)), AT_FDCWD, s.path(t, 0))),
  LINK(
      2,
      0,
      (s, t) -> s.sys().linkat(AT_FDCWD, s.path(t, 0), AT_FDCWD, s.path2(t, 1), t.integer(0))),
  UNLINK(1, 0, (s, t) -> s.sys().unlinkat(AT_FDCWD, s.path(t, 0), 0)),
  RMDIR(1, 0, (s, t) -> s.sys().unlinkat(AT_FDCWD, s.path(t, 0), Linux.AT_REMOVEDIR)),
  RENAME(
      2,
      0,
      (s, t) -> s.sys().renameat2(AT_FDCWD, s.path(t, 0), AT_FDCWD, s.path2(t, 1), t.integer(0))),
  READLINK(1, 0, (s, t) -> s.readlink(t)),
  MKDIRAT(
      0,
      1,
      (s, t) -> s.sys().mkdirat(s.directory(t), s.scratch().path(t.bytes(0)), t.integer(1)),
      1),
  UNLINKAT(
      0, 1, (s, t) -> s.sys().unlinkat(s.directory(t), s.scratch().path(t.bytes(0)), t.integer(1))),
  LIST(1, 0, (s, t) -> s.list(t)),
  LISTFD(0, 1, (s, t) -> s.listFd(t)),
  SEEKDIR(1, 0, (s, t) -> s.seekdir(t)),

  // ---- attributes
  STAT(1, 0, (s, t) -> 0L),
  ACCESS(1, 0, (s, t) -> RawCalls.access(AT_FDCWD, s.path(t, 0), t.integer(0), t.integer(1))),
  CHMOD(1, 0, (s, t) -> s.sys().chmod(s.path(t, 0), t.integer(0)), 0),
  LCHMOD(
      1, 0, (s, t) -> RawCalls.chmod(AT_FDCWD, s.path(t, 0), t.integer(0), AT_SYMLINK_NOFOLLOW), 0),
  FCHMOD(0, 1, (s, t) -> s.sys().fchmod(s.fd(t, 0), t.integer(1)), 1),
  CHOWN(
      1,
      0,
      (s, t) ->
          s.sys()
              .fchownat(AT_FDCWD, s.path(t, 0), t.integer(0), t.integer(1), AT_SYMLINK_NOFOLLOW)),
  CHOWNTARGET(
      1, 0, (s, t) -> s.sys().fchownat(AT_FDCWD, s.path(t, 0), t.integer(0), t.integer(1), 0)),
  FCHOWN(
      0,
      1,
      (s, t) ->
          s.sys()
              .fchownat(
                  s.fd(t, 0), s.scratch().empty(), t.integer(1), t.integer(2), AT_EMPTY_PATH)),
  UTIMENS(
      1,
      0,
      (s, t) -> s.sys().utimensat(AT_FDCWD, s.path(t, 0), s.times(t, 0), AT_SYMLINK_NOFOLLOW)),
  UTIMENSTARGET(1, 0, (s, t) -> s.sys().utimensat(AT_FDCWD, s.path(t, 0), s.times(t, 0), 0)),
  TOUCH(1, 0, (s, t) -> s.sys().utimensat(AT_FDCWD, s.path(t, 0), 0, AT_SYMLINK_NOFOLLOW)),
  FUTIMENS(
      0,
      1,
      (s, t) -> s.sys().utimensat(s.fd(t, 0), s.scratch().empty(), s.times(t, 1), AT_EMPTY_PATH)),
  TRUNCATE(1, 0, (s, t) -> RawCalls.truncate(s.path(t, 0), t.number(0))),
  STATFS(1, 0, (s, t) -> s.statfs(t)),

  // ---- extended attributes
  SETXATTR(
      1,
      0,
      (s, t) ->
          s.sys()
              .lsetxattr(
                  s.path(t, 0),
                  s.scratch().path2(t.bytes(1)),
                  s.scratch().value(t.bytes(2)),
                  t.bytes(2).length,
                  t.integer(0))),
  FSETXATTR(
      0,
      1,
      (s, t) ->
          s.sys()
              .fsetxattr(
                  s.fd(t, 0),
                  s.scratch().path2(t.bytes(0)),
                  s.scratch().value(t.bytes(1)),
                  t.bytes(1).length,
                  t.integer(1))),
  GETXATTR(1, 0, (s, t) -> s.getxattr(t)),
  FGETXATTR(0, 1, (s, t) -> s.fgetxattr(t)),
  LISTXATTR(1, 0, (s, t) -> s.listxattr(t)),
  FLISTXATTR(0, 1, (s, t) -> s.flistxattr(t)),
  REMOVEXATTR(1, 0, (s, t) -> s.sys().lremovexattr(s.path(t, 0), s.scratch().path2(t.bytes(1)))),
  FREMOVEXATTR(0, 1, (s, t) -> s.sys().fremovexattr(s.fd(t, 0), s.scratch().path2(t.bytes(0)))),

  // ---- open files
  OPEN(1, 1, (s, t) -> s.open(t), 1, 2),
  OPENAT(0, 2, (s, t) -> s.openAt(t), 2, 3),
  REOPEN(0, 2, (s, t) -> s.reopen(t), 2),
  SETFLAGS(0, 1, (s, t) -> s.setFlags(t), 1),
  FLOCK(0, 1, (s, t) -> s.sys().flock(s.fd(t, 0), t.integer(1))),
  CLOSE(0, 1, (s, t) -> s.close(t.integer(0))),
  LINKFD(1, 1, (s, t) -> s.linkFd(t)),
  LINKEMPTY(
      1,
      1,
      (s, t) ->
          s.sys()
              .linkat(s.directory(t), s.scratch().empty(), AT_FDCWD, s.path2(t, 0), AT_EMPTY_PATH)),
  READ(0, 1, (s, t) -> s.read(t)),
  WRITE(0, 1, (s, t) -> s.write(t)),
  APPEND(0, 1, (s, t) -> s.append(t)),
  FTRUNCATE(0, 1, (s, t) -> s.sys().ftruncate(s.fd(t, 0), t.number(1))),
  FALLOCATE(0, 1, (s, t) -> s.sys().fallocate(s.fd(t, 0), t.integer(1), t.number(2), t.number(3))),
  SEEKHOLE(0, 1, (s, t) -> s.seekHole(t)),
  SENDFILE(0, 2, (s, t) -> s.sendfile(t)),
  COPYRANGE(0, 2, (s, t) -> s.copyRange(t)),
  FSYNC(0, 1, (s, t) -> s.sys().fsync(s.fd(t, 0))),
  MMAP(0, 1, (s, t) -> s.mappings().map(t, s.fd(t, 0))),
  MAPREAD(0, 1, (s, t) -> s.mappings().read(t)),
  MAPWRITE(0, 1, (s, t) -> s.mappings().write(t)),
  FDATASYNC(0, 1, (s, t) -> s.sys().fdatasync(s.fd(t, 0))),

  // ---- what only the building of layers does
  WRITEFILE(1, 0, (s, t) -> s.writeFile(t));

  private interface Body {
    Object run(Session session, Step step);
  }

  private final int paths;
  private final int slots;
  private final Body body;
  private final Set<Integer> octal;

  Call(int paths, int slots, Body body, Integer... octal) {
    this.paths = paths;
    this.slots = slots;
    this.body = body;
    this.octal = Set.of(octal);
  }

  /** How many of the names are paths; they come first. */
  int paths() {
    return paths;
  }

  /** How many of the numbers are descriptor slots; they come first. */
  int slots() {
    return slots;
  }

  boolean isOctal(int number) {
    return octal.contains(number);
  }

  /** Makes the call in this thread; the outcome as a word. */
  String run(Session session, Step step) {
    Object result = body.run(session, step);
    if (result instanceof Number number) {
      long value = number.longValue();
      return value < 0 ? Errno.name((int) -value) : Long.toString(value);
    }
    return (String) result;
  }
}

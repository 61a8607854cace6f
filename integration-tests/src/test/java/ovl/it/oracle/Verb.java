package ovl.it.oracle;

import java.util.ArrayList;
import java.util.List;
import ovl.sys.Linux;

/** A call on one name, with what follows from it. */
record Verb(String name, Body body) {
  private static final long SLOT = 0;
  private static final List<Integer> OPEN_FLAGS =
      List.of(
          Linux.O_RDONLY,
          Linux.O_RDWR,
          Linux.O_WRONLY | Linux.O_APPEND,
          Linux.O_WRONLY | Linux.O_TRUNC,
          Linux.O_RDWR | Linux.O_CREAT,
          Linux.O_RDWR | Linux.O_CREAT | Linux.O_EXCL,
          Linux.O_RDWR | Linux.O_CREAT | Linux.O_TRUNC,
          Linux.O_RDWR | Linux.O_CREAT | Linux.O_NOFOLLOW,
          Linux.O_RDONLY | Linux.O_DIRECTORY,
          Linux.O_RDONLY | Linux.O_TRUNC,
          Linux.O_RDWR | Linux.O_TMPFILE,
          Linux.O_PATH);

  /** Adds the calls to a case. */
  interface Body {
    void add(Layout layout, String path);
  }

  static List<Verb> all() {
    List<Verb> verbs = new ArrayList<>();
    for (int flags : OPEN_FLAGS) {
      verbs.add(new Verb("open " + Integer.toOctalString(flags), (l, p) -> open(l, p, flags)));
    }
    addNames(verbs);
    addBelow(verbs);
    addAttributes(verbs);
    return verbs;
  }

  private static void open(Layout layout, String path, long flags) {
    layout.call(Call.OPEN, List.of(path), SLOT, flags, 0640L);
    layout.call(Call.WRITE, List.of(), SLOT, 10L, 3L, 1L);
    layout.call(Call.READ, List.of(), SLOT, 0L, 100L);
    layout.call(Call.LISTFD, List.of(), SLOT);
    layout.call(Call.CLOSE, List.of(), SLOT);
  }

  private static void add(List<Verb> verbs, Call call, List<String> more, Long... numbers) {
    Body body =
        (layout, path) -> {
          List<String> names = new ArrayList<>(List.of(path));
          names.addAll(more);
          layout.call(call, names, numbers);
        };
    verbs.add(new Verb(call + " " + more + " " + List.of(numbers), body));
  }

  private static void addNames(List<Verb> verbs) {
    add(verbs, Call.MKDIR, List.of(), 0750L);
    add(verbs, Call.MKNOD, List.of(), Linux.S_IFREG | 0640L, 0L);
    add(verbs, Call.MKNOD, List.of(), Linux.S_IFIFO | 0640L, 0L);
    add(verbs, Call.MKNOD, List.of(), Linux.S_IFCHR | 0640L, 0L);
    add(verbs, Call.MKNOD, List.of(), Linux.S_IFBLK | 0640L, 0x701L);
    add(verbs, Call.SYMLINK, List.of("elsewhere"));
    add(verbs, Call.UNLINK, List.of());
    add(verbs, Call.RMDIR, List.of());
    add(verbs, Call.READLINK, List.of());
    add(verbs, Call.LIST, List.of());
    verbs.add(new Verb("make again", Verb::replace));
    verbs.add(new Verb("link away", (l, p) -> link(l, p, l.path("away"))));
    verbs.add(new Verb("link a new file to", (l, p) -> linkNew(l, p)));
    verbs.add(new Verb("link itself", (l, p) -> link(l, p, p)));
  }

  private static void replace(Layout layout, String path) {
    layout.call(Call.UNLINK, List.of(path));
    layout.call(Call.RMDIR, List.of(path));
    layout.call(Call.MKDIR, List.of(path), 0700L);
    layout.call(Call.LIST, List.of(path));
    layout.call(Call.RMDIR, List.of(path));
  }

  private static void link(Layout layout, String from, String to) {
    layout.call(Call.LINK, List.of(from, to), 0L);
  }

  private static void linkNew(Layout layout, String path) {
    layout.make(Thing.FILE, "made");
    link(layout, layout.path("made"), path);
  }

  private static void addBelow(List<Verb> verbs) {
    verbs.add(new Verb("mkdir below", (l, p) -> l.call(Call.MKDIR, List.of(p + "/n"), 0750L)));
    verbs.add(new Verb("mkdir of f", (l, p) -> l.call(Call.MKDIR, List.of(p + "/f"), 0750L)));
    verbs.add(new Verb("open below", (l, p) -> open(l, p + "/n", Linux.O_RDWR | Linux.O_CREAT)));
    verbs.add(new Verb("open f", (l, p) -> open(l, p + "/f", Linux.O_RDWR)));
    verbs.add(new Verb("unlink f", (l, p) -> l.call(Call.UNLINK, List.of(p + "/f"))));
    verbs.add(new Verb("rmdir d", (l, p) -> l.call(Call.RMDIR, List.of(p + "/d"))));
    for (long flags : new long[] {0, Linux.RENAME_EXCHANGE}) {
      verbs.add(new Verb("f to d " + flags, (l, p) -> rename(l, p + "/f", p + "/d", flags)));
      verbs.add(new Verb("d away " + flags, (l, p) -> rename(l, p + "/d", l.path("away"), flags)));
      verbs.add(new Verb("into itself " + flags, (l, p) -> rename(l, p, p + "/n", flags)));
      verbs.add(new Verb("onto its parent " + flags, (l, p) -> rename(l, p + "/d", p, flags)));
    }
    verbs.add(new Verb("f to g", (l, p) -> rename(l, p + "/f", p + "/g", 0)));
    verbs.add(new Verb("d to e", (l, p) -> rename(l, p + "/d", p + "/e", 0)));
    verbs.add(new Verb("onto itself", (l, p) -> rename(l, p, p, 0)));
    verbs.add(new Verb("to what is missing", (l, p) -> rename(l, p, l.path("none/n"), 0)));
  }

  private static void rename(Layout layout, String from, String to, long flags) {
    layout.call(Call.RENAME, List.of(from, to), flags);
  }

  private static void addAttributes(List<Verb> verbs) {
    add(verbs, Call.ACCESS, List.of(), 6L, 0L);
    add(verbs, Call.CHMOD, List.of(), 06711L);
    add(verbs, Call.LCHMOD, List.of(), 0600L);
    add(verbs, Call.CHOWN, List.of(), 4001L, 4002L);
    add(verbs, Call.CHOWNTARGET, List.of(), 4001L, 4002L);
    add(verbs, Call.UTIMENS, List.of(), 1L, 2L, 3L, 4L);
    add(verbs, Call.UTIMENSTARGET, List.of(), 1L, 2L, 3L, 4L);
    add(verbs, Call.TOUCH, List.of());
    for (long size : new long[] {0, 3, 5000, 9000}) {
      add(verbs, Call.TRUNCATE, List.of(), size);
    }
    add(verbs, Call.SETXATTR, List.of("user.a", "value"), 0L);
    add(verbs, Call.SETXATTR, List.of("trusted.a", "value"), 0L);
    add(verbs, Call.SETXATTR, List.of("trusted.overlay.opaque", "y"), 0L);
    add(verbs, Call.SETXATTR, List.of("user.overlay.opaque", "y"), 0L);
    add(verbs, Call.SETXATTR, List.of("trusted.a", ""), (long) Linux.XATTR_REPLACE);
    add(verbs, Call.GETXATTR, List.of("trusted.overlay.origin"), 1L << 16);
    add(verbs, Call.LISTXATTR, List.of());
    add(verbs, Call.REMOVEXATTR, List.of("trusted.overlay.opaque"));
  }
}

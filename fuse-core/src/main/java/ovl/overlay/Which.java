package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import ovl.fs.NameKey;
import ovl.layer.Layer;
import ovl.layer.LayerStack;
import ovl.layer.RealDir;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Says what the layers hold under one name of a merged directory and what became of it, a line for
 * each object, top to bottom: {@code LAYER ROLE KIND[,MARK...] PATH}. The path is the one in the
 * layer, with line feeds and backslashes as in /proc/mounts. Names that lookup never comes to are
 * told as well, as far as their directory is part of the merged one.
 */
final class Which {
  /**
   * What is seen, or contributes to it, or has the data of it, or is not seen, or is why something
   * below is not.
   */
  private enum Role {
    SHOWN,
    MERGED,
    DATA,
    HIDDEN,
    HIDES;

    String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private final Syscalls sys;
  private final LayerStack stack;
  private final NodeTable nodes;
  private final Lookup lookup;

  Which(VerbContext context, Lookup lookup) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.nodes = context.nodes();
    this.lookup = lookup;
  }

  /** The state of one walk through the layers. */
  private static final class Walk {
    final NameKey name;
    final ByteArrayOutputStream lines = new ByteArrayOutputStream();

    /** The directories that the name stands for and that have no line yet. */
    final List<RealDir> expected = new ArrayList<>();

    /** Where a metacopy file has its data, as long as it has no line; else null. */
    LowerData data;

    boolean isFound;
    boolean isOver;

    Walk(NameKey name) {
      this.name = name;
    }
  }

  /** The lines; none where no layer has the name. */
  byte[] explain(Node dir, NameKey name) throws ErrnoException {
    Walk walk = new Walk(name);
    expect(walk, dir);
    for (int i = 0; i < dir.real().depth(); i++) {
      RealDir real = dir.real().at(i);
      int fd = real.acquire();
      try {
        look(walk, real, fd);
      } finally {
        real.release();
      }
    }
    // Those that a redirect leads to.
    for (RealDir redirected : walk.expected) {
      line(walk, redirected.layer(), Role.MERGED, "directory", redirected.path());
    }
    Layer ofData = walk.data == null ? null : walk.data.layer();
    if (ofData != null) {
      line(walk, ofData, Role.DATA, "file", walk.data.pathInLayer());
    }
    return walk.lines.toByteArray();
  }

  private void expect(Walk walk, Node dir) throws ErrnoException {
    Node child = lookup.child(dir, walk.name);
    if (child != null) {
      RealStack real = child.real();
      for (int i = 0; child.isDirectory() && i < real.depth(); i++) {
        walk.expected.add(real.at(i));
      }
      walk.data = real.data();
      nodes.unref(child);
    }
  }

  private void look(Walk walk, RealDir real, int fd) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    byte[] name = walk.name.bytes();
    boolean isMarkedGone = stack.aufs().hides(real, fd, name); // first, as it uses the record too
    Statx stat = scratch.statx();
    long path = scratch.path(name);
    int rc = Search.statx(sys, fd, path, stat);
    if (Search.isAbsent(rc)) {
      if (isMarkedGone) {
        whiteout(walk, real, ",aufs");
      }
      return;
    }
    check(rc);
    if (Search.isWhiteout(stack, real, fd, path, name.length, stat)) {
      whiteout(walk, real, "");
    } else if (stat.isDirectory()) {
      directory(walk, real, fd, path, stat.ino());
    } else {
      stack.overrides().apply(real.layer(), fd, path, name.length, stat);
      Role role = walk.isFound || walk.isOver ? Role.HIDDEN : Role.SHOWN;
      if (walk.data != null && walk.data.isAt(real, name)) {
        role = Role.DATA;
        walk.data = null;
      }
      line(walk, real, role, kind(stat) + marks(real, fd, path, walk.name, stat));
      walk.isFound = true;
      walk.isOver = true;
    }
    walk.isOver |= isMarkedGone;
  }

  private void whiteout(Walk walk, RealDir real, String mark) {
    line(walk, real, walk.isOver ? Role.HIDDEN : Role.HIDES, "whiteout" + mark);
    walk.isOver = true;
  }

  private void directory(Walk walk, RealDir real, int fd, long path, long ino)
      throws ErrnoException {
    RealDir same =
        walk.expected.stream()
            .filter(dir -> dir.layer() == real.layer() && dir.ino() == ino)
            .findFirst()
            .orElse(null);
    boolean isRedirected = stack.xattr().redirect(fd, path, walk.name.bytes().length) != null;
    boolean isOpaque = false;
    Role role = Role.HIDDEN;
    if (same != null) {
      walk.expected.remove(same);
      role = walk.isFound ? Role.MERGED : Role.SHOWN;
      int own = same.acquire();
      try {
        isOpaque = stack.isOpaque(own);
      } finally {
        same.release();
      }
      walk.isFound = true;
      // What is below is not looked for, or not under this name.
      walk.isOver |= isOpaque || isRedirected;
    }
    String marks = (isRedirected ? ",redirect" : "") + (isOpaque ? ",opaque" : "");
    line(walk, real, role, "directory" + marks);
  }

  private static String kind(Statx stat) {
    return switch (stat.mode() & Linux.S_IFMT) {
      case Linux.S_IFREG -> "file";
      case Linux.S_IFLNK -> "symlink";
      case Linux.S_IFIFO -> "fifo";
      case Linux.S_IFSOCK -> "socket";
      default -> "device";
    };
  }

  private String marks(RealDir real, int fd, long path, NameKey name, Statx stat)
      throws ErrnoException {
    int length = name.bytes().length;
    String marks = "";
    if (stat.isRegular() && stack.xattr().isMetacopy(fd, path, length)) {
      marks += ",metacopy";
    }
    if (real.layer().isUpper() && stack.xattr().origin(fd, path, length) != null) {
      marks += ",copied-up";
    }
    return marks;
  }

  private static void line(Walk walk, RealDir dir, Role role, String kind) {
    line(walk, dir.layer(), role, kind, path(dir, walk.name.bytes()));
  }

  private static void line(Walk walk, Layer layer, Role role, String kind, byte[] path) {
    String words = layer.index() + " " + role.word() + " " + kind + " ";
    walk.lines.writeBytes(words.getBytes(StandardCharsets.US_ASCII));
    escape(walk.lines, path);
    walk.lines.write('\n');
  }

  /** The path of a name in its layer, beginning with a slash. */
  static byte[] path(RealDir dir, byte[] name) {
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    path.writeBytes(dir.path());
    if (dir.path().length > 1) {
      path.write('/');
    }
    path.writeBytes(name);
    return path.toByteArray();
  }

  private static void escape(ByteArrayOutputStream out, byte[] path) {
    for (byte b : path) {
      if (b == '\n' || b == '\\') {
        out.writeBytes(String.format("\\%03o", b).getBytes(StandardCharsets.US_ASCII));
      } else {
        out.write(b);
      }
    }
  }
}

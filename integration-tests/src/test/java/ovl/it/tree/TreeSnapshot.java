package ovl.it.tree;

import static ovl.sys.Linux.AT_FDCWD;
import static ovl.sys.Linux.AT_RECURSIVE;
import static ovl.sys.Linux.MOUNT_ATTR_NOATIME;
import static ovl.sys.Linux.OPEN_TREE_CLOEXEC;
import static ovl.sys.Linux.OPEN_TREE_CLONE;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import ovl.fs.NameKey;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.Stat;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * A directory tree at one moment: for each object type, mode, owner, size, device, link target,
 * link count and which names are one object, a digest of the content, and all xattrs. Taking one
 * changes nothing in the tree, not even an atime.
 */
public final class TreeSnapshot {
  /** Times to note as well, in nanoseconds. */
  public enum Time {
    ATIME,
    MTIME,
    CTIME
  }

  /** As much as can be said: for trees that nothing may have touched. */
  public static final Set<Time> ALL_TIMES = EnumSet.allOf(Time.class);

  /** What looking does not change: reading through a FUSE mount takes upper's atime onward. */
  public static final Set<Time> WRITE_TIMES = EnumSet.of(Time.MTIME, Time.CTIME);

  private static final Syscalls SYS = Syscalls.load();
  private static final int LINES_SHOWN = 40;

  private final SortedMap<String, TreeEntry> entries = new TreeMap<>();
  private final Map<Long, String> firstNames = new HashMap<>();
  private final Set<Time> times;
  private final long now;

  private TreeSnapshot(Collection<Time> times, long now) {
    this.times = times.isEmpty() ? EnumSet.noneOf(Time.class) : EnumSet.copyOf(times);
    this.now = now;
  }

  /** Walks the tree below a directory. */
  public static TreeSnapshot of(FsPath root, Collection<Time> times) {
    return of(root, times, Long.MAX_VALUE);
  }

  /**
   * As {@link #of(FsPath, Collection)}, for trees that got the same work at different moments.
   *
   * @param now what is not older is all one time, in nanoseconds
   */
  public static TreeSnapshot of(FsPath root, Collection<Time> times, long now) {
    TreeSnapshot snapshot = new TreeSnapshot(times, now);
    int fd = untouchedView(root);
    try {
      FsPath view = procFd(fd);
      snapshot.add(".", view.at("."));
      try (OpenFile dir = view.at(".").open(Linux.O_RDONLY | Linux.O_DIRECTORY)) {
        snapshot.walk(dir, "");
      }
    } finally {
      SYS.close(fd);
    }
    return snapshot;
  }

  /** A private mount of the tree with noatime, or the tree itself where that is not permitted. */
  private static int untouchedView(FsPath root) {
    Scratch scratch = Scratch.current(SYS);
    int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
    int fd = SYS.openTree(AT_FDCWD, scratch.path(root.bytes()), flags);
    if (fd < 0) {
      OpenFile plain = root.open(Linux.O_PATH | Linux.O_DIRECTORY);
      return plain.fd();
    }
    scratch.word(0, MOUNT_ATTR_NOATIME);
    scratch.word(1, 0x70); // MOUNT_ATTR__ATIME: what is replaced
    scratch.word(2, 0);
    scratch.word(3, 0);
    int emptyPath = Linux.AT_EMPTY_PATH | AT_RECURSIVE;
    SYS.mountSetattr(fd, scratch.path(""), emptyPath, scratch.words(), 32);
    return fd;
  }

  private static FsPath procFd(int fd) {
    return FsPath.of(Path.of("/proc/self/fd/" + fd));
  }

  private void walk(OpenFile dir, String prefix) {
    FsPath view = procFd(dir.fd());
    List<byte[]> names = new ArrayList<>();
    dir.entries().stream().filter(e -> !e.isDots()).forEach(e -> names.add(FsPath.latin(e.name())));
    names.sort(java.util.Arrays::compareUnsigned);
    for (byte[] name : names) {
      String path = prefix + new NameKey(name);
      FsPath object = view.at(name);
      if (add(path, object).isDirectory()) {
        try (OpenFile child = object.open(Linux.O_RDONLY | Linux.O_DIRECTORY)) {
          walk(child, path + "/");
        }
      }
    }
  }

  private Stat add(String path, FsPath object) {
    Stat stat = object.stat();
    SortedMap<String, String> facts = new TreeMap<>();
    if (stat.isWhiteout()) {
      // Kernels share one whiteout among many names: what else stat says of it means nothing.
      facts.put("type", "whiteout");
    } else {
      describe(path, object, stat, facts);
    }
    entries.put(path, new TreeEntry(path, facts));
    return stat;
  }

  private void describe(String path, FsPath object, Stat stat, SortedMap<String, String> facts) {
    facts.put("type", typeName(stat.type()));
    facts.put("mode", String.format("%04o", stat.permissions()));
    facts.put("uid", Integer.toString(stat.uid()));
    facts.put("gid", Integer.toString(stat.gid()));
    if (!stat.isDirectory()) {
      // Of directories both depend on the filesystem.
      facts.put("size", Long.toString(stat.size()));
      facts.put("nlink", Integer.toString(stat.nlink()));
      String first = firstNames.putIfAbsent(stat.ino(), path);
      if (first != null) {
        facts.put("linked", first);
      }
    }
    if (stat.type() == Linux.S_IFCHR || stat.type() == Linux.S_IFBLK) {
      facts.put("rdev", stat.rdevMajor() + ":" + stat.rdevMinor());
    } else if (stat.isSymlink()) {
      facts.put("target", new NameKey(FsPath.latin(object.readlink())).toString());
    } else if (stat.isRegular()) {
      facts.put("sha256", digest(object));
    }
    putTimes(stat, facts);
    for (String name : object.xattrs()) {
      putXattr(name, object.xattrBytes(name), facts);
    }
  }

  private void putTimes(Stat stat, SortedMap<String, String> facts) {
    if (times.contains(Time.ATIME)) {
      facts.put("atime", time(stat.atime()));
    }
    if (times.contains(Time.MTIME)) {
      facts.put("mtime", time(stat.mtime()));
    }
    if (times.contains(Time.CTIME)) {
      facts.put("ctime", time(stat.ctime()));
    }
  }

  private String time(long nanos) {
    return nanos < now ? Long.toString(nanos) : "now";
  }

  private static void putXattr(String name, byte[] value, SortedMap<String, String> facts) {
    if (value == null) {
      return; // listed, but gone or not for us
    }
    boolean means = name.endsWith(".overlay.origin") || name.endsWith(".overlay.uuid");
    // File handles and random numbers: that there is one says all that can be compared.
    String text = means ? (value.length == 0 ? "empty" : "present") : printable(value);
    facts.put("xattr." + new NameKey(FsPath.latin(name)), text);
  }

  private static String printable(byte[] value) {
    for (byte b : value) {
      if (b < 0x20 || b == 0x7f) {
        return "0x" + HexFormat.of().formatHex(value);
      }
    }
    return '"' + new String(value, StandardCharsets.US_ASCII) + '"';
  }

  private static String digest(FsPath file) {
    try (OpenFile open = file.open(Linux.O_RDONLY | Linux.O_NOFOLLOW | Linux.O_NONBLOCK)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] block;
      while ((block = open.readBlock()).length > 0) {
        digest.update(block);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static String typeName(int type) {
    return switch (type) {
      case Linux.S_IFREG -> "file";
      case Linux.S_IFDIR -> "dir";
      case Linux.S_IFLNK -> "symlink";
      case Linux.S_IFIFO -> "fifo";
      case Linux.S_IFSOCK -> "socket";
      case Linux.S_IFCHR -> "char";
      case Linux.S_IFBLK -> "block";
      default -> Integer.toOctalString(type);
    };
  }

  /** How many objects there are, the root included. */
  public int size() {
    return entries.size();
  }

  /** One line for each object, in the order of their paths. */
  public List<String> lines(TreeRules rules) {
    return entries.values().stream()
        .map(rules::apply)
        .filter(java.util.Objects::nonNull)
        .map(TreeEntry::toString)
        .toList();
  }

  /** One line for each difference, left first; none if the trees are equal under the rules. */
  public List<String> differences(TreeSnapshot right, TreeRules rules) {
    java.util.TreeSet<String> paths = new java.util.TreeSet<>(entries.keySet());
    paths.addAll(right.entries.keySet());
    List<String> differences = new ArrayList<>();
    for (String path : paths) {
      TreeEntry a = kept(entries.get(path), rules);
      TreeEntry b = kept(right.entries.get(path), rules);
      if (a != null && b != null) {
        a.differences(b).forEach(d -> differences.add(path + ": " + d));
      } else if (a != null) {
        differences.add("only left: " + a);
      } else if (b != null) {
        differences.add("only right: " + b);
      }
    }
    return differences;
  }

  private static TreeEntry kept(TreeEntry entry, TreeRules rules) {
    return entry == null ? null : rules.apply(entry);
  }

  /** Fails with the first differences, if there are any. */
  public void assertEqualTo(TreeSnapshot right, TreeRules rules, String what) {
    List<String> differences = differences(right, rules);
    if (!differences.isEmpty()) {
      throw new AssertionError(describe(what, differences.size(), differences.iterator()));
    }
  }

  private static String describe(String what, int count, Iterator<String> differences) {
    StringBuilder text = new StringBuilder(what + ": " + count + " differences");
    for (int i = 0; i < LINES_SHOWN && differences.hasNext(); i++) {
      text.append("\n  ").append(differences.next());
    }
    return text.append(count > LINES_SHOWN ? "\n  ..." : "").toString();
  }
}

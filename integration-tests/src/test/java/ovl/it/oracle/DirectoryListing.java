package ovl.it.oracle;

import static ovl.sys.Linux.AT_SYMLINK_NOFOLLOW;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import ovl.it.os.FsPath;
import ovl.sys.Dirents;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/** What reading an open directory gives. */
final class DirectoryListing {
  private static final int BUFFER = 1 << 16;

  private final Syscalls sys;
  private final int fd;

  DirectoryListing(Syscalls sys, int fd) {
    this.sys = sys;
    this.fd = fd;
  }

  /** One entry of a directory. */
  private record Entry(String name, int type, long ino, long offset) {}

  /** The names with their types; an entry that lstat contradicts says so. */
  Object names() {
    TreeSet<String> lines = new TreeSet<>();
    try {
      for (Entry entry : entries()) {
        String line = describe(entry);
        lines.add(lines.contains(line) ? line + " twice" : line);
      }
    } catch (ErrnoException e) {
      return (long) -e.errno();
    }
    return lines.toString();
  }

  /** True if reading from the position after some entry gives the same rest once more. */
  Object restAfter(int entry) {
    try {
      List<Entry> all = entries();
      int at = entry % all.size();
      sys.lseek(fd, all.get(at).offset(), Linux.SEEK_SET);
      return Boolean.toString(entries().equals(all.subList(at + 1, all.size())));
    } catch (ErrnoException e) {
      return (long) -e.errno();
    }
  }

  private Scratch scratch() {
    return Scratch.current(sys);
  }

  private List<Entry> entries() throws ErrnoException {
    List<Entry> found = new ArrayList<>();
    Dirents block = scratch().dirents();
    while (block.fill(fd, BUFFER) > 0) {
      while (block.next()) {
        String name = new String(block.name(), StandardCharsets.ISO_8859_1);
        found.add(new Entry(name, block.type(), block.ino(), block.offset()));
      }
    }
    return found;
  }

  private String describe(Entry entry) {
    String text = entry.name() + ":" + entry.type();
    if (entry.name().startsWith("..")) {
      return text; // the parent's number may be anybody's
    }
    Statx stat = scratch().statx();
    long name = scratch().path(FsPath.latin(entry.name()));
    int result = sys.statx(fd, name, AT_SYMLINK_NOFOLLOW, Linux.STATX_BASIC_STATS, stat);
    if (result < 0) {
      return text + ":" + Errno.name(-result);
    }
    int type = stat.mode() >> 12;
    text += type == entry.type() ? "" : " but " + type;
    return stat.ino() == entry.ino() ? text : text + Deviations.WRONG_NUMBER;
  }
}

package ovl.it.limits;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.sys.Linux;

/** Every verb that changes something, each on the objects of one directory. */
final class Verbs {
  /** By name, for a merged directory that a lower has {@link #fill filled}. */
  static final Map<String, Consumer<FsPath>> ALL = new TreeMap<>();

  static {
    ALL.put("append", p -> p.at("f").append("x"));
    ALL.put("chmod", p -> p.at("f").chmod(0600));
    ALL.put("chmoddir", p -> p.at("d").chmod(0700));
    ALL.put("chown", p -> p.at("f").chown(1, 1));
    ALL.put("create", p -> p.at("new").open(Linux.O_CREAT | Linux.O_WRONLY, 0600).close());
    ALL.put("exchange", p -> p.at("f").rename(p.at("g"), Linux.RENAME_EXCHANGE));
    ALL.put("link", p -> p.at("f").link(p.at("new")));
    ALL.put("mkdir", p -> p.at("new").mkdir());
    ALL.put("mknod", p -> p.at("new").mknod(Linux.S_IFIFO | 0600, 0, 0));
    ALL.put("rename", p -> p.at("f").rename(p.at("new")));
    ALL.put("renamedir", p -> p.at("d").rename(p.at("new")));
    ALL.put("replace", p -> p.at("f").rename(p.at("g")));
    ALL.put("rmdir", p -> p.at("d").rmdir());
    ALL.put("symlink", p -> p.at("new").symlink("target"));
    ALL.put("tmpfile", p -> p.open(Linux.O_TMPFILE | Linux.O_WRONLY, 0600).close());
    ALL.put("truncate", p -> p.at("f").truncate(10));
    ALL.put("unlink", p -> p.at("f").unlink());
    ALL.put("utimes", p -> p.at("f").utimes(1, 2));
    ALL.put("write", p -> overwrite(p.at("f")));
    ALL.put("xattr", p -> p.at("f").setXattr("user.a", "value"));
  }

  private Verbs() {}

  private static void overwrite(FsPath file) {
    try (OpenFile open = file.open(Linux.O_RDWR)) {
      open.pwrite("changed", 1000);
    }
  }

  /** Makes in a lower what one verb works on. */
  static void fill(FsPath dir, String content) {
    dir.at("f").file(content).setXattr("user.kept", "kept");
    dir.at("g").file("other");
    dir.at("d").mkdir();
  }
}

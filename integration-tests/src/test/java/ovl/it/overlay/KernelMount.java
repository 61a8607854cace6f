package ovl.it.overlay;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import ovl.it.os.FsPath;
import ovl.it.os.RawCalls;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/** mount(2) of overlayfs; by fsconfig(2) where the options exceed a page. */
public final class KernelMount {
  private static final int PAGE = 4000;
  private static final Syscalls SYS = Syscalls.load();

  private KernelMount() {}

  static void mount(List<FsPath> lowers, FsPath upper, FsPath work, FsPath merged) {
    mount("", lowers, upper, work, merged);
  }

  /**
   * Mounts, or fails.
   *
   * @param more options besides the layers, each followed by a comma
   * @param upper null to mount read-only
   */
  public static void mount(
      String more, List<FsPath> lowers, FsPath upper, FsPath work, FsPath merged) {
    mount(more, lowers, List.of(), upper, work, merged);
  }

  /** As {@link #mount(String, List, FsPath, FsPath, FsPath)}, with data-only layers below. */
  public static void mount(
      String more,
      List<FsPath> lowers,
      List<FsPath> dataLowers,
      FsPath upper,
      FsPath work,
      FsPath merged) {
    String options =
        more
            + "lowerdir="
            + lowers.stream().map(KernelMount::escaped).collect(Collectors.joining(":"))
            + dataLowers.stream().map(l -> "::" + escaped(l)).collect(Collectors.joining());
    if (upper != null) {
      options += ",upperdir=" + text(upper) + ",workdir=" + text(work);
    }
    if (options.length() >= PAGE) {
      mountByParts(lowers, upper, work, merged);
      return;
    }
    Scratch scratch = Scratch.current(SYS);
    long data = scratch.value(FsPath.latin("overlay\0" + options + "\0"));
    int result = SYS.mount(data, scratch.path(merged.bytes()), data, 0, data + 8);
    check(result, "mount -t overlay -o " + options);
  }

  private static void check(int result, String what) {
    try {
      ErrnoException.check(result);
    } catch (ErrnoException e) {
      throw new AssertionError(what + ": " + e.getMessage());
    }
  }

  private static void mountByParts(List<FsPath> lowers, FsPath upper, FsPath work, FsPath merged) {
    Scratch scratch = Scratch.current(SYS);
    int fs = RawCalls.fsopen(scratch.path("overlay"));
    for (FsPath lower : lowers) {
      set(fs, "lowerdir+", lower);
    }
    if (upper != null) {
      set(fs, "upperdir", upper);
      set(fs, "workdir", work);
    }
    int mount = RawCalls.fsmount(fs);
    SYS.close(fs);
    RawCalls.attach(
        mount, scratch.path2(new byte[0]), scratch.path(merged.bytes()), Linux.AT_FDCWD);
    SYS.close(mount);
  }

  private static void set(int fs, String key, FsPath value) {
    Scratch scratch = Scratch.current(SYS);
    RawCalls.fsconfig(fs, scratch.path(key), scratch.path2(value.bytes()), key + "=" + value);
  }

  private static String escaped(FsPath layer) {
    return text(layer).replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,");
  }

  private static String text(FsPath path) {
    return new String(path.bytes(), StandardCharsets.ISO_8859_1);
  }
}

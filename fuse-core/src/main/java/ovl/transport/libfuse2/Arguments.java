package ovl.transport.libfuse2;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import ovl.sys.Linux;
import ovl.transport.MountException;
import ovl.transport.TransportOptions;

/** The options of a mount as libfuse 2 and fusermount want them. */
final class Arguments {
  private static final int MS_STRICTATIME = 1 << 24;
  private static final int MS_RELATIME = 1 << 21;

  private Arguments() {}

  /**
   * The text after {@code -o}.
   *
   * <p>Names may be kept long, because all changes of names come through this mount. Attributes
   * only shortly, because a copy-up changes some of them and cannot be announced; those of files
   * with hard links not at all, see {@link Replies}.
   *
   * @param isRoot whether device nodes and setuid may be allowed; fusermount refuses that
   * @throws MountException for flags that libfuse 2 does not know
   */
  static String of(TransportOptions options, boolean isRoot) throws MountException {
    List<String> parts = new ArrayList<>();
    parts.add("fsname=" + escape(options.fsName()));
    parts.add("subtype=" + escape(options.subtype()));
    parts.add("nonempty");
    parts.add("big_writes");
    parts.add("use_ino");
    parts.add("attr_timeout=1");
    parts.add("entry_timeout=60");
    parts.add("negative_timeout=60");
    if (options.defaultPermissions()) {
      parts.add("default_permissions");
    }
    if (options.allowOther()) {
      parts.add("allow_other");
    } else if (options.allowRoot()) {
      parts.add("allow_root");
    }
    addFlags(parts, options, isRoot);
    return String.join(",", parts);
  }

  private static void addFlags(List<String> parts, TransportOptions options, boolean isRoot)
      throws MountException {
    int left = options.mountFlags() | (options.readOnly() ? Linux.MS_RDONLY : 0);
    if (isRoot) {
      // libfuse's own default is nosuid,nodev.
      parts.add((left & Linux.MS_NOSUID) == 0 ? "suid" : "nosuid");
      parts.add((left & Linux.MS_NODEV) == 0 ? "dev" : "nodev");
    }
    left &= ~(Linux.MS_NOSUID | Linux.MS_NODEV);
    left = addFlag(parts, left, Linux.MS_RDONLY, "ro");
    left = addFlag(parts, left, Linux.MS_NOEXEC, "noexec");
    left = addFlag(parts, left, Linux.MS_SYNCHRONOUS, "sync");
    left = addFlag(parts, left, Linux.MS_DIRSYNC, "dirsync");
    // relatime is the kernel's default. nodiratime is part of noatime.
    left &= ~MS_RELATIME;
    if ((left & Linux.MS_NOATIME) != 0) {
      left &= ~Linux.MS_NODIRATIME;
    }
    left = addFlag(parts, left, Linux.MS_NOATIME, "noatime");
    if (left != 0) {
      throw new MountException(
          String.format(Locale.ROOT, "libfuse2 cannot mount with %s", describe(left)));
    }
  }

  private static int addFlag(List<String> parts, int flags, int flag, String name) {
    if ((flags & flag) != 0) {
      parts.add(name);
    }
    return flags & ~flag;
  }

  private static String describe(int flags) {
    return switch (flags) {
      case Linux.MS_NODIRATIME -> "nodiratime";
      case Linux.MS_NOSYMFOLLOW -> "nosymfollow";
      case MS_STRICTATIME -> "strictatime";
      default -> "mount flags 0x" + Integer.toHexString(flags);
    };
  }

  /** libfuse splits options at commas, unless a backslash precedes. */
  private static String escape(String value) {
    return value.replace("\\", "\\\\").replace(",", "\\,");
  }

  /** NUL-terminated. */
  static byte[] string(String value) {
    return (value + "\0").getBytes(StandardCharsets.UTF_8);
  }
}

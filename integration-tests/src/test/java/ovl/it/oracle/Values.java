package ovl.it.oracle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import ovl.sys.Linux;

/** Random arguments of calls: what is usual often, what is at a border sometimes. */
final class Values {
  private static final long[] FILE_MODES = {0644, 0644, 0666, 0600, 0, 0755, 04755, 02711, 06777};
  private static final long[] DIR_MODES = {0777, 0777, 0755, 01777, 02777, 0700, 0, 02755};
  private static final long[] TYPES = {
    Linux.S_IFIFO,
    Linux.S_IFIFO,
    Linux.S_IFSOCK,
    Linux.S_IFSOCK,
    Linux.S_IFCHR,
    Linux.S_IFCHR,
    Linux.S_IFBLK,
    Linux.S_IFBLK,
    Linux.S_IFREG,
    0,
    Linux.S_IFDIR,
    Linux.S_IFLNK
  };
  private static final long[] IDS = {0, 4001, 4001, 4002, 4002, 77};
  private static final long[] OFFSETS = {
    0, 0, 0, 1, 100, 4095, 4096, 8192, 10_000, 70_000, 1 << 20
  };
  private static final List<String> XATTRS =
      List.of(
          "user.a",
          "user.a",
          "user.b",
          "user.b",
          "trusted.t",
          "security.s",
          "system.posix_acl_access",
          "system.posix_acl_default",
          "user.overlay.opaque",
          "trusted.overlay.opaque",
          "trusted.overlay.overlay.opaque",
          "user.",
          "other.a",
          "user." + "n".repeat(251));

  private final Random random;

  Values(Random random) {
    this.random = random;
  }

  private long of(long[] values) {
    return values[random.nextInt(values.length)];
  }

  long fileMode() {
    return of(FILE_MODES);
  }

  long directoryMode() {
    return of(DIR_MODES);
  }

  long id() {
    return of(IDS);
  }

  /** An id, or -1 for none. */
  long newId() {
    return random.nextInt(4) == 0 ? -1 : id();
  }

  long offset() {
    return of(OFFSETS);
  }

  long length() {
    return random.nextInt(4) == 0 ? random.nextInt(60_000) : random.nextInt(5000);
  }

  long seed() {
    return random.nextInt(250);
  }

  long device() {
    return random.nextBoolean() ? 1 << 8 | 3 : 240 << 8 | 7;
  }

  /** Type and permissions of a fifo, a socket, or a device. */
  long specialMode() {
    return of(TYPES) | fileMode();
  }

  /** A link's target. Never one that leads out: steps are done by root. */
  String target() {
    return List.of("a", "b/c", "./e", "d", "nowhere", "\u00ff", "t".repeat(1000))
        .get(random.nextInt(7));
  }

  String xattrName() {
    return XATTRS.get(random.nextInt(XATTRS.size()));
  }

  /** One that fits: the kernel refuses what is no ACL. */
  String xattrValue(String name) {
    return name.startsWith("system.posix_acl_") ? acl() : xattrValue();
  }

  /** Any, of an ACL's form too. */
  String xattrValue() {
    return switch (random.nextInt(8)) {
      case 0 -> "";
      case 1 -> "v".repeat(300);
      case 2, 3, 4 -> acl();
      default -> "value " + random.nextInt(10);
    };
  }

  /** struct posix_acl_xattr: owner, a user, group, a group, mask and others. */
  private String acl() {
    ByteBuffer acl = ByteBuffer.allocate(4 + 6 * 8).order(ByteOrder.LITTLE_ENDIAN).putInt(2);
    int[] tags = {1, 2, 4, 8, 16, 32};
    int[] ids = {-1, 4001, -1, 4002, -1, -1};
    for (int i = 0; i < tags.length; i++) {
      acl.putShort((short) tags[i]).putShort((short) random.nextInt(8)).putInt(ids[i]);
    }
    return new String(acl.array(), StandardCharsets.ISO_8859_1);
  }

  /** Four numbers for utimensat(2), long ago. */
  Long[] times() {
    Long[] times = new Long[4];
    for (int i = 0; i < 4; i += 2) {
      times[i] = (long) random.nextInt(1_500_000_000);
      times[i + 1] = (long) random.nextInt(1_000_000_000);
    }
    return times;
  }

  /** As {@link #times()}, or UTIME_NOW, UTIME_OMIT or what is invalid in places. */
  Long[] newTimes() {
    Long[] times = times();
    int at = 1 + 2 * random.nextInt(2);
    switch (random.nextInt(6)) {
      case 0 -> times[at] = Linux.UTIME_NOW;
      case 1 -> times[at] = Linux.UTIME_OMIT;
      case 2 -> times[at] = 1_000_000_000L;
      default -> {}
    }
    return times;
  }
}

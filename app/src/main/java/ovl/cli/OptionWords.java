package ovl.cli;

import java.util.Locale;
import java.util.Set;
import ovl.mount.Access;
import ovl.mount.MountFlag;
import ovl.mount.OverlayMountBuilder;

/**
 * The words of {@code -o} and what each means for a mount. They are those of mount(8), of
 * fuse-overlayfs and of the kernel's overlayfs, because callers pass on what was written for either
 * of these.
 */
final class OptionWords {
  /**
   * Said already by what we do (the kernel checks permissions, always), said to mount(8) and not to
   * us, or advice to a FUSE library on how to do its work.
   */
  private static final Set<String> WITHOUT_MEANING =
      Set.of(
          "default_permissions",
          "defaults",
          "user",
          "nouser",
          "users",
          "owner",
          "group",
          "auto",
          "noauto",
          "nofail",
          "_netdev",
          "relatime",
          "norelatime",
          "strictatime",
          "nostrictatime",
          "lazytime",
          "nolazytime",
          "private",
          "rprivate",
          "shared",
          "rshared",
          "slave",
          "rslave",
          "unbindable",
          "runbindable",
          "kernel_cache",
          "splice_read",
          "splice_write",
          "splice_move",
          "clone_fd",
          "max_write",
          "override_creds",
          "nooverride_creds");

  /** As {@link #WITHOUT_MEANING}, with a value. Labels are SELinux's, on the whole mount. */
  private static final Set<String> VALUES_WITHOUT_MEANING =
      Set.of(
          "context",
          "fscontext",
          "defcontext",
          "rootcontext",
          "comment",
          "max_write",
          "max_read",
          "max_threads",
          "max_idle_threads",
          "threaded",
          "fast_ino",
          "fast_ino_check",
          "writeback");

  private final OverlayMountBuilder mount;
  private final LayerArguments layers;
  private final boolean marksVolatile;
  private boolean hasFsName;

  /**
   * @param marksVolatile let a volatile mount leave a mark that whoever mounts next has to remove,
   *     as the kernel does and fuse-overlayfs does not
   */
  OptionWords(OverlayMountBuilder mount, LayerArguments layers, boolean marksVolatile) {
    this.mount = mount;
    this.marksVolatile = marksVolatile;
    this.layers = layers;
  }

  /**
   * Takes one option, {@code name} or {@code name=value}.
   *
   * @return false if it is not known, or not with this value
   * @throws UsageException the value is wrong
   */
  boolean take(String option) throws UsageException {
    int equals = option.indexOf('=');
    if (equals < 0) {
      return flag(option);
    }
    String name = option.substring(0, equals);
    String value = option.substring(equals + 1);
    try {
      return layer(name, value) || owner(name, value) || value(name, value);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage());
    }
  }

  /** Whether the source in /proc/mounts was named. */
  boolean hasFsName() {
    return hasFsName;
  }

  private boolean flag(String name) {
    switch (name) {
      case "ro" -> mount.readOnly(true);
      case "rw" -> mount.readOnly(false);
      case "volatile" -> setVolatile();
      case "userxattr" -> mount.feature(name, "on");
      case "allow_other" -> mount.access(Access.ALLOW_OTHER);
      case "allow_root" -> mount.access(Access.ALLOW_ROOT);
      case "squash_to_root" -> mount.squashToRoot(true);
      case "static_nlink" -> mount.countedNlink(false);
      case "noacl" -> mount.acl(false);
      case "ino32_t" -> mount.shortInos(true);
      default -> {
        return mountFlag(name) || WITHOUT_MEANING.contains(name) || name.startsWith("x-");
      }
    }
    return true;
  }

  private boolean layer(String name, String value) throws UsageException {
    switch (name) {
      case "lowerdir" -> layers.setLowerdir(value);
      case "lowerdir+" -> layers.addLowerdir(Escapes.path(value));
      case "datadir+" -> layers.addDatadir(Escapes.path(value));
      case "upperdir" -> layers.setUpper(name, Escapes.path(value));
      case "workdir" -> layers.setWorkdir(Escapes.path(value));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean owner(String name, String value) throws UsageException {
    switch (name) {
      case "uidmapping" -> mount.uidMapping(value);
      case "gidmapping" -> mount.gidMapping(value);
      case "squash_to_uid" -> mount.squashToUid(Numbers.id(name, value));
      case "squash_to_gid" -> mount.squashToGid(Numbers.id(name, value));
      case "xattr_permissions" -> mount.xattrPermissions(Numbers.whole(name, value));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean value(String name, String value) throws UsageException {
    switch (name) {
      case "fsname" -> {
        mount.fsName(value);
        hasFsName = true;
      }
      case "timeout" -> mount.cacheTimeout(Numbers.seconds(name, value));
      case "noxattrs" -> mount.xattrs(!Numbers.isOn(name, value));
      case "sync" -> mount.sync(Numbers.isOn(name, value));
      case "fsync" -> {
        return sync(value);
      }
      case "verity" -> {
        return value.equals("off");
      }
      default -> {
        return feature(name, value)
            || VALUES_WITHOUT_MEANING.contains(name)
            || name.startsWith("x-");
      }
    }
    return true;
  }

  /** A feature of the kernel's overlay; false as well for a value that it does not have. */
  private boolean feature(String name, String value) {
    try {
      mount.feature(name, value);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Fuse-overlayfs's numbers and the kernel's words. */
  private boolean sync(String value) throws UsageException {
    switch (value) {
      case "auto" -> mount.sync(true);
      case "volatile" -> setVolatile();
      case "strict" -> {
        mount.sync(true);
        mount.feature("fsync", value);
      }
      default -> mount.sync(Numbers.isOn("fsync", value));
    }
    return true;
  }

  private void setVolatile() {
    if (marksVolatile) {
      mount.volatileWrites(true);
    } else {
      mount.sync(false);
    }
  }

  private boolean mountFlag(String name) {
    for (MountFlag flag : MountFlag.values()) {
      String on = flag.name().toLowerCase(Locale.ROOT);
      String off = on.equals("sync") ? "async" : on.startsWith("no") ? on.substring(2) : null;
      if (name.equals(on) || name.equals(off)) {
        mount.flag(flag, name.equals(on));
        return true;
      }
    }
    return false;
  }
}

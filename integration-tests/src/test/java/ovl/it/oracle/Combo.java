package ovl.it.oracle;

import java.util.List;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.mount.OverlayMountBuilder;
import ovl.sys.Statx;

/** A combination of features, in the names that both sides give them. */
enum Combo {
  /** As the kernel does without options. */
  PLAIN("redirect_dir=off"),
  REDIRECT("redirect_dir=on"),
  FOLLOW("redirect_dir=follow"),
  NOFOLLOW("redirect_dir=nofollow"),
  METACOPY("redirect_dir=on", "metacopy=on"),
  /** Content in two layers that show nothing themselves. */
  DATA_ONLY("redirect_dir=on", "metacopy=on"),
  XINO_ON("redirect_dir=on", "xino=on"),
  XINO_AUTO("redirect_dir=off", "xino=auto"),
  XINO_OFF("redirect_dir=on", "xino=off"),
  USERXATTR("userxattr"),
  UUID_ON("redirect_dir=on", "uuid=on"),
  UUID_AUTO("redirect_dir=off", "uuid=auto"),
  UUID_NULL("redirect_dir=on", "uuid=null"),
  UUID_OFF("redirect_dir=off", "uuid=off"),
  INDEX("redirect_dir=on", "index=on"),
  INDEX_METACOPY("redirect_dir=on", "index=on", "metacopy=on"),
  VOLATILE("redirect_dir=on", "metacopy=on", "volatile");

  private final List<String> options;

  Combo(String... options) {
    this.options = List.of(options);
  }

  /** The one that a seed chooses: neighbours choose different ones. */
  static Combo of(long seed) {
    return values()[Math.floorMod(seed, values().length)];
  }

  /** For mount(2), each followed by a comma. */
  String kernelOptions() {
    return String.join(",", options) + ",";
  }

  /** For ovl-mount. */
  String ourArguments() {
    return "-o " + String.join(",", options);
  }

  OverlayMountBuilder ourOptions(OverlayMountBuilder builder) {
    for (String option : options) {
      int equals = option.indexOf('=');
      if (equals > 0) {
        builder.feature(option.substring(0, equals), option.substring(equals + 1));
      } else if (this == VOLATILE) {
        builder.volatileWrites(true);
      } else {
        builder.feature(option, "on");
      }
    }
    return builder;
  }

  /** True if lower layers may have hard links: without an index the kernel takes them apart. */
  boolean hasLinks() {
    return options.contains("index=on");
  }

  /** True if directories of lowers can be renamed. */
  boolean movesLowerDirectories() {
    return options.contains("redirect_dir=on");
  }

  /** True if redirects in the layers are followed. */
  boolean followsRedirects() {
    return movesLowerDirectories() || this == FOLLOW;
  }

  /** True if objects may have their content in a layer below. */
  boolean hasMetacopy() {
    return options.contains("metacopy=on");
  }

  /** True if a name of a lower file can lead to another name's content. */
  boolean linksContentAway() {
    return hasLinks() && hasMetacopy();
  }

  int dataLayers() {
    return this == DATA_ONLY ? 2 : 0;
  }

  /** What names of the overlay's own attributes begin with. */
  String prefix() {
    return this == USERXATTR ? "user.overlay." : "trusted.overlay.";
  }

  /** True if lowers are elsewhere than upper. */
  boolean isOnTwoFilesystems() {
    return name().startsWith("XINO");
  }

  /** Where such a lower layer is if upper is there: the numbers of several filesystems may meet. */
  Backing backing(int lower, Backing upper) {
    boolean isElsewhere = isOnTwoFilesystems() && lower % 2 == 0;
    return !isElsewhere ? upper : upper == Backing.XFS ? Backing.EXT4 : Backing.XFS;
  }

  /**
   * True if the kernel's inode number stays the same over a copy-up. It does not if the lower
   * object is on another filesystem, or upper cannot say where the object came from.
   */
  boolean hasStableNumber(Statx stat) {
    boolean hasUserXattrs = stat.isRegular() || stat.isDirectory();
    return this != XINO_OFF && (this != USERXATTR || hasUserXattrs);
  }

  /** True if upper can say of all kinds of objects where they came from, so that names meet. */
  boolean linksAll() {
    return this != USERXATTR;
  }

  /** True if all numbers do, and over another mount as well. */
  boolean keepsNumbers() {
    return this != XINO_OFF && this != USERXATTR;
  }

  /** Takes away what keeps a layer from being mounted once more; false if that is missing. */
  boolean release(FsPath work) {
    if (this != VOLATILE) {
      return true;
    }
    FsPath mark = work.at("work/incompat/volatile");
    boolean isMarked = mark.exists();
    if (isMarked) {
      work.at("work/incompat").removeTree();
    }
    return isMarked;
  }
}

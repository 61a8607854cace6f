package ovl.mount;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import ovl.layer.AtimeMode;
import ovl.layer.WhiteoutFormat;
import ovl.layer.XattrPermissions;
import ovl.overlay.CacheTimes;
import ovl.overlay.OverlayOptions;

/** Collects what to mount; {@link MountOptions} says what each part means. */
public final class OverlayMountBuilder {
  private static final String NAME = "ovl-mount";

  private final List<Path> lowers = new ArrayList<>();
  private final List<Path> dataLowers = new ArrayList<>();
  private final Set<MountFlag> flags = EnumSet.noneOf(MountFlag.class);
  private Path upper;
  private Path work;
  private TransportKind transport = TransportKind.DEV;
  private Access access = Access.DEFAULT;
  private final Ownership users = new Ownership("/proc/sys/kernel/overflowuid");
  private final Ownership groups = new Ownership("/proc/sys/kernel/overflowgid");
  private final OverlayOptions.Builder overlay = OverlayOptions.builder();
  private boolean squashToRoot;
  private final FeatureOptions features = new FeatureOptions();
  private boolean isReadOnly;
  private boolean isVolatile;
  private boolean syncs = true;
  private boolean hasAufsNames;
  private boolean mayMakeDevices = true;
  private XattrPermissions permissions = XattrPermissions.NONE;
  private boolean hasAcl = true;
  private String fsName = NAME;
  private String type = NAME;
  private int threads;
  private boolean usesIoUring = true;

  OverlayMountBuilder() {}

  /** Adds a read-only layer below those added before. */
  public OverlayMountBuilder lower(Path directory) {
    lowers.add(directory);
    return this;
  }

  /**
   * Adds a layer below all others that is not merged: only metacopy files lead into it, by a
   * redirect from the root.
   */
  public OverlayMountBuilder dataLower(Path directory) {
    dataLowers.add(directory);
    return this;
  }

  /** The writable layer; without one the mount is read-only. */
  public OverlayMountBuilder upper(Path directory) {
    upper = directory;
    return this;
  }

  /** Scratch space on upper's filesystem, needed with an upper. */
  public OverlayMountBuilder work(Path directory) {
    work = directory;
    return this;
  }

  public OverlayMountBuilder transport(TransportKind kind) {
    transport = kind;
    return this;
  }

  public OverlayMountBuilder access(Access who) {
    access = who;
    return this;
  }

  public OverlayMountBuilder readOnly(boolean isOn) {
    isReadOnly = isOn;
    return this;
  }

  /** Never sync; named as the kernel's option {@code volatile}, which Java keeps for itself. */
  public OverlayMountBuilder volatileWrites(boolean isOn) {
    isVolatile = isOn;
    return this;
  }

  /** {@code false}: never sync, as volatile, but without a mark that asks for a fresh workdir. */
  public OverlayMountBuilder sync(boolean isOn) {
    syncs = isOn;
    return this;
  }

  /**
   * How long the kernel may keep names and attributes. Zero: changes that others make in a layer
   * show at once.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public OverlayMountBuilder cacheTimeout(Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException("a cache timeout must not be negative");
    }
    boolean isLongest = time.compareTo(Duration.ofNanos(Long.MAX_VALUE)) >= 0;
    overlay.cacheTimes(CacheTimes.of(isLongest ? Long.MAX_VALUE : time.toNanos()));
    return this;
  }

  /**
   * Owners in the layers and as shown: triples {@code disk:shown:count} joined by colons; see
   * {@link ovl.overlay.IdMap}.
   */
  public OverlayMountBuilder uidMapping(String triples) {
    users.map(triples);
    return this;
  }

  /** As {@link #uidMapping}, for groups. */
  public OverlayMountBuilder gidMapping(String triples) {
    groups.map(triples);
    return this;
  }

  /** Shows everything as root's, where {@link #squashToUid} and its like say nothing else. */
  public OverlayMountBuilder squashToRoot(boolean isOn) {
    squashToRoot = isOn;
    return this;
  }

  /** Shows everything as this user's. */
  public OverlayMountBuilder squashToUid(long uid) {
    users.squashTo(uid);
    return this;
  }

  /** Shows everything as this group's. */
  public OverlayMountBuilder squashToGid(long gid) {
    groups.squashTo(gid);
    return this;
  }

  /**
   * Understands AUFS names ({@code .wh.NAME}, {@code .wh..wh..opq}) in every layer, as
   * fuse-overlayfs does, and writes them where device whiteouts cannot be made. Off, as in the
   * kernel, they are files like any other.
   */
  public OverlayMountBuilder aufsNames(boolean isOn) {
    hasAufsNames = isOn;
    return this;
  }

  /** {@code false}: whiteouts are only written as AUFS names, which are then understood too. */
  public OverlayMountBuilder deviceWhiteouts(boolean isAllowed) {
    mayMakeDevices = isAllowed;
    return this;
  }

  /**
   * Where owner and mode are kept other than in the inode: fuse-overlayfs's xattr_permissions.
   *
   * @param kind 0: in the inode, 1: security.fuseoverlayfs.override_stat, 2:
   *     user.containers.override_stat
   * @throws IllegalArgumentException for any other number
   */
  public OverlayMountBuilder xattrPermissions(int kind) {
    if (kind < 0 || kind >= XattrPermissions.values().length) {
      throw new IllegalArgumentException("xattr_permissions must be 0, 1 or 2, not " + kind);
    }
    permissions = XattrPermissions.values()[kind];
    return this;
  }

  /**
   * {@code true}: merged directories show the link count that their subdirectories would give, as
   * with fuse-overlayfs. Else it is 1, as in the kernel.
   */
  public OverlayMountBuilder countedMergedNlink(boolean isOn) {
    overlay.countsSubdirectories(isOn);
    return this;
  }

  /** {@code false}: directories show a link count of 1. */
  public OverlayMountBuilder countedNlink(boolean isOn) {
    overlay.hasStaticNlink(!isOn);
    return this;
  }

  /** {@code false}: POSIX ACLs are not enforced. */
  public OverlayMountBuilder acl(boolean isOn) {
    hasAcl = isOn;
    return this;
  }

  /** {@code false}: there are no extended attributes. */
  public OverlayMountBuilder xattrs(boolean isOn) {
    overlay.hasXattrs(isOn);
    return this;
  }

  /** {@code true}: inode numbers are cut to 32 bits. */
  public OverlayMountBuilder shortInos(boolean isOn) {
    overlay.hasShortInos(isOn);
    return this;
  }

  /** Which files the kernel reads and writes by itself. */
  public OverlayMountBuilder passthrough(Passthrough which) {
    requireNonNull(which, "passthrough");
    overlay.passesThrough(which != Passthrough.OFF, which == Passthrough.ALL);
    return this;
  }

  /**
   * Turns a feature of the kernel's overlay on or off, by the name and value that its mount option
   * has: {@code redirect_dir}, {@code metacopy}, {@code index}, {@code xino}, {@code userxattr},
   * {@code uuid}, {@code fsync}, {@code nfs_export} (which only brings the index).
   *
   * @throws IllegalArgumentException with a one-line reason
   */
  public OverlayMountBuilder feature(String name, String value) {
    features.set(name, value);
    return this;
  }

  /** As {@link #feature}, where nothing was said of it. */
  public OverlayMountBuilder featureUnlessSet(String name, String value) {
    features.setUnlessGiven(name, value);
    return this;
  }

  /**
   * Has redirect_dir as the kernel has it by default, unless it is set: on for the sake of
   * metacopy=on, otherwise off; to be called when the other features are set.
   */
  public OverlayMountBuilder kernelRedirectDir() {
    features.setKernelRedirectDir();
    return this;
  }

  /**
   * Turns metacopy off where it cannot be had beside the other options; to be called when these and
   * the layers are set.
   *
   * @return whether that was so
   */
  public boolean dropMetacopyUnlessPossible() {
    boolean isPossible = features.metacopyConflict(upper != null) == null;
    if (!isPossible) {
      features.set("metacopy", "off");
    }
    return !isPossible;
  }

  /** True if there is a feature of that name. */
  public static boolean hasFeature(String name) {
    return FeatureOptions.NAMES.contains(name);
  }

  public OverlayMountBuilder fsName(String name) {
    fsName = name;
    return this;
  }

  public OverlayMountBuilder type(String subtype) {
    type = subtype;
    return this;
  }

  /** Sets or clears a flag; the last word counts, as in mount(8). */
  public OverlayMountBuilder flag(MountFlag flag, boolean isOn) {
    if (isOn) {
      flags.add(flag);
    } else {
      flags.remove(flag);
    }
    return this;
  }

  public OverlayMountBuilder threads(int count) {
    threads = count;
    return this;
  }

  /** {@code false}: /dev/fuse is read and written even where the kernel offers io_uring. */
  public OverlayMountBuilder ioUring(boolean isOn) {
    usesIoUring = isOn;
    return this;
  }

  /**
   * The options, checked.
   *
   * @throws IllegalArgumentException with a one-line reason
   */
  public MountOptions options() {
    overlay
        .features(features.features(upper != null))
        .isVolatile(isVolatile || !syncs)
        .ids(users.toMap(squashToRoot), groups.toMap(squashToRoot));
    return new MountOptions(
        lowers,
        dataLowers,
        upper,
        work,
        transport,
        access,
        isReadOnly,
        fsName,
        type,
        flags,
        threads,
        usesIoUring,
        hasAcl,
        features.layers(isVolatile, whiteouts(), permissions, atime()),
        overlay.build());
  }

  private AtimeMode atime() {
    if (flags.contains(MountFlag.NOATIME)) {
      return AtimeMode.NOATIME;
    }
    return flags.contains(MountFlag.NODIRATIME) ? AtimeMode.NODIRATIME : AtimeMode.INHERITED;
  }

  private WhiteoutFormat whiteouts() {
    if (!mayMakeDevices) {
      return WhiteoutFormat.AUFS;
    }
    return hasAufsNames ? WhiteoutFormat.KERNEL_AND_AUFS : WhiteoutFormat.KERNEL;
  }

  /** Mounts on an existing directory; see {@link OverlayMount#mount(MountOptions, Path)}. */
  public OverlayMount mount(Path directory) throws OverlayMountException {
    return OverlayMount.mount(options(), directory);
  }
}

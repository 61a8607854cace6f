package ovl.mount;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import ovl.layer.LayerException;
import ovl.layer.LayerPaths;
import ovl.layer.LayerStack;
import ovl.layer.WhiteoutFormat;
import ovl.layer.XattrPermissions;
import ovl.overlay.CacheTimes;
import ovl.overlay.OverlayFs;
import ovl.overlay.OverlayOptions;
import ovl.sys.Syscalls;
import ovl.transport.MountException;
import ovl.transport.Transport;
import ovl.transport.TransportOptions;
import ovl.transport.dev.DevFuseTransport;
import ovl.transport.libfuse2.LibFuse2Transport;

/**
 * A mounted overlay, served by this JVM until somebody unmounts it.
 *
 * <pre>{@code
 * try (OverlayMount merged =
 *     OverlayMount.builder().lower(app).lower(base).upper(upper).work(work).mount(directory)) {
 *   // use the directory
 * }
 * }</pre>
 *
 * The JVM must not use files of its own on the mount (class path, logs, temporary files, heap
 * dumps): a thread that waits for them can be one that the answer depends on.
 */
public final class OverlayMount implements AutoCloseable {
  private static final String NAME = "ovl-mount";

  private final LayerStack stack;
  private final OverlayFs fs;
  private final Transport transport;
  private final Path mountpoint;

  private OverlayMount(LayerStack stack, OverlayFs fs, Transport transport, Path mountpoint) {
    this.stack = stack;
    this.fs = fs;
    this.transport = transport;
    this.mountpoint = mountpoint;
  }

  /** Starts the description of a mount. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Mounts, and returns when the mount is usable.
   *
   * @param directory an existing directory; or {@code /dev/fd/N}, a FUSE device that was opened and
   *     mounted by somebody else and is served from now on
   * @throws OverlayMountException if a layer or the mountpoint cannot be used or the kernel
   *     refuses; nothing is mounted then
   */
  public static OverlayMount mount(MountOptions options, Path directory)
      throws OverlayMountException {
    boolean isChannel = TransportOptions.channel(directory) >= 0;
    Path mountpoint = isChannel ? directory : Mountpoint.check(directory);
    Syscalls sys = Syscalls.load();
    LayerStack stack = open(sys, options, isChannel ? null : mountpoint);
    boolean isMounted = false;
    try {
      OverlayFs fs = new OverlayFs(sys, stack, options.overlay());
      Transport transport =
          switch (options.transport()) {
            case DEV -> new DevFuseTransport(sys);
            case LIBFUSE2 -> new LibFuse2Transport(sys);
          };
      fs.describeBy(new StatusReport(options, fs, transport, stack));
      transport.mount(fs, transportOptions(sys, options, stack, mountpoint));
      isMounted = true;
      return new OverlayMount(stack, fs, transport, mountpoint);
    } catch (MountException e) {
      throw new OverlayMountException(e.getMessage(), e);
    } finally {
      if (!isMounted) {
        stack.close();
      }
    }
  }

  private static LayerStack open(Syscalls sys, MountOptions options, Path mountpoint)
      throws OverlayMountException {
    LayerPaths paths =
        new LayerPaths(
            options.lowers(), options.dataLowers(), options.upper(), options.work(), mountpoint);
    // So containerd finds out what a container has changed that is running.
    if (options.isReadOnly() && paths.upper() != null && LayerStack.isInUse(sys, paths.upper())) {
      paths = paths.readOnly();
    }
    try {
      return LayerStack.open(sys, paths, options.layers());
    } catch (LayerException e) {
      throw new OverlayMountException(e.getMessage(), e);
    }
  }

  private static TransportOptions transportOptions(
      Syscalls sys, MountOptions options, LayerStack stack, Path mountpoint) {
    boolean isRoot = sys.geteuid() == 0;
    int flags = 0;
    for (MountFlag flag : options.flags()) {
      flags |= flag.bit();
    }
    return new TransportOptions(
        mountpoint,
        options.fsName(),
        options.type(),
        options.access() == Access.ALLOW_OTHER || (options.access() == Access.DEFAULT && isRoot),
        options.access() == Access.ALLOW_ROOT,
        true,
        options.isReadOnly() || stack.isReadOnly(),
        flags,
        options.threads(),
        options.hasAcl() && options.overlay().hasXattrs() && stack.hasPosixAcl(),
        options.overlay().passesThrough());
  }

  /** Where it is mounted: absolute, without symbolic links; or the device that was given. */
  public Path mountpoint() {
    return mountpoint;
  }

  /** What the chosen transport cannot do that the kernel's overlay could, one line each. */
  public List<String> limitations() {
    return transport.limitations();
  }

  /** True if the kernel reads and writes the files of some layer by itself. */
  public boolean hasPassthrough() {
    return transport.hasPassthrough();
  }

  /** How many nodes, the root included, are in memory because the kernel knows of them. */
  public long nodeCount() {
    return fs.nodeCount();
  }

  /**
   * Makes operations and copy-ups from now on events of Java Flight Recorder, {@code ovl.Operation}
   * and {@code ovl.CopyUp}, for whatever recording is or will be started. Needs the module jdk.jfr.
   */
  public void record() {
    transport.record();
    fs.copyUps().record();
  }

  /** The copy-ups that are being made at this moment, in no order. */
  public List<CopyUpProgress> copyUpsInProgress() {
    return fs.copyUps().inProgress().stream()
        .map(one -> new CopyUpProgress(one.path(), one.copied(), one.size(), one.nanos()))
        .toList();
  }

  /**
   * Asks for the unmount and does not wait for it: plainly if nothing uses the mount, lazily
   * otherwise. May be called from any thread and more than once.
   */
  public void unmount() throws OverlayMountException {
    try {
      transport.unmount();
    } catch (MountException e) {
      throw new OverlayMountException(e.getMessage(), e);
    }
  }

  /**
   * Blocks until the mount is gone, whoever unmounted it, every request is answered and the layers
   * are closed. After a lazy unmount that is when the last open file is closed.
   */
  public void awaitUnmounted() throws InterruptedException {
    transport.awaitUnmounted();
    stack.close();
  }

  /** Unmounts and waits. An interrupt ends the waiting, not the unmounting. */
  @Override
  public void close() throws OverlayMountException {
    unmount();
    try {
      awaitUnmounted();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Collects what to mount; {@link MountOptions} says what each part means. */
  public static final class Builder {
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

    private Builder() {}

    /** Adds a read-only layer below those added before. */
    public Builder lower(Path directory) {
      lowers.add(directory);
      return this;
    }

    /**
     * Adds a layer below all others that is not merged: only metacopy files lead into it, by a
     * redirect from the root.
     */
    public Builder dataLower(Path directory) {
      dataLowers.add(directory);
      return this;
    }

    /** The writable layer; without one the mount is read-only. */
    public Builder upper(Path directory) {
      upper = directory;
      return this;
    }

    /** Scratch space on upper's filesystem, needed with an upper. */
    public Builder work(Path directory) {
      work = directory;
      return this;
    }

    public Builder transport(TransportKind kind) {
      transport = kind;
      return this;
    }

    public Builder access(Access who) {
      access = who;
      return this;
    }

    public Builder readOnly(boolean isOn) {
      isReadOnly = isOn;
      return this;
    }

    /** Never sync; named as the kernel's option {@code volatile}, which Java keeps for itself. */
    public Builder volatileWrites(boolean isOn) {
      isVolatile = isOn;
      return this;
    }

    /** {@code false}: never sync, as volatile, but without a mark that asks for a fresh workdir. */
    public Builder sync(boolean isOn) {
      syncs = isOn;
      return this;
    }

    /**
     * How long the kernel may keep names and attributes. Zero: changes that others make in a layer
     * show at once.
     */
    public Builder cacheTimeout(Duration time) {
      overlay.cacheTimes(CacheTimes.of(time.toNanos()));
      return this;
    }

    /**
     * Owners in the layers and as shown: triples {@code disk:shown:count} joined by colons; see
     * {@link ovl.overlay.IdMap}.
     */
    public Builder uidMapping(String triples) {
      users.map(triples);
      return this;
    }

    /** As {@link #uidMapping}, for groups. */
    public Builder gidMapping(String triples) {
      groups.map(triples);
      return this;
    }

    /** Shows everything as root's, where {@link #squashToUid} and its like say nothing else. */
    public Builder squashToRoot(boolean isOn) {
      squashToRoot = isOn;
      return this;
    }

    /** Shows everything as this user's. */
    public Builder squashToUid(long uid) {
      users.squashTo(uid);
      return this;
    }

    /** Shows everything as this group's. */
    public Builder squashToGid(long gid) {
      groups.squashTo(gid);
      return this;
    }

    /**
     * Understands AUFS names ({@code .wh.NAME}, {@code .wh..wh..opq}) in every layer, as
     * fuse-overlayfs does, and writes them where device whiteouts cannot be made. Off, as in the
     * kernel, they are files like any other.
     */
    public Builder aufsNames(boolean isOn) {
      hasAufsNames = isOn;
      return this;
    }

    /** {@code false}: whiteouts are only written as AUFS names, which are then understood too. */
    public Builder deviceWhiteouts(boolean isAllowed) {
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
    public Builder xattrPermissions(int kind) {
      if (kind < 0 || kind >= XattrPermissions.values().length) {
        throw new IllegalArgumentException("xattr_permissions must be 0, 1 or 2, not " + kind);
      }
      permissions = XattrPermissions.values()[kind];
      return this;
    }

    /** {@code false}: directories show a link count of 1. */
    public Builder countedNlink(boolean isOn) {
      overlay.hasStaticNlink(!isOn);
      return this;
    }

    /** {@code false}: POSIX ACLs are not enforced. */
    public Builder acl(boolean isOn) {
      hasAcl = isOn;
      return this;
    }

    /** {@code false}: there are no extended attributes. */
    public Builder xattrs(boolean isOn) {
      overlay.hasXattrs(isOn);
      return this;
    }

    /** {@code true}: inode numbers are cut to 32 bits. */
    public Builder shortInos(boolean isOn) {
      overlay.hasShortInos(isOn);
      return this;
    }

    /** Which files the kernel reads and writes by itself. */
    public Builder passthrough(Passthrough which) {
      overlay.passesThrough(which != Passthrough.OFF, which == Passthrough.ALL);
      return this;
    }

    /**
     * Turns a feature of the kernel's overlay on or off, by the name and value that its mount
     * option has: {@code redirect_dir}, {@code metacopy}, {@code index}, {@code xino}, {@code
     * userxattr}, {@code uuid}, {@code fsync}, {@code nfs_export} (which only brings the index).
     *
     * @throws IllegalArgumentException with a one-line reason
     */
    public Builder feature(String name, String value) {
      features.set(name, value);
      return this;
    }

    /** As {@link #feature}, where nothing was said of it. */
    public Builder featureUnlessSet(String name, String value) {
      features.setUnlessGiven(name, value);
      return this;
    }

    /**
     * Turns metacopy off where it cannot be had beside the other options; to be called when these
     * and the layers are set.
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

    public Builder fsName(String name) {
      fsName = name;
      return this;
    }

    public Builder type(String subtype) {
      type = subtype;
      return this;
    }

    /** Sets or clears a flag; the last word counts, as in mount(8). */
    public Builder flag(MountFlag flag, boolean isOn) {
      if (isOn) {
        flags.add(flag);
      } else {
        flags.remove(flag);
      }
      return this;
    }

    public Builder threads(int count) {
      threads = count;
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
          hasAcl,
          features.layers(isVolatile, whiteouts(), permissions),
          overlay.build());
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
}

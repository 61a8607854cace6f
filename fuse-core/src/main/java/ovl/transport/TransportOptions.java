package ovl.transport;

import java.nio.file.Path;

/**
 * What a transport needs to know to mount.
 *
 * @param mountpoint an existing directory, absolute; or {@code /dev/fd/N}, a FUSE device of this
 *     process that somebody else has mounted
 * @param fsName what /proc/mounts shows as the source
 * @param subtype the part after {@code fuse.} in /proc/mounts
 * @param allowOther other users may use the mount (fuse option allow_other)
 * @param allowRoot root may use a mount made by somebody else (allow_root)
 * @param defaultPermissions the kernel checks modes and ACLs
 * @param readOnly mount with MS_RDONLY
 * @param mountFlags further MS_ flags for mount(2) (nosuid, nodev, noexec, noatime, ...)
 * @param threads how many workers to start with; 0: the transport's choice
 * @param posixAcl enforce POSIX ACLs in the kernel, for layers that can store them
 * @param passthrough let the kernel read and write the real files itself where it can
 * @param ioUring speak with the kernel over io_uring where it offers that
 */
public record TransportOptions(
    Path mountpoint,
    String fsName,
    String subtype,
    boolean allowOther,
    boolean allowRoot,
    boolean defaultPermissions,
    boolean readOnly,
    int mountFlags,
    int threads,
    boolean posixAcl,
    boolean passthrough,
    boolean ioUring) {
  private static final String DESCRIPTORS = "/dev/fd/";

  /**
   * The descriptor that a mountpoint of the form {@code /dev/fd/N} names, as mount.fuse3 passes it
   * with the option drop_privileges; -1 for a directory.
   */
  public static int channel(Path mountpoint) {
    String path = mountpoint.toString();
    // No expression for directories: to make one takes a noticeable part of the start.
    if (!path.startsWith(DESCRIPTORS)) {
      return -1;
    }
    String number = path.substring(DESCRIPTORS.length());
    return number.matches("[0-9]{1,9}") ? Integer.parseInt(number) : -1;
  }
}

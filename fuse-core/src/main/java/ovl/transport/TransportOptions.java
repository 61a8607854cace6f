package ovl.transport;

import java.nio.file.Path;

/**
 * What a transport needs to know to mount.
 *
 * @param mountpoint an existing directory, absolute
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
    boolean passthrough) {}

/**
 * The default transport: the kernel's FUSE protocol on {@code /dev/fuse}, or over io_uring where an
 * administrator has the kernel offer that. It mounts, negotiates, takes requests, decodes them,
 * calls {@link ovl.fs} and encodes the replies; the one place where an error becomes an errno on
 * the wire. Which files the kernel reads and writes by itself is decided per node, where opens and
 * releases pass, in {@code HandleRequests}.
 */
package ovl.transport.dev;

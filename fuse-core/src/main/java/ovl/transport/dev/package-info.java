/**
 * The default transport: the kernel's FUSE protocol on {@code /dev/fuse}. It mounts, negotiates,
 * reads requests, decodes them, calls {@link ovl.fs} and encodes the replies; the one place where
 * an error becomes an errno on the wire. It owns backing ids and their modes, but not the decision
 * which files are eligible for passthrough.
 */
package ovl.transport.dev;

/**
 * The default transport: the kernel's FUSE protocol on {@code /dev/fuse}. It mounts, negotiates,
 * reads requests, decodes them, calls {@link ovl.fs} and encodes the replies; the one place where
 * an error becomes an errno on the wire. All data goes through this process: passthrough is not
 * negotiated. Where it would be decided, per node, is where opens and releases pass, in {@code
 * HandleRequests}.
 */
package ovl.transport.dev;

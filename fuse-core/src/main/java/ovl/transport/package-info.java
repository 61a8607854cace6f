/**
 * What every transport offers its user: mount a filesystem, serve it, unmount it, notify the
 * kernel. A transport carries operations between the kernel and {@link ovl.fs}; it does not know
 * what stands behind that interface, and so never sees a layer or the overlay.
 */
package ovl.transport;

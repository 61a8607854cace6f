/**
 * The second transport: stock libfuse 2 through jnr-fuse, for hosts or policies that want it and as
 * a second opinion in tests. It resolves paths to nodeids and calls the same {@link ovl.fs}. Like
 * its sibling it knows no layer and no overlay.
 *
 * <p>jnr-fuse loads the library and lends its struct layouts and the caller's context. Three of its
 * parts are replaced, because they cannot be used here: its callbacks turn paths into strings,
 * which destroys names that are not UTF-8; its {@code mount} guesses readiness after two seconds
 * and installs a JVM shutdown hook that runs {@code fusermount -u -z} on the mountpoint, ours or
 * not; and libfuse's own threads would attach to the JVM and detach again around a callback, each
 * time with new thread-local memory. So {@link ovl.transport.libfuse2.Session} lets threads of the
 * JVM read from libfuse's channel and hand the requests to libfuse.
 *
 * <p>Signals: libfuse installs handlers for SIGHUP, SIGINT, SIGTERM and SIGPIPE, but only where it
 * finds the default action. In a JVM it finds the JVM's own handlers, unless that runs with {@code
 * -Xrs}; for that case they are taken away again at once. Ending the mount on a signal is the
 * daemon's business.
 */
package ovl.transport.libfuse2;

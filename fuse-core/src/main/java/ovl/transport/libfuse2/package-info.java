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
 * <p>Signals: libfuse installs its handlers for SIGHUP, SIGINT and SIGTERM only in {@code
 * fuse_setup} and {@code fuse_main}, neither of which is called here. Ending the mount on a signal
 * is the daemon's business.
 */
package ovl.transport.libfuse2;

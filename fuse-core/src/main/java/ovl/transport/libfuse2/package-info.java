/**
 * The second transport: stock libfuse 2 through jnr-fuse, for hosts or policies that want it and as
 * a second opinion in tests. It resolves paths to nodeids and calls the same {@link ovl.fs}; the
 * only place where a name is ever a string. Like its sibling it knows no layer and no overlay.
 */
package ovl.transport.libfuse2;

/**
 * The composition root and the API for programs that embed an overlay: build, mount, unmount. The
 * only package that sees both the overlay and the transports. It wires them and validates options;
 * it implements no operation, and knows nothing of command lines, daemons or images.
 */
package ovl.mount;

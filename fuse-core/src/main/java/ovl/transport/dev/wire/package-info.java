/**
 * The structs and constants of the kernel's FUSE protocol: one flyweight per struct, with its
 * layout and nothing else. It does not dispatch, and gives no request or reply a meaning.
 */
package ovl.transport.dev.wire;

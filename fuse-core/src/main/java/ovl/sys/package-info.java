/**
 * Every system call of the project, mechanism only: descriptors, native scratch memory, and calls
 * that return a result or {@code -errno}. Objects are addressed by descriptor, never by absolute
 * path once mounted. It imports nothing of ours and knows no overlay word: no layer, whiteout or
 * copy-up. It alone calls native code through jnr-ffi, except for the libfuse2 transport, which has
 * to.
 */
package ovl.sys;

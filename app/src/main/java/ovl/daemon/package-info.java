/**
 * One mount as one process: detaching, telling the launcher that the mount is ready, signals,
 * logging, exit codes. It sees a mount only through {@link ovl.mount}, and knows nothing of command
 * syntax or of the layer store.
 */
package ovl.daemon;

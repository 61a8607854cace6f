/**
 * The commands: parse arguments, call, print. No logic lives here; it does not touch layers, the
 * overlay, transports or system calls, but asks the daemon or the layer store.
 */
package ovl.cli;

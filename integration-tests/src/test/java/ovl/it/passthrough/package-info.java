/** What the kernel reads and writes without the daemon, and where it must not. */
package ovl.it.passthrough;

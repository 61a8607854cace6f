/**
 * Real container engines with the program in fuse-overlayfs's place. An engine that is not
 * installed or cannot run here is skipped with a printed reason; with OVL_ENGINES=true in the
 * environment that is a failure.
 */
package ovl.it.engines;

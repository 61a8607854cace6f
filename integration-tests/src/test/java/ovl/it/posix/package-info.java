/**
 * What a merged directory has to do, one behaviour a method, on every kind of mount and on every
 * backing filesystem. The kernel's overlayfs runs the same methods: a test it fails is wrong, or
 * listed in {@link ovl.it.posix.Deviations} with the reason.
 */
package ovl.it.posix;

/**
 * A Debian root filesystem in layers, used as it would be, compared with the kernel's overlayfs.
 */
package ovl.it.rootfs;

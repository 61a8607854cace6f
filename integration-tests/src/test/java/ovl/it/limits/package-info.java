/**
 * What happens when something runs out or breaks: room, inodes, quota, the disk itself. Each call
 * is made on the kernel's overlayfs and on ours; the error is the same and nothing is half done.
 */
package ovl.it.limits;

/**
 * The program in fuse-overlayfs's place where the kernel's overlay is no measure: owners, whiteouts
 * by name, attributes in place of inodes, and users without privilege.
 */
package ovl.it.compat;

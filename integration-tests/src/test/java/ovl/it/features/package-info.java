/**
 * The optional features of the kernel's overlay: each test does the same work on a stack that the
 * kernel has mounted and on an equal one that we have, with the same option, and compares what
 * every call said, the merged trees with their inode numbers, and the upper trees with their marks.
 * Then each side mounts what the other wrote.
 */
package ovl.it.features;

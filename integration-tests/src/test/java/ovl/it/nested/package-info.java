/**
 * Layers on filesystems of every kind, other overlays among them. The oracle is the kernel's
 * overlayfs over plain directories: where a layer lies changes nothing of what is seen.
 */
package ovl.it.nested;

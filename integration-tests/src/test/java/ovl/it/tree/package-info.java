/**
 * Directory trees as text: everything of every object that two trees can differ in, in one
 * canonical order. Also a program, see scripts/tree-snapshot. Knows the overlay's own xattrs, so
 * that equal meaning gives equal text, and nothing else of overlays.
 */
package ovl.it.tree;

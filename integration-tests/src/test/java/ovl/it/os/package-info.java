/**
 * System calls as a test wants to write them: byte paths, one method per call, an unchecked error
 * that names the call and the path. Knows nothing of overlays.
 */
package ovl.it.os;

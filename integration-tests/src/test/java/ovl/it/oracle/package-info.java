/**
 * The oracle: random calls, the same on an overlay of the kernel and on one of ours over equal
 * layers, with every result, errno and attribute compared, and at the end the merged trees and what
 * was written to upper. Then each mounts what the other wrote. A case is all in its seed; one that
 * fails is shrunk and printed as a script.
 */
package ovl.it.oracle;

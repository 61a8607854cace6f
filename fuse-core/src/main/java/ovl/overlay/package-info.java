/**
 * Overlay semantics, one verb per class: lookup, copy-up, create, remove, rename, merged
 * directories, attributes, xattrs. It implements the operations of {@link ovl.fs} over the layers
 * of {@link ovl.layer}. It does not know how requests arrive: no transport, no wire struct, no
 * backing id.
 *
 * <pre>
 * Lock order (outer first):
 *
 *   Overlay.renameLock          shared: walking parents; exclusive: moving a directory
 *     Node.dirLock               the names in one directory. Several: ancestor first, else by nodeid
 *       Node.placeLock           where one node is: parent, name, RealStack. Short; no file data
 *         NodeTable stripes      leaf; nothing is called while held
 *
 *   Node.copyUpTurn             one copier per node. Taken with none of the above held;
 *     Node.placeLock             only placeLock is taken inside it
 *
 * Node.real (RealStack) is immutable and replaced by one volatile write. Readers take no lock.
 * No file data is copied, and no thread waits for a copy, under renameLock or dirLock.
 * </pre>
 */
package ovl.overlay;

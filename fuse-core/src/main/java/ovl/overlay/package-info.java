/**
 * Overlay semantics, one verb per class: lookup, copy-up, create, remove, rename, merged
 * directories, attributes, xattrs. It implements the operations of {@link ovl.fs} over the layers
 * of {@link ovl.layer}. It does not know how requests arrive: no transport, no wire struct, no
 * backing id.
 *
 * <pre>
 * Lock order (outer first):
 *
 *   dirLock (NameLocks)          the names in one directory: shared for looking up, exclusive for
 *                                changing. Several: by nodeid, taken by one call
 *     DirState monitor           making the node of a name
 *       Lookup.hardLinkLock      making the one node of several names
 *         placeLock (Places)     where one node is: names, RealStack. Short; no file data. Two:
 *                                taken by one call. A fixed set of locks shared by all nodes
 *           Node monitor         references, taken by NodeTable only; nothing is called while held
 *
 *   copyUpTurn (CopyUpTurns)     one copier per node. Taken with none of the above held; data is
 *     dirLock, placeLock         copied under it alone, and they are taken to publish
 *
 * Node.real (RealStack) is immutable and replaced by one volatile write. Readers take no lock.
 * No file data is copied, and no thread waits for a copy, under dirLock or placeLock.
 * </pre>
 *
 * <p>There is no lock for moving directories. Only directories on upper move, all ancestors of what
 * is on upper are on upper, and being there is for ever: a walk over parents, as copy-up makes it,
 * finds the topmost one that is missing whatever moves meanwhile. A real directory that moves is
 * held open until its new place is known ({@link ovl.layer.RealDir}). A merged directory moves on
 * upper only; its lowers stay, and so does the path under which the layers have them: the mark that
 * says it ({@link Redirects}) is there before the first move, and every later one says the same.
 * {@link LockOrder} checks the order under {@code -ea}.
 *
 * <p>Where the requests of every mount pass there are no lambdas, method references, streams,
 * string concatenations, generated {@code equals} of records or classes on VarHandles such as
 * LongAdder, here and in the packages called from here: the first call of each runs a thousand
 * methods of the JDK or more, which the first request of its kind waits for. What only some mounts
 * do (mapped ids in ACLs, owners in attributes) is not as strict.
 */
package ovl.overlay;

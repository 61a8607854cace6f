/**
 * The on-disk format of one layer and of a stack of layers: opening beneath a layer's root,
 * whiteouts, opaque marks and the other overlay xattrs, origin handles, the workdir. It has no tree
 * of merged nodes, and knows neither nodeids nor the operations of {@link ovl.fs}.
 */
package ovl.layer;

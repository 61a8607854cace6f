package ovl.overlay;

import ovl.fs.Caller;
import ovl.fs.Entry;
import ovl.fs.NameKey;

/**
 * What is the same for every way of making an object.
 *
 * @param caller whose the object will be
 * @param dir the merged directory
 * @param out filled with the attributes of the new node
 */
record CreateContext(Caller caller, Node dir, NameKey name, Entry out) {}

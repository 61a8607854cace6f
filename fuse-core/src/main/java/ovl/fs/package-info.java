/**
 * The narrow waist between transports and semantics: the filesystem operations addressed by nodeid
 * and file handle, and the values that travel through them. It holds no behaviour, and knows
 * neither how a request arrives nor that the filesystem behind it is made of layers.
 */
package ovl.fs;

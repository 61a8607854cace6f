/** The commands that ask live mounts and layers, on real mounts. */
package ovl.it.inspect;

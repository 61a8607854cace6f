/**
 * Real mounts for tests: filesystems on loop devices, stacks of layers on them, and three ways to
 * mount a stack. Whatever is made here is unmounted, ended and removed again, also when the JVM is
 * ended half-way.
 */
package ovl.it.overlay;

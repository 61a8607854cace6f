/** The program as users and scripts meet it: what it refuses, how it starts, and how it ends. */
package ovl.it.launcher;

/** Many processes at once: nothing waits that need not, and nothing is lost, leaked or mixed up. */
package ovl.it.stress;

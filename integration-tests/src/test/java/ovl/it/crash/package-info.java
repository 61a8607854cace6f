/** What a daemon that is killed leaves behind, and what the next mount makes of it. */
package ovl.it.crash;

package ovl.it.oracle;

/**
 * Where the two sides are not equal.
 *
 * @param at the index of the last item that was done
 * @param kind what stays the same when the same fault is met on a shorter way
 */
record Difference(int at, String kind, String text) {}

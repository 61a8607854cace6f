/**
 * What the tests of several packages share: the real files of a test and the errno of a failure.
 */
package ovl.testing;

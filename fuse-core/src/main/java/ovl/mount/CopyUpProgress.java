package ovl.mount;

/**
 * A copy-up that is being made.
 *
 * @param path of the file below the root of the mount
 * @param copied how many bytes are copied
 * @param size how many there are
 * @param nanos how long it has taken so far
 */
public record CopyUpProgress(String path, long copied, long size, long nanos) {}

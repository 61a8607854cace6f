package ovl.daemon;

import java.nio.file.Path;

/**
 * Where the log goes.
 *
 * @param file a file to append to, or null
 * @param isDebug log every request instead of warnings and errors only
 * @param isOnTerminal without a file, log to standard error; false if nobody is there to read it
 * @param isInteractive standard error is a terminal that somebody may look at
 */
public record LogOptions(Path file, boolean isDebug, boolean isOnTerminal, boolean isInteractive) {}

package ovl.daemon;

import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import ovl.mount.CopyUpProgress;

/**
 * Shows on a terminal how far copy-ups have come that take longer than a second: one line, written
 * over as it changes and erased at the end.
 */
final class CopyUpDisplay {
  private static final long WORTH_SHOWING_NANOS = 1_000_000_000;
  private static final int PERIOD_MILLIS = 200;
  private static final int LONGEST_PATH = 40;
  private static final String ERASE = "\r\033[K";

  private final Supplier<List<CopyUpProgress>> source;
  private final PrintStream terminal;
  private boolean isShown;

  CopyUpDisplay(Supplier<List<CopyUpProgress>> source, PrintStream terminal) {
    this.source = source;
    this.terminal = terminal;
  }

  /** Goes on for as long as the process lives, in a thread of its own. */
  void start() {
    Thread thread = new Thread(this::run, "ovl-copy-up-display");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(PERIOD_MILLIS);
        update();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
  }

  /** Takes away what is shown, before something else is written. */
  synchronized void erase() {
    if (isShown) {
      terminal.print(ERASE);
      terminal.flush();
      isShown = false;
    }
  }

  /** Writes what is to be seen now. */
  synchronized void update() {
    List<CopyUpProgress> slow =
        source.get().stream()
            .filter(one -> one.nanos() > WORTH_SHOWING_NANOS && one.size() > 0)
            .sorted(Comparator.comparing(CopyUpProgress::nanos).reversed())
            .toList();
    if (slow.isEmpty()) {
      erase();
      return;
    }
    terminal.print(ERASE + line(slow));
    terminal.flush();
    isShown = true;
  }

  private static String line(List<CopyUpProgress> slow) {
    CopyUpProgress first = slow.get(0);
    String others = slow.size() == 1 ? "" : ", and " + (slow.size() - 1) + " more";
    return "copy-up of "
        + shortened(first.path())
        + ": "
        + (first.copied() >> 20)
        + " of "
        + (first.size() >> 20)
        + " MiB, "
        + (int) (100.0 * first.copied() / first.size())
        + "%"
        + others;
  }

  /** The end of a path, without what a terminal could take for a command. */
  private static String shortened(String path) {
    String plain = path.replaceAll("\\p{Cntrl}", "?");
    int length = plain.length();
    return length <= LONGEST_PATH ? plain : "..." + plain.substring(length - LONGEST_PATH);
  }
}

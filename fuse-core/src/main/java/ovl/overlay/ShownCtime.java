package ovl.overlay;

import ovl.fs.Attr;

/**
 * The change time that a directory on upper shows. What is copied up into it was an entry of it
 * before: nothing that its user can see has changed, but its st_ctime on disk has. It goes on
 * showing the one from before, so that the kernel need not be told, and does not ask for the
 * directory's attributes again for each of many files that are copied up in it.
 */
final class ShownCtime {
  /** Odd while a copy-up is changing the directory: its times are not to be looked at then. */
  private volatile int turn;

  /** Those that users have made. */
  private int changes;

  private boolean isKept;
  private long real;
  private int realNsec;
  private long shown;
  private int shownNsec;

  /**
   * Before a copy-up puts an entry into the directory; {@link #end} must follow. One at a time.
   *
   * @return the number of changes so far, for {@link #keep}
   */
  synchronized int begin() {
    turn++;
    return changes;
  }

  /**
   * After the copy-up has put the times back.
   *
   * @return false if the directory shows something else than before, of which the kernel is to be
   *     told
   */
  synchronized boolean keep(int changesBefore, ParentTimes before, ParentTimes after) {
    boolean isUnseen = changes == changesBefore && before.differsInCtimeOnly(after);
    if (isUnseen && !isShownFor(before.ctime(), before.ctimeNsec())) {
      shown = before.ctime();
      shownNsec = before.ctimeNsec();
    }
    isKept = isUnseen;
    real = after.ctime();
    realNsec = after.ctimeNsec();
    return isUnseen;
  }

  /** After the copy-up, be it that it failed. */
  synchronized void end() {
    turn++;
    notifyAll();
  }

  /** After any other change of the directory, on disk. */
  synchronized void changed() {
    changes++;
    isKept = false;
  }

  /**
   * Waits until no copy-up is changing the directory.
   *
   * @return for {@link #isStill}
   */
  int await() {
    int now = turn;
    return (now & 1) == 0 ? now : awaitEnd();
  }

  private synchronized int awaitEnd() {
    boolean interrupted = false;
    while ((turn & 1) != 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return turn;
  }

  /** True if what was read since then was not read during a copy-up. */
  boolean isStill(int then) {
    return turn == then;
  }

  /** Replaces the time as on disk by the one to show. */
  synchronized void show(Attr out) {
    if (isShownFor(out.ctime, out.ctimeNsec)) {
      out.ctime = shown;
      out.ctimeNsec = shownNsec;
    }
  }

  private boolean isShownFor(long ctime, int nsec) {
    return isKept && ctime == real && nsec == realNsec;
  }
}

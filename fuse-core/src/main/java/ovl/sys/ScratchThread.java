package ovl.sys;

/**
 * A thread that keeps its {@link Scratch} itself: a ThreadLocal takes eight calls to find it,
 * twenty times in a request, which counts until the JVM has compiled them.
 */
public final class ScratchThread extends Thread {
  /** The thread's own; null until its first use. */
  Scratch scratch;

  /** As {@link Thread#Thread(Runnable, String)}. */
  public ScratchThread(Runnable work, String name) {
    super(work, name);
  }

  @Override
  public void run() {
    try {
      super.run();
    } finally {
      if (scratch != null) {
        scratch.close();
        scratch = null;
      }
    }
  }
}

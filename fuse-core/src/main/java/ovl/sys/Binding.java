package ovl.sys;

/**
 * Binds the C library, in a thread that nobody interrupts: an interrupt while jffi unpacks its
 * native part would make that unusable for as long as the JVM lives.
 */
final class Binding extends Thread {
  private LibC bound;
  private Error failure;

  private Binding() {
    super("ovl-binding");
  }

  /** What it throws is what loading a native library throws: an error. */
  static LibC bind() {
    Binding binding = new Binding();
    binding.start();
    binding.await();
    if (binding.failure != null) {
      throw binding.failure;
    }
    return binding.bound;
  }

  @Override
  public void run() {
    try {
      bound = new LibC();
    } catch (Error e) {
      failure = e;
    } catch (RuntimeException e) {
      failure = new LinkageError("the C library cannot be bound", e);
    }
  }

  private void await() {
    boolean interrupted = false;
    while (isAlive()) {
      try {
        join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

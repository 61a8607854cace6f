package ovl.it.oracle;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import ovl.it.os.User;

/** Who makes a call; each has a thread that gave up root for good. */
enum Actor {
  ROOT(User.ROOT),
  ALICE(User.ALICE),
  BOB(User.BOB.withUmask(077));

  /** Longer than any call may take on a busy machine: then the mount hangs. */
  private static final long SECONDS = 60;

  private final User user;
  private final ExecutorService thread;

  Actor(User user) {
    this.user = user;
    this.thread = user.newExecutor();
  }

  User user() {
    return user;
  }

  /** Calls in the actor's thread and waits. */
  <T> T call(Callable<T> task) {
    try {
      return thread.submit(task).get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(this + ": " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("a call of " + this + " hangs", e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

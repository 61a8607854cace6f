package ovl.transport.libfuse2;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Syscalls;
import ovl.transport.OperationEvent;
import ovl.transport.OperationSummary;
import ovl.transport.OperationTimes;

/**
 * Answers callbacks: the one place where failures become error numbers. A throwable that left a
 * callback would reach the caller as success, because jffi then returns 0.
 */
final class Calls {
  private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

  /** As many as struct fuse_operations has members. */
  private static final int KINDS = 64;

  /** One operation; its result goes to libfuse as it is. */
  @FunctionalInterface
  interface Operation {
    int run(Call call) throws ErrnoException;
  }

  private final Syscalls sys;
  private final CallerSource callers;
  private final ThreadLocal<Call> current = new ThreadLocal<>();

  private volatile boolean recorded;

  /** The kinds of operations seen so far, each numbered by its place. Guarded by itself. */
  private final List<String> kinds = new ArrayList<>();

  /** Guarded by {@link #kinds}: the lock costs little beside an upcall. */
  private final OperationTimes times = new OperationTimes(KINDS);

  Calls(Syscalls sys, CallerSource callers) {
    this.sys = sys;
    this.callers = callers;
  }

  /** The calling thread's state, made at its first call. */
  Call current() {
    Call call = current.get();
    if (call == null) {
      call = new Call(sys, callers);
      current.set(call);
    }
    return call;
  }

  /** Gives back the calling thread's state; before it ends. */
  void leave() {
    Call call = current.get();
    if (call != null) {
      current.remove();
      call.close();
    }
  }

  /** Runs an operation: its result, or {@code -errno}. Never throws. */
  int answer(String name, Operation operation) {
    if (!recorded) {
      return counted(name, operation);
    }
    OperationEvent event = new OperationEvent();
    event.begin();
    int result = counted(name, operation);
    event.finish(name, 0, Math.max(0, -result));
    return result;
  }

  private int counted(String name, Operation operation) {
    long start = System.nanoTime();
    try {
      Call call = current();
      call.begin();
      return operation.run(call);
    } catch (ErrnoException e) {
      return -e.errno();
    } catch (Throwable e) {
      LOG.error("{} failed", name, e);
      return -Errno.EIO;
    } finally {
      count(name, System.nanoTime() - start);
    }
  }

  private void count(String name, long elapsedNanos) {
    synchronized (kinds) {
      int kind = kinds.indexOf(name);
      if (kind < 0) {
        kind = kinds.size();
        kinds.add(name);
      }
      times.add(kind, elapsedNanos);
    }
  }

  /** See {@link ovl.transport.Transport#record}. */
  void record() {
    new OperationEvent().begin(); // loads the class here and not in a request
    recorded = true;
  }

  /** What was answered so far. */
  List<OperationSummary> operations() {
    synchronized (kinds) {
      return OperationSummary.of(
          List.of(times), kind -> kind < kinds.size() ? kinds.get(kind) : "");
    }
  }
}

package ovl.daemon;

import java.lang.reflect.Proxy;

/**
 * SIGUSR1, which asks for statistics. Until this is set up, the launcher has made the signal one
 * that is ignored; by default it would end the process.
 */
final class StatisticsSignal {
  private StatisticsSignal() {}

  /**
   * Calls for every SIGUSR1, in a thread made for it. By reflection, because the compiler warns of
   * sun.misc.Signal, for which there is no substitute, and cannot be told not to.
   */
  static void handle(Runnable action) throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    Object handling =
        Proxy.newProxyInstance(
            handler.getClassLoader(),
            new Class<?>[] {handler},
            (proxy, method, arguments) -> {
              if (!method.getName().equals("handle")) {
                throw new UnsupportedOperationException(method.getName());
              }
              action.run();
              return null;
            });
    Object usr1 = signal.getConstructor(String.class).newInstance("USR1");
    signal.getMethod("handle", signal, handler).invoke(null, usr1, handling);
  }
}

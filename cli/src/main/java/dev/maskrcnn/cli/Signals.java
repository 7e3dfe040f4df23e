package dev.maskrcnn.cli;

import dev.maskrcnn.detection.engine.StopRequest;
import java.io.PrintStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Turns SIGINT (Ctrl-C), SIGTERM and SIGHUP (the terminal is gone) into a {@link StopRequest} as
 * long as it is open. A second SIGINT or SIGTERM ends the process at once; SIGHUP often comes twice
 * by itself.
 *
 * <p>A shutdown hook would be too late: it runs beside those of native libraries that the step
 * still needs. The JDK's {@code sun.misc.Signal} is the only other way; it is called by reflection
 * since javac warns of it in a way that cannot be silenced. Without it signals do what they always
 * do.
 */
final class Signals implements AutoCloseable {
  /** Names without SIG, and the exit codes that shells give a process which they ended. */
  static final Map<String, Integer> CODES = Map.of("HUP", 129, "INT", 130, "TERM", 143);

  private final Map<Object, Object> former = new LinkedHashMap<>();
  private final StopRequest stop;
  private final PrintStream err;

  private final String ending;

  private Signals(StopRequest stop, PrintStream err, String ending) {
    this.stop = stop;
    this.err = err;
    this.ending = ending;
  }

  /** Listens until it is closed. */
  static Signals requesting(StopRequest stop, PrintStream err) {
    return requesting(stop, err, "ends after this step with a checkpoint");
  }

  /**
   * The same for what is no training.
   *
   * @param ending what the first signal does, for the user
   */
  static Signals requesting(StopRequest stop, PrintStream err, String ending) {
    Signals signals = new Signals(stop, err, ending);
    for (String name : CODES.keySet()) {
      signals.listen(name);
    }
    return signals;
  }

  private void listen(String name) {
    try {
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object signal =
          Class.forName("sun.misc.Signal").getConstructor(String.class).newInstance(name);
      InvocationHandler react =
          (proxy, method, args) ->
              switch (method.getName()) {
                case "handle" -> received(name);
                case "equals" -> proxy == args[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "stop at " + name;
              };
      Object own =
          Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handler}, react);
      former.put(signal, handle(signal, own));
    } catch (ReflectiveOperationException e) {
      // Another JDK, or one started with -Xrs: the system's own handling stays.
      former.clear();
    }
  }

  private static Object handle(Object signal, Object handler) throws ReflectiveOperationException {
    Class<?> handlers = Class.forName("sun.misc.SignalHandler");
    return signal
        .getClass()
        .getMethod("handle", signal.getClass(), handlers)
        .invoke(null, signal, handler);
  }

  private Object received(String name) {
    if (stop.requested() && !name.equals("HUP")) {
      Runtime.getRuntime().halt(CODES.get(name));
    }
    stop.request("SIG" + name);
    err.println("maskrcnn: SIG%s: %s; once more ends at once".formatted(name, ending));
    return null;
  }

  /** The exit code for a reason that {@link StopRequest#reason} gives. */
  static int code(String reason) {
    return CODES.getOrDefault(reason.replaceFirst("^SIG", ""), ExitCodes.WRONG_INPUT);
  }

  /** Signals do again what they did before. */
  @Override
  public void close() {
    former.forEach(
        (signal, handler) -> {
          try {
            handle(signal, handler);
          } catch (InvocationTargetException e) {
            throw new IllegalStateException(e.getCause());
          } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
          }
        });
  }
}

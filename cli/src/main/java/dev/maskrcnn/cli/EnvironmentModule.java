package dev.maskrcnn.cli;

/**
 * Code of a site that runs before every command: to set system properties, a proxy, or loggers, or
 * to bring devices of its own. The original runs a Python file that {@code
 * TORCH_DETECTRON_ENV_MODULE} names; here the variable {@value Environment#VARIABLE} names a jar
 * whose {@code META-INF/services} lists classes that implement this interface.
 */
public interface EnvironmentModule {
  /** Sets up the environment; an exception ends the program. */
  void setUpEnvironment();
}

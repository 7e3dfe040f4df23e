package dev.maskrcnn.cli;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Runs the {@link EnvironmentModule}s of the class path and of the jars that a variable names. */
final class Environment {
  /** Jars with modules, separated as in a class path. */
  static final String VARIABLE = "MASKRCNN_ENV_MODULE";

  private Environment() {}

  /**
   * Runs them. The jars stay open: their classes may be needed until the end.
   *
   * @param jars value of the variable; null or empty for none
   * @throws CliException if a jar does not exist, holds no module, or a module cannot be made
   */
  static void setUp(String jars) {
    ClassLoader loader = Environment.class.getClassLoader();
    if (jars != null && !jars.isBlank()) {
      loader = new URLClassLoader(urls(jars), loader);
      Thread.currentThread().setContextClassLoader(loader);
    }
    int found = 0;
    try {
      for (EnvironmentModule module : ServiceLoader.load(EnvironmentModule.class, loader)) {
        module.setUpEnvironment();
        found++;
      }
    } catch (ServiceConfigurationError e) {
      throw new CliException("%s: %s".formatted(VARIABLE, e.getMessage()), e);
    }
    if (found == 0 && jars != null && !jars.isBlank()) {
      throw new CliException(
          "%s: no module in %s; META-INF/services/%s must name its class"
              .formatted(VARIABLE, jars, EnvironmentModule.class.getName()));
    }
  }

  private static URL[] urls(String jars) {
    List<URL> urls = new ArrayList<>();
    for (String jar : jars.split(File.pathSeparator)) {
      Path file = Path.of(jar);
      if (!Files.exists(file)) {
        throw new CliException("%s: no such file, got %s".formatted(VARIABLE, jar));
      }
      try {
        urls.add(file.toUri().toURL());
      } catch (MalformedURLException e) {
        throw new CliException("%s: no file name, got %s".formatted(VARIABLE, jar), e);
      }
    }
    return urls.toArray(URL[]::new);
  }
}

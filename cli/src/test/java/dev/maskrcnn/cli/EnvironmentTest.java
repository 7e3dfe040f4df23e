package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentTest {
  private static final String PROPERTY = "maskrcnn.test.environment";

  @TempDir private Path temp;

  /** A site's own module: compiled here, so that it is on no class path. */
  private Path module() throws IOException {
    Path source = temp.resolve("Site.java");
    Files.writeString(
        source,
        """
        public final class Site implements dev.maskrcnn.cli.EnvironmentModule {
          public void setUpEnvironment() {
            System.setProperty("%s", "set");
          }
        }
        """
            .formatted(PROPERTY));
    Path classes = Files.createDirectories(temp.resolve("classes"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    String path = System.getProperty("java.class.path");
    List<String> words =
        List.of("-d", classes.toString(), "-cp", path, "-proc:none", source.toString());
    assertEquals(0, compiler.run(null, null, null, words.toArray(String[]::new)));
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(services.resolve(EnvironmentModule.class.getName()), "Site\n");
    return classes;
  }

  @Test
  void modulesOfTheVariableRun() throws IOException {
    ClassLoader former = Thread.currentThread().getContextClassLoader();
    try {
      Environment.setUp(module().toString());
      assertEquals("set", System.getProperty(PROPERTY));
    } finally {
      System.clearProperty(PROPERTY);
      Thread.currentThread().setContextClassLoader(former);
    }
  }

  @Test
  void whatIsWrongIsOneLine() throws IOException {
    Environment.setUp(null);
    Environment.setUp(" ");
    CliException missing = assertThrows(CliException.class, () -> Environment.setUp("nothing.jar"));
    assertEquals("MASKRCNN_ENV_MODULE: no such file, got nothing.jar", missing.getMessage());
    ClassLoader former = Thread.currentThread().getContextClassLoader();
    try {
      Path empty = Files.createDirectories(temp.resolve("empty"));
      CliException none =
          assertThrows(CliException.class, () -> Environment.setUp(empty.toString()));
      assertTrue(none.getMessage().contains("no module in"), none.getMessage());
      Path services = Files.createDirectories(empty.resolve("META-INF/services"));
      Files.writeString(services.resolve(EnvironmentModule.class.getName()), "Absent\n");
      CliException absent =
          assertThrows(CliException.class, () -> Environment.setUp(empty.toString()));
      assertTrue(absent.getMessage().contains("Absent"), absent.getMessage());
    } finally {
      Thread.currentThread().setContextClassLoader(former);
    }
  }
}

package dev.maskrcnn.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import picocli.CommandLine.IVersionProvider;

/** The lines of {@code --version}: this program and what it runs on. */
final class ProgramVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Main.class.getPackage().getImplementationVersion();
    return new String[] {
      "maskrcnn " + (version == null ? "(not packed)" : version + commit()),
      "Java %s, %s"
          .formatted(System.getProperty("java.version"), System.getProperty("java.vendor")),
      "%s %s, %s processors"
          .formatted(
              System.getProperty("os.name"),
              System.getProperty("os.arch"),
              Runtime.getRuntime().availableProcessors())
    };
  }

  /** What the build wrote into the manifest: {@code , commit 1a2b3c4 with changes}. */
  private static String commit() {
    try (InputStream in = Main.class.getResourceAsStream("/META-INF/MANIFEST.MF")) {
      Attributes main = in == null ? new Attributes() : new Manifest(in).getMainAttributes();
      String commit = main.getValue("Commit");
      if (commit == null || commit.startsWith("$")) { // built without git
        return "";
      }
      return ", commit "
          + commit
          + ("true".equals(main.getValue("Commit-Dirty")) ? " with changes" : "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.maskrcnn.cli;

import picocli.CommandLine.IVersionProvider;

/** The lines of {@code --version}: this program and what it runs on. */
final class ProgramVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Main.class.getPackage().getImplementationVersion();
    return new String[] {
      "maskrcnn " + (version == null ? "(not packed)" : version),
      "Java %s, %s"
          .formatted(System.getProperty("java.version"), System.getProperty("java.vendor")),
      "%s %s, %d processors"
          .formatted(
              System.getProperty("os.name"),
              System.getProperty("os.arch"),
              Runtime.getRuntime().availableProcessors())
    };
  }
}

package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules of style that a program can check, on the source of all modules. */
class HouseStyleTest {
  private static final int LONGEST_FILE = 400;
  private static final Pattern LEFTOVER = Pattern.compile("\\b(TODO|FIXME|XXX)\\b");
  private static final Path ROOT = root();

  /** Maven runs tests in the folder of the module. */
  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (folder != null && !Files.isDirectory(folder.resolve("tensor/src/main/java"))) {
      folder = folder.getParent();
    }
    return folder;
  }

  private static List<Path> sources(String kind) throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path module : modules.toList()) {
        Path folder = module.resolve("src").resolve(kind).resolve("java");
        if (Files.isDirectory(folder)) {
          try (Stream<Path> files = Files.walk(folder)) {
            files.filter(file -> file.toString().endsWith(".java")).forEach(found::add);
          }
        }
      }
    }
    assertTrue(found.size() > 10, "too few sources below " + ROOT);
    return found;
  }

  private static String name(Path file) {
    return ROOT.relativize(file).toString();
  }

  @Test
  void filesAreShort() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path file : all()) {
      int lines = Files.readAllLines(file).size();
      if (lines > LONGEST_FILE) {
        tooLong.add("%s: %s lines".formatted(name(file), lines));
      }
    }
    assertEquals(List.of(), tooLong, "files of more than %s lines".formatted(LONGEST_FILE));
  }

  @Test
  void everyPackageExplainsItself() throws IOException {
    TreeSet<String> bare = new TreeSet<>();
    for (Path file : sources("main")) {
      if (!Files.isRegularFile(file.resolveSibling("package-info.java"))) {
        bare.add(name(file.getParent()));
      }
    }
    assertEquals(new TreeSet<String>(), bare, "packages without package-info.java");
  }

  /** Searching for the full text of a key finds where it is defined and where it is read. */
  @Test
  void everyKeyIsReadByItsFullText() throws IOException {
    StringBuilder readers = new StringBuilder();
    String definitions = "";
    for (Path file : sources("main")) {
      if (file.endsWith("ConfigKeys.java")) {
        definitions = Files.readString(file);
      } else {
        readers.append(Files.readString(file));
      }
    }
    List<String> undefined = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    for (ConfigKey key : Config.keys()) {
      String text = '"' + key.name() + '"';
      if (!definitions.contains(text)) {
        undefined.add(key.name());
      }
      if (readers.indexOf(text) < 0 != key.meaning().startsWith("no effect: ")) {
        wrong.add(key.name());
      }
    }
    assertEquals(List.of(), undefined, "keys that ConfigKeys does not define in full");
    assertEquals(List.of(), wrong, "keys that are read although they have no effect, or not read");
  }

  @Test
  void nothingIsLeftForLater() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : all()) {
      if (!file.endsWith("HouseStyleTest.java")
          && LEFTOVER.matcher(Files.readString(file)).find()) {
        found.add(name(file));
      }
    }
    assertEquals(List.of(), found, "files with notes for later");
  }

  @Test
  void noErrorIsSwallowedWholesale() throws IOException {
    Pattern wholesale = Pattern.compile("catch \\((final )?Throwable ");
    List<String> found = new ArrayList<>();
    for (Path file : sources("main")) {
      if (wholesale.matcher(Files.readString(file)).find()) {
        found.add(name(file));
      }
    }
    assertEquals(List.of(), found, "files that catch Throwable");
  }

  private static List<Path> all() throws IOException {
    List<Path> all = new ArrayList<>(sources("main"));
    all.addAll(sources("test"));
    return all;
  }
}

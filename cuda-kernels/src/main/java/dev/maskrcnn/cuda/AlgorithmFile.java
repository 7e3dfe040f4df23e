package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.io.AtomicFile;
import dev.maskrcnn.tensor.io.TensorFileException;
import dev.maskrcnn.tensor.shape.TensorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What searches found, kept in a text file across runs: a head, one line per convolution with
 * device and version of cuDNN in its key, and the number of lines, so that a cut file shows. It
 * only saves time: a file that is damaged or cannot be written is told of and otherwise ignored.
 */
final class AlgorithmFile {
  private static final String HEAD = "maskrcnn convolution algorithms, version 1";
  private static final String END = "lines: ";

  /** So much a run that is killed can lose. */
  private static final int BATCH = 64;

  private final Optional<Path> file;
  private final Consumer<String> warn;
  private Map<String, Algorithm> entries;
  private final Map<String, Algorithm> fresh = new TreeMap<>();

  /**
   * @param file none to keep nothing
   * @param warn is told, in one line, of a file that cannot be used
   */
  AlgorithmFile(Optional<Path> file, Consumer<String> warn) {
    this.file = file;
    this.warn = warn;
  }

  /** Once, when it is first needed: somebody listens to warnings by then. */
  private Map<String, Algorithm> entries() {
    if (entries == null) {
      entries = new TreeMap<>(read());
    }
    return entries;
  }

  Optional<Algorithm> find(String key) {
    return Optional.ofNullable(entries().get(key));
  }

  /** Remembers a measured algorithm; the key has no blanks. */
  void put(String key, Algorithm algorithm) {
    entries().put(key, algorithm);
    fresh.put(key, algorithm);
    if (fresh.size() >= BATCH) {
      save();
    }
  }

  private Map<String, Algorithm> read() {
    if (file.isEmpty()) {
      return Map.of();
    }
    try {
      return parse(Files.readAllLines(file.get()));
    } catch (NoSuchFileException e) {
      return Map.of();
    } catch (IOException | IllegalArgumentException | TensorException e) {
      warn.accept(file.get() + ": ignored and written anew, it is damaged: " + e.getMessage());
      return Map.of();
    }
  }

  /** Adds what is new to the file, in which another process may have written since. */
  void save() {
    if (file.isEmpty() || fresh.isEmpty()) {
      return;
    }
    Map<String, Algorithm> all = new TreeMap<>(read());
    all.putAll(fresh);
    StringBuilder text = new StringBuilder(HEAD).append('\n');
    all.forEach((key, a) -> text.append(line(key, a)).append('\n'));
    text.append(END).append(all.size()).append('\n');
    try {
      AtomicFile.writeText(file.get(), text.toString());
      fresh.clear();
    } catch (TensorFileException e) {
      warn.accept(file.get() + ": measured algorithms are not kept: " + e.getMessage());
    }
  }

  private static String line(String key, Algorithm a) {
    return String.join(
        " ",
        key,
        Integer.toString(a.number()),
        Integer.toString(a.math()),
        Long.toString(a.workspaceBytes()),
        Boolean.toString(a.deterministic()),
        Long.toString(a.microseconds()));
  }

  private static Map<String, Algorithm> parse(List<String> lines) {
    int count = lines.size() - 2;
    if (count < 0 || !lines.get(0).equals(HEAD) || !lines.get(count + 1).equals(END + count)) {
      throw new IllegalArgumentException("first or last line");
    }
    Map<String, Algorithm> entries = new TreeMap<>();
    for (String line : lines.subList(1, count + 1)) {
      String[] word = line.split(" ", -1);
      if (word.length != 6) {
        throw new IllegalArgumentException("line " + line);
      }
      entries.put(
          word[0],
          new Algorithm(
              Integer.parseInt(word[1]),
              Integer.parseInt(word[2]),
              Long.parseLong(word[3]),
              Boolean.parseBoolean(word[4]),
              Long.parseLong(word[5])));
    }
    return entries;
  }
}

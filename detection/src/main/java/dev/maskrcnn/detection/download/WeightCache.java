package dev.maskrcnn.detection.download;

import static java.util.stream.Collectors.toSet;

import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The folder of downloaded weights, under the original's file names, so that a folder of its can be
 * used: {@code MASKRCNN_HOME} (the system property {@value #HOME_PROPERTY} comes before it), else
 * {@code TORCH_MODEL_ZOO}, else {@code TORCH_HOME/models}, else {@code ~/.cache/maskrcnn}. Without
 * any of these {@code ~/.torch/models} is looked through too.
 */
public final class WeightCache {
  /** System property with the folder. */
  public static final String HOME_PROPERTY = "maskrcnn.home";

  private final List<Path> folders;
  private final WeightCatalog catalog;
  private final RunLog log;

  WeightCache(List<Path> folders, WeightCatalog catalog, RunLog log) {
    this.folders = List.copyOf(folders);
    this.catalog = catalog;
    this.log = log;
  }

  /**
   * The user's cache.
   *
   * @param log gets messages and shows progress
   */
  public static WeightCache ofUser(RunLog log) {
    String property = System.getProperty(HOME_PROPERTY);
    List<Path> folders =
        property != null
            ? List.of(Path.of(property))
            : folders(System::getenv, Path.of(System.getProperty("user.home")));
    return new WeightCache(folders, WeightCatalog.builtin(), log);
  }

  /** Where to look for files; the first is where downloads go. */
  static List<Path> folders(UnaryOperator<String> environment, Path home) {
    List<Path> out = new ArrayList<>();
    for (String variable : List.of("MASKRCNN_HOME", "TORCH_MODEL_ZOO", "TORCH_HOME")) {
      String value = environment.apply(variable);
      if (value != null && !value.isEmpty()) {
        Path folder = Path.of(value);
        out.add(variable.equals("TORCH_HOME") ? folder.resolve("models") : folder);
      }
    }
    if (out.isEmpty()) {
      out.add(home.resolve(".cache").resolve("maskrcnn"));
      out.add(home.resolve(".torch").resolve("models"));
    }
    return out;
  }

  /**
   * The file that a name or address stands for, downloaded if it is not there yet.
   *
   * @param value {@code catalog://NAME} or an http or https address
   * @throws DownloadException if it cannot be had; the message says where to put the file by hand
   */
  public Path get(String value) {
    WeightCatalog.Location location = catalog.locate(value);
    Downloader downloader = new Downloader(log);
    Optional<Path> there = find(value);
    if (there.isPresent()) {
      requireWhole(downloader, there.get(), location.checksum());
      return there.get();
    }
    Path target = target(value);
    return downloader.fetch(new Downloader.Request(location.url(), target, location.checksum()));
  }

  /**
   * The file that a name or address stands for, if it is there; it is not looked into.
   *
   * @param value {@code catalog://NAME} or an http or https address
   */
  public Optional<Path> find(String value) {
    String name = catalog.locate(value).fileName();
    return folders.stream().map(f -> f.resolve(name)).filter(Files::isRegularFile).findFirst();
  }

  /**
   * Where the file is put when it is downloaded, and where it may be put by hand.
   *
   * @param value {@code catalog://NAME} or an http or https address
   */
  public Path target(String value) {
    return folders.get(0).resolve(catalog.locate(value).fileName());
  }

  /**
   * Files of weights in the folders that no name of the catalog stands for: put there by hand, or
   * downloaded from an address.
   *
   * @throws DownloadException if a folder cannot be read
   */
  public List<Path> others() {
    Set<String> known =
        catalog.names().stream().map(n -> catalog.locate(n).fileName()).collect(toSet());
    List<Path> out = new ArrayList<>();
    for (Path folder : folders) {
      if (Files.isDirectory(folder)) {
        try (DirectoryStream<Path> files =
            Files.newDirectoryStream(folder, "*.{pkl,pth,pt,safetensors}")) {
          files.forEach(f -> out.add(f));
        } catch (IOException e) {
          throw new DownloadException(folder + ": cannot be read: " + FileFailure.reason(e), e);
        }
      }
    }
    return out.stream()
        .filter(f -> Files.isRegularFile(f) && !known.contains(f.getFileName().toString()))
        .sorted()
        .toList();
  }

  /** Files that were put there by hand may be cut off. */
  private static void requireWhole(Downloader downloader, Path file, Optional<Checksum> checksum) {
    if (checksum.isPresent() && !downloader.fits(file, checksum.get())) {
      throw new DownloadException(
          "%s: does not have %s, it is damaged or another file; remove it, and it is downloaded"
              .formatted(file, checksum.get()));
    }
  }
}

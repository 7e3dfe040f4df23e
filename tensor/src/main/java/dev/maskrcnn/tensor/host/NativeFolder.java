package dev.maskrcnn.tensor.host;

import dev.maskrcnn.tensor.device.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/**
 * The folder from which this process loads native libraries. Only the user may write there, so that
 * nobody else decides what is run; what an earlier process left is used only if it is whole.
 */
public final class NativeFolder {
  /** Names another folder, such as one on a file system that may hold programs. */
  public static final String PROPERTY = "maskrcnn.natives";

  private static final String JAVACPP = "org.bytedeco.javacpp.cachedir";
  private static final String JNA = "jna.tmpdir";
  private static final long MIB = 1 << 20;

  /** What oneDNN, the largest library, needs. */
  private static final long ENOUGH = 160 * MIB;

  private NativeFolder() {}

  /** Chosen once, because libraries are loaded once. */
  private static final class Chosen {
    static final Path FOLDER = choose();

    private static Path choose() {
      String wanted = System.getProperty(PROPERTY);
      Path folder = wanted == null ? usual() : given(Path.of(wanted).toAbsolutePath());
      if (System.getProperty(JAVACPP) == null) {
        System.setProperty(JAVACPP, folder.toString());
        removeDamaged(folder);
      }
      if (System.getProperty(JNA) == null) {
        System.setProperty(JNA, folder.toString());
      }
      return folder;
    }
  }

  /**
   * The folder; the loaders of JavaCPP and JNA use it from now on.
   *
   * @throws DeviceException if there is none that can be used
   */
  public static Path prepare() {
    try {
      return Chosen.FOLDER;
    } catch (ExceptionInInitializerError e) {
      throw e.getCause() instanceof DeviceException reason ? reason : failed(e);
    }
  }

  private static DeviceException failed(Throwable e) {
    return new DeviceException("native libraries: no folder for them: " + rootOf(e));
  }

  private static Path given(Path folder) {
    try {
      requirePrivate(folder);
      return folder;
    } catch (IOException e) {
      throw new DeviceException(
          "-D%s=%s: cannot hold native libraries: %s".formatted(PROPERTY, folder, rootOf(e)));
    }
  }

  /** In the user's folder for caches; where that cannot be, a fresh one that goes at the end. */
  private static Path usual() {
    String set = System.getenv("XDG_CACHE_HOME");
    Path caches =
        set == null || set.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(set);
    try {
      Path folder = caches.resolve("maskrcnn").resolve("natives").toAbsolutePath();
      requirePrivate(folder);
      return folder;
    } catch (IOException e) {
      return fresh();
    }
  }

  private static Path fresh() {
    try {
      Path folder = Files.createTempDirectory("maskrcnn-natives-"); // of mode 0700
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder), "maskrcnn-natives"));
      return folder;
    } catch (IOException e) {
      throw new DeviceException(
          "native libraries: neither the folder of caches in %s nor %s can be written: %s"
              .formatted(
                  System.getProperty("user.home"),
                  System.getProperty("java.io.tmpdir"),
                  rootOf(e)));
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      // The process ends; what stays is the user's own and is used by nobody.
    }
  }

  /**
   * Makes a folder that only its owner, the user of this process, may enter.
   *
   * @throws IOException if it is another's, a link or cannot be written
   */
  static void requirePrivate(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
        throw new IOException("it is no folder");
      }
      Files.createDirectories(folder.getParent());
      Files.createDirectory(folder);
    }
    PosixFileAttributeView view =
        Files.getFileAttributeView(folder, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    Path probe = Files.createTempFile(folder, "probe", "");
    try {
      if (view == null) {
        return; // Windows: folders in a user's profile are the user's own.
      }
      PosixFileAttributes attributes = view.readAttributes();
      if (!attributes.owner().equals(Files.getOwner(probe))) {
        throw new IOException("it belongs to " + attributes.owner().getName());
      }
      view.setPermissions(PosixFilePermissions.fromString("rwx------"));
    } finally {
      Files.deleteIfExists(probe);
    }
  }

  /**
   * JavaCPP looks at length and date only, which a power cut leaves right. It keeps the files of a
   * jar in a folder of the jar's name; those of other jars are another program's and stay.
   */
  static void removeDamaged(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file :
          all.filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS)).toList()) {
        Path kept = folder.relativize(file);
        if (kept.getNameCount() > 1 && damaged(file, kept)) {
          Files.delete(file);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw new DeviceException("native libraries: %s: %s".formatted(folder, rootOf(e)));
    }
  }

  private static boolean damaged(Path file, Path kept) throws IOException {
    String name = "/" + kept.subpath(1, kept.getNameCount()).toString().replace('\\', '/');
    URL url = NativeFolder.class.getResource(name);
    if (url == null || !(url.openConnection() instanceof JarURLConnection jar)) {
      return false;
    }
    if (!kept.startsWith(Path.of(jar.getJarFile().getName()).getFileName())) {
      return false;
    }
    return jar.getJarEntry().getSize() != Files.size(file)
        || jar.getJarEntry().getCrc() != checksum(Files.newInputStream(file));
  }

  private static long checksum(InputStream content) throws IOException {
    try (CheckedInputStream in = new CheckedInputStream(content, new CRC32())) {
      byte[] block = new byte[1 << 16];
      while (in.read(block) >= 0) {
        // Reading is summing.
      }
      return in.getChecksum().getValue();
    }
  }

  /**
   * Puts a library of a jar into the folder. What is there under its name is replaced unless it is
   * the same.
   *
   * @param owner a class of the module that has the library on its class path
   * @param resource absolute name of the resource
   */
  public static void extract(Class<?> owner, String resource) {
    extract(prepare(), owner, resource);
  }

  static void extract(Path folder, Class<?> owner, String resource) {
    Path file = folder.resolve(resource.substring(resource.lastIndexOf('/') + 1));
    try (InputStream in = owner.getResourceAsStream(resource)) {
      if (in == null) {
        return; // Its loader will say so.
      }
      byte[] content = in.readAllBytes();
      boolean whole =
          Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
              && Files.size(file) == content.length
              && Arrays.equals(Files.readAllBytes(file), content);
      if (!whole) {
        Path part = Files.createTempFile(folder, "part", "");
        Files.write(part, content);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw failure("device cuda", e);
    }
  }

  /** Why libraries do not load, in one line. */
  public static DeviceException failure(String user, Throwable cause) {
    Path folder = prepare();
    return new DeviceException(
        ("%s: native libraries do not load from %s: %s; choose another folder with -D%s=FOLDER"
                + " (JAVA_OPTS)")
            .formatted(user, folder, reason(folder, cause), PROPERTY));
  }

  private static String reason(Path folder, Throwable cause) {
    String told = rootOf(cause);
    String all = messages(cause);
    if (all.contains("No resource found") || all.contains("no jni")) {
      return "this program was built for another platform than "
          + System.getProperty("os.name")
          + " "
          + System.getProperty("os.arch");
    }
    if (all.contains("failed to map segment") || all.contains("Operation not permitted")) {
      return "it is on a file system that is mounted noexec";
    }
    try {
      FileStore store = Files.getFileStore(folder);
      if (store.getUsableSpace() < ENOUGH) {
        return "no space, %s MiB are free there".formatted(store.getUsableSpace() / MIB);
      }
    } catch (IOException e) {
      return rootOf(e);
    }
    return Files.isWritable(folder) ? told : "it cannot be written";
  }

  private static String messages(Throwable cause) {
    StringBuilder all = new StringBuilder();
    for (Throwable e = cause; e != null; e = e.getCause()) {
      all.append(e.getMessage()).append('\n');
    }
    return all.toString();
  }

  private static String rootOf(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    String message = root.getMessage();
    String line = message == null ? "" : message.lines().findFirst().orElse("");
    return root instanceof IOException && !line.isEmpty() && !line.contains("/")
        ? line
        : root.getClass().getSimpleName() + (line.isEmpty() ? "" : ": " + line);
  }
}

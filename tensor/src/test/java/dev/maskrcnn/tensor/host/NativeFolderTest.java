package dev.maskrcnn.tensor.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What others plant, or a killed process leaves half-made, is never loaded. */
@DisabledOnOs(OS.WINDOWS)
class NativeFolderTest {
  private static final String RESOURCE = "/org/bytedeco/javacpp/Pointer.class";

  @TempDir Path temp;

  private static byte[] content() throws IOException {
    try (InputStream in = Pointer.class.getResourceAsStream(RESOURCE)) {
      return in.readAllBytes();
    }
  }

  @Test
  void theFolderOfThisProcessIsPrivate() throws IOException {
    Path folder = NativeFolder.prepare();
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
    assertEquals(folder.toString(), System.getProperty("org.bytedeco.javacpp.cachedir"));
    assertEquals(folder.toString(), System.getProperty("jna.tmpdir"));
  }

  @Test
  void othersMayNotWriteIntoIt() throws IOException {
    Path folder = Files.createDirectory(temp.resolve("open"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    NativeFolder.requirePrivate(folder);
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
  }

  @Test
  void aLinkOrAFileInItsPlaceIsRefused() throws IOException {
    Path target = Files.createDirectory(temp.resolve("target"));
    Path link = Files.createSymbolicLink(temp.resolve("link"), target);
    assertThrows(IOException.class, () -> NativeFolder.requirePrivate(link));
    Path file = Files.createFile(temp.resolve("file"));
    assertThrows(IOException.class, () -> NativeFolder.requirePrivate(file));
  }

  @Test
  void aPlantedLibraryIsReplaced() throws IOException {
    Path file = temp.resolve("Pointer.class");
    byte[] planted = content();
    planted[planted.length / 2]++;
    Files.write(file, planted);
    NativeFolder.extract(temp, Pointer.class, RESOURCE);
    assertArrayEquals(content(), Files.readAllBytes(file));
  }

  @Test
  void aHalfWrittenLibraryIsReplaced() throws IOException {
    Path file = temp.resolve("Pointer.class");
    Files.write(file, Arrays.copyOf(content(), 100));
    NativeFolder.extract(temp, Pointer.class, RESOURCE);
    assertArrayEquals(content(), Files.readAllBytes(file));
  }

  @Test
  void aPlantedLinkIsNotFollowed() throws IOException {
    Path elsewhere = Files.write(temp.resolve("elsewhere"), new byte[] {1, 2, 3});
    Path file = Files.createSymbolicLink(temp.resolve("Pointer.class"), elsewhere);
    NativeFolder.extract(temp, Pointer.class, RESOURCE);
    assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(elsewhere));
    assertArrayEquals(content(), Files.readAllBytes(file));
    assertFalse(Files.isSymbolicLink(file));
  }

  /** As JavaCPP keeps them: in a folder named as the jar. */
  @Test
  void damagedFilesOfJavaCppAreRemoved() throws IOException {
    Path sound = cached("sound", content());
    byte[] zeros = new byte[content().length];
    Path damaged = cached("damaged", zeros);
    Path half = cached("half", Arrays.copyOf(content(), 50));
    Path foreign = Files.write(temp.resolve("sound/foreign.txt"), zeros);
    Path another = temp.resolve("sound/another-program.jar" + RESOURCE);
    Files.createDirectories(another.getParent());
    Files.write(another, zeros);
    for (String folder : new String[] {"sound", "damaged", "half"}) {
      NativeFolder.removeDamaged(temp.resolve(folder));
    }
    assertTrue(Files.exists(sound));
    assertTrue(Files.exists(foreign));
    assertTrue(Files.exists(another), "a program of another version keeps its files");
    assertFalse(Files.exists(damaged));
    assertFalse(Files.exists(half));
  }

  private Path cached(String folder, byte[] bytes) throws IOException {
    URL url = Pointer.class.getResource(RESOURCE);
    String jar =
        Path.of(((JarURLConnection) url.openConnection()).getJarFile().getName())
            .getFileName()
            .toString();
    Path file = temp.resolve(folder).resolve(jar + RESOURCE);
    Files.createDirectories(file.getParent());
    return Files.write(file, bytes);
  }
}

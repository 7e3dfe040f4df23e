package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AlgorithmFileTest {
  private static final Algorithm FIRST = new Algorithm(1, 3, 2048, true, 17);
  private static final Algorithm SECOND = new Algorithm(0, 1, 0, false, 2);

  @TempDir Path folder;
  private final List<String> said = new ArrayList<>();

  private AlgorithmFile open() {
    return new AlgorithmFile(Optional.of(folder.resolve("sub/algorithms.txt")), said::add);
  }

  @Test
  void isThereInTheNextRun() {
    AlgorithmFile file = open();
    assertEquals(Optional.empty(), file.find("a"));
    file.put("a", FIRST);
    file.save();
    assertEquals(Optional.of(FIRST), open().find("a"));
  }

  @Test
  void keepsWhatAnotherProcessWrote() {
    AlgorithmFile one = open();
    AlgorithmFile other = open();
    one.put("a", FIRST);
    other.put("b", SECOND);
    one.save();
    other.save();
    assertEquals(Optional.of(FIRST), open().find("a"));
    assertEquals(Optional.of(SECOND), open().find("b"));
  }

  @Test
  void withoutNewsNothingIsWritten() {
    open().save();
    assertFalse(Files.exists(folder.resolve("sub")));
  }

  @Test
  void withoutFileItIsMemory() {
    AlgorithmFile file = new AlgorithmFile(Optional.empty(), said::add);
    file.put("a", FIRST);
    file.save();
    assertEquals(Optional.of(FIRST), file.find("a"));
  }

  /** Cut, of another version, with a line of other words or numbers: ignored, then replaced. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "maskrcnn convolution algorithms, version 1\n",
        "maskrcnn convolution algorithms, version 1\na 1 3 2048 true 17\n",
        "maskrcnn convolution algorithms, version 2\na 1 3 2048 true 17\nlines: 1\n",
        "maskrcnn convolution algorithms, version 1\na 1 3 2048 true\nlines: 1\n",
        "maskrcnn convolution algorithms, version 1\na 1 3 -5 true 17\nlines: 1\n",
        "maskrcnn convolution algorithms, version 1\na x 3 2048 true 17\nlines: 1\n",
        "maskrcnn convolution algorithms, version 1\na 1 3 2048 true 17\nlines: 2\n",
      })
  void damageIsIgnored(String text) throws IOException {
    Files.createDirectories(folder.resolve("sub"));
    Files.writeString(folder.resolve("sub/algorithms.txt"), text);
    AlgorithmFile file = open();
    assertEquals(Optional.empty(), file.find("a"));
    assertTrue(said.get(0).contains("algorithms.txt: ignored and written anew, it is damaged"));
    file.put("b", SECOND);
    file.save();
    assertEquals(Optional.of(SECOND), open().find("b"));
  }

  @Test
  void aFolderInItsPlaceIsNoFailure() throws IOException {
    Files.createDirectories(folder.resolve("sub/algorithms.txt"));
    AlgorithmFile file = open();
    file.put("a", FIRST);
    file.save();
    assertEquals(Optional.of(FIRST), file.find("a"));
  }

  @Test
  void bytesThatAreNoText() throws IOException {
    Files.createDirectories(folder.resolve("sub"));
    Files.write(folder.resolve("sub/algorithms.txt"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 10});
    assertEquals(Optional.empty(), open().find("a"));
  }
}

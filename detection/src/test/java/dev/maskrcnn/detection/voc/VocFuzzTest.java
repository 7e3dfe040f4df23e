package dev.maskrcnn.detection.voc;

import dev.maskrcnn.detection.coco.Mutations;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged annotation files: refused in one line or read, nothing else. */
class VocFuzzTest {
  @TempDir private Path folder;

  @Test
  void annotations() throws IOException {
    VocFolder.write(folder);
    Mutations.feed(
        List.of(Files.readAllBytes(folder.resolve("Annotations/a.xml"))),
        VocFormatException.class,
        bytes -> VocAnnotation.parse(new ByteArrayInputStream(bytes), "fuzz.xml"));
  }
}

package dev.maskrcnn.detection.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.log.RunLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetArchivesTest {
  @TempDir Path temp;
  private final RunLog log = RunLog.consoleOnly(new PrintStream(new ByteArrayOutputStream()));

  private static byte[] zip(Map<String, String> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  private DatasetArchives archives() {
    return new DatasetArchives(temp, log);
  }

  private static DatasetArchives.Archive val2014(Optional<String> mirror) {
    DatasetArchives.Archive known = DatasetArchives.of("coco2014", mirror).get(1);
    assertTrue(known.checksum().isPresent());
    // These tests have archives of their own.
    return new DatasetArchives.Archive(known.set(), known.file(), known.url(), Optional.empty());
  }

  private Path write(byte[] archive) throws IOException {
    return Files.write(temp.resolve("val2014.zip"), archive);
  }

  private String failure() {
    String message =
        assertThrows(
                DownloadException.class,
                () -> archives().extract(val2014(Optional.empty()), temp.resolve("out")))
            .getMessage();
    assertTrue(message.contains("val2014.zip"), message);
    return message;
  }

  @Test
  void addressesAndSumsAreTheOriginals() {
    List<DatasetArchives.Archive> all = DatasetArchives.of("coco2017", Optional.empty());
    assertEquals(
        List.of(
            "http://images.cocodataset.org/zips/train2017.zip",
            "http://images.cocodataset.org/zips/val2017.zip",
            "http://images.cocodataset.org/annotations/annotations_trainval2017.zip"),
        all.stream().map(a -> a.url().toString()).toList());
    assertEquals(
        Optional.of(Checksum.md5("442b8da7639aecaf257c1dceb8ba8c80")), all.get(1).checksum());
    assertTrue(
        assertThrows(DownloadException.class, () -> DatasetArchives.of("coco", Optional.empty()))
            .getMessage()
            .contains("known are coco2017, coco2014"));
  }

  @Test
  void anArchiveIsDownloadedOnceAndUnpackedOnce() throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("val2014/", "");
    files.put("val2014/a.jpg", "first");
    files.put("val2014/b.jpg", "second");
    try (FileServer server = new FileServer()) {
      server.put("/m/zips/val2014.zip", zip(files));
      DatasetArchives.Archive archive = val2014(Optional.of(server.url("/m/").toString()));
      assertEquals(DatasetArchives.State.MISSING, archives().state(archive));
      archives().fetch(archive);
      archives().fetch(archive);
      assertEquals(List.of("/m/zips/val2014.zip"), server.asked);
      assertEquals(DatasetArchives.State.UNKNOWN, archives().state(archive));
      Path out = temp.resolve("out");
      assertEquals(new ZipExtraction.Counts(2, 0), archives().extract(archive, out));
      assertEquals("second", Files.readString(out.resolve("val2014/b.jpg")));
      Files.writeString(out.resolve("val2014/a.jpg"), "fir"); // cut off
      assertEquals(new ZipExtraction.Counts(1, 1), archives().extract(archive, out));
      assertEquals("first", Files.readString(out.resolve("val2014/a.jpg")));
    }
  }

  @Test
  void aWrongArchiveIsFound() throws IOException {
    DatasetArchives.Archive archive = DatasetArchives.of("coco2017", Optional.empty()).get(1);
    Files.writeString(temp.resolve("val2017.zip"), "something else");
    assertEquals(DatasetArchives.State.WRONG, archives().state(archive));
    String message =
        assertThrows(DownloadException.class, () -> archives().fetch(archive)).getMessage();
    assertTrue(message.contains("442b8da7639aecaf257c1dceb8ba8c80; remove it"), message);
  }

  @Test
  void nothingIsWrittenOutsideOfTheFolder() throws IOException {
    for (String name : List.of("../evil.txt", "a/../../evil.txt", "/evil.txt", "..\\evil.txt")) {
      Map<String, String> files = new LinkedHashMap<>();
      files.put("good.txt", "x");
      files.put(name, "evil");
      write(zip(files));
      assertTrue(failure().contains("outside"), name);
      assertFalse(Files.exists(temp.resolve("evil.txt")), name);
      assertFalse(Files.exists(temp.resolve("out/good.txt")), name);
    }
  }

  @Test
  void linksInTheTargetAreNotFollowed() throws IOException {
    write(zip(Map.of("val2014/a.jpg", "first")));
    Path elsewhere = Files.createDirectories(temp.resolve("elsewhere"));
    Path out = Files.createDirectories(temp.resolve("out"));
    Path link = Files.createSymbolicLink(out.resolve("val2014"), elsewhere);
    assertTrue(failure().contains("through the link " + link), failure());
    Files.delete(link);
    Path victim = Files.writeString(elsewhere.resolve("victim"), "untouched");
    Files.createDirectories(out.resolve("val2014"));
    Files.createSymbolicLink(out.resolve("val2014/a.jpg"), victim);
    assertTrue(failure().contains("through the link"), failure());
    assertEquals("untouched", Files.readString(victim));
  }

  @Test
  void damagedArchivesAreFound() throws IOException {
    byte[] whole = zip(Map.of("a.txt", "some text that is stored"));
    write(java.util.Arrays.copyOf(whole, whole.length - 10));
    assertTrue(failure().contains("not a whole zip archive"));
    assertTrue(Files.exists(temp.resolve("val2014.zip")));
    // The central directory's CRC, 16 bytes behind its signature, made another.
    byte[] changed = whole.clone();
    for (int i = 0; i + 4 < changed.length; i++) {
      if (changed[i] == 'P' && changed[i + 1] == 'K' && changed[i + 2] == 1) {
        changed[i + 16] ^= 1;
      }
    }
    write(changed);
    assertTrue(failure().contains("a.txt is not what its checksum says"));
    assertFalse(Files.exists(temp.resolve("out/a.txt")));
    Files.delete(temp.resolve("val2014.zip"));
    assertTrue(failure().contains("does not exist; get it with maskrcnn dataset download"));
  }
}

package dev.maskrcnn.detection.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TensorBoard's files, against bytes that every such file has and a reader written here. */
class EventFileTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.ofEpochSecond(1_700_000_000L, 500_000_000), ZoneOffset.UTC);

  /** Castagnoli's CRC bit by bit, as its polynomial says. */
  private static int crc32c(byte[] data) {
    int crc = ~0;
    for (byte b : data) {
      crc ^= b & 255;
      for (int k = 0; k < 8; k++) {
        crc = (crc & 1) != 0 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
      }
    }
    return ~crc;
  }

  private static int masked(byte[] data) {
    int crc = crc32c(data);
    return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
  }

  private static List<byte[]> records(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> out = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] head = new byte[8];
      in.get(head);
      assertEquals(masked(head), in.getInt(), "checksum of the length");
      byte[] data = new byte[(int) ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      in.get(data);
      assertEquals(masked(data), in.getInt(), "checksum of the data");
      out.add(data);
    }
    return out;
  }

  @Test
  void beginsAsEveryEventFileDoes(@TempDir Path folder) throws IOException {
    Path file;
    try (EventFile events = EventFile.create(folder, 0, CLOCK)) {
      file = events.file();
    }
    assertTrue(file.getFileName().toString().startsWith("events.out.tfevents.1700000000"));
    byte[] bytes = Files.readAllBytes(file);
    byte[] start = {0x18, 0, 0, 0, 0, 0, 0, 0, (byte) 0xa3, 0x7f, 0x4b, 0x22, 0x09};
    assertArrayEquals(start, Arrays.copyOf(bytes, start.length));
    String version = new String(bytes, 21, 15, StandardCharsets.ISO_8859_1);
    assertEquals("\u001a\rbrain.Event:2", version);
    assertEquals(1, records(file).size());
  }

  @Test
  void scalarsByStep(@TempDir Path folder) throws IOException {
    Path file;
    try (EventFile events = EventFile.create(folder, 0, CLOCK)) {
      events.scalars(300, Map.of("loss/total", 1.5));
      file = events.file();
    }
    byte[] record = records(file).get(1);
    ByteBuffer in = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(0x09, in.get());
    assertEquals(1_700_000_000.5, in.getDouble());
    // step: field 2, varint 300
    assertArrayEquals(new byte[] {0x10, (byte) 0xac, 0x02}, take(in, 3));
    // summary: field 5; its value: field 1; tag: field 1; simple_value: field 2, fixed 32 bits
    assertArrayEquals(new byte[] {0x2a, 19, 0x0a, 17, 0x0a, 10}, take(in, 6));
    assertEquals("loss/total", new String(take(in, 10), StandardCharsets.UTF_8));
    assertEquals(0x15, in.get());
    assertEquals(1.5f, in.getFloat());
    assertEquals(0, in.remaining());
  }

  private static byte[] take(ByteBuffer in, int n) {
    byte[] out = new byte[n];
    in.get(out);
    return out;
  }

  @Test
  void aResumedRunSaysWhereItStarts(@TempDir Path folder) throws IOException {
    Path file;
    try (EventFile events = EventFile.create(folder, 40, CLOCK)) {
      events.picture(40, "overlay", new byte[] {1, 2, 3}, 7, 5);
      file = events.file();
    }
    List<byte[]> records = records(file);
    byte[] start = records.get(1);
    // step 40; session_log: field 7, status START
    byte[] expected = {0x10, 40, 0x3a, 2, 0x08, 1};
    assertArrayEquals(expected, Arrays.copyOfRange(start, 9, start.length));
    assertEquals(3, records.size());
  }

  @Test
  void aFolderThatCannotBeMade(@TempDir Path folder) throws IOException {
    Path blocked = Files.writeString(folder.resolve("file"), "x");
    RunFileException e =
        assertThrows(
            RunFileException.class, () -> EventFile.create(blocked.resolve("in"), 0, CLOCK));
    assertTrue(e.getMessage().contains("cannot be written"), e.getMessage());
  }
}

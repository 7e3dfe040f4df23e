package dev.maskrcnn.detection.log;

import dev.maskrcnn.tensor.io.FileFailure;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Writes a TensorBoard event file: scalars and pictures by step. The file is a sequence of
 * TFRecords (length, checksum, bytes, checksum), each one {@code Event} message of TensorFlow's
 * {@code event.proto}; the few fields used are written here directly. Each record goes to the file
 * at once, so that TensorBoard follows a run that is still going.
 */
public final class EventFile implements Closeable {
  private static final String PREFIX = "events.out.tfevents.";
  private static final int CRC_MASK = 0xa282ead8;

  private final Path file;
  private final OutputStream out;
  private final Clock clock;

  private EventFile(Path file, OutputStream out, Clock clock) {
    this.file = file;
    this.out = out;
    this.clock = clock;
  }

  /**
   * Begins a file in a folder, which is made if missing. TensorBoard joins the files of a folder.
   *
   * @param start steps already done; what earlier files of the folder hold beyond it is then
   *     dropped by TensorBoard, as a resumed run does it again
   * @throws RunFileException if it cannot be written
   */
  public static EventFile create(Path folder, long start, Clock clock) {
    long seconds = clock.instant().getEpochSecond();
    Path file = folder.resolve(PREFIX + seconds + ".maskrcnn");
    try {
      Files.createDirectories(folder);
      OutputStream out =
          Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      EventFile events = new EventFile(file, out, clock);
      events.event(0, new Message().text(3, "brain.Event:2"));
      if (start > 0) {
        // SessionLog.START: a restart at this step.
        events.event(start, new Message().message(7, new Message().varint(1, 1)));
      }
      return events;
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /**
   * Adds scalars of a step.
   *
   * @param values by tag; a {@code /} in a tag groups charts
   */
  public void scalars(long step, Map<String, Double> values) {
    Message summary = new Message();
    values.forEach(
        (tag, value) ->
            summary.message(1, new Message().text(1, tag).float32(2, value.floatValue())));
    append(step, new Message().message(5, summary));
  }

  /** Adds a picture of a step. */
  public void picture(long step, String tag, byte[] png, int width, int height) {
    Message image = new Message().varint(1, height).varint(2, width).varint(3, 3).bytes(4, png);
    Message value = new Message().text(1, tag).message(4, image);
    append(step, new Message().message(5, new Message().message(1, value)));
  }

  private void append(long step, Message content) {
    try {
      event(step, content);
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  private void event(long step, Message content) throws IOException {
    Instant now = clock.instant();
    Message event = new Message().float64(1, now.getEpochSecond() + now.getNano() / 1e9);
    if (step != 0) {
      event.varint(2, step);
    }
    event.append(content);
    byte[] data = event.toBytes();
    ByteBuffer record = ByteBuffer.allocate(data.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(data.length);
    record.putInt(maskedCrc(record.array(), 8));
    record.put(data).putInt(maskedCrc(data, data.length));
    out.write(record.array());
    out.flush();
  }

  private static RunFileException failed(Path file, IOException e) {
    return new RunFileException(file + ": cannot be written: " + FileFailure.reason(e), e);
  }

  /** The checksum of TFRecord: CRC-32C, rotated and shifted. */
  private static int maskedCrc(byte[] data, int length) {
    CRC32C crc = new CRC32C();
    crc.update(data, 0, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + CRC_MASK;
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  /** A protobuf message under construction. */
  private static final class Message {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH = 2;
    private static final int FIXED32 = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message varint(int field, long value) {
      raw((long) field << 3 | VARINT);
      raw(value);
      return this;
    }

    Message float64(int field, double value) {
      raw((long) field << 3 | FIXED64);
      ByteBuffer b = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      out.writeBytes(b.putDouble(value).array());
      return this;
    }

    Message float32(int field, float value) {
      raw((long) field << 3 | FIXED32);
      ByteBuffer b = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
      out.writeBytes(b.putFloat(value).array());
      return this;
    }

    Message bytes(int field, byte[] value) {
      raw((long) field << 3 | LENGTH);
      raw(value.length);
      out.writeBytes(value);
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return bytes(field, value.toBytes());
    }

    Message append(Message fields) {
      out.writeBytes(fields.toBytes());
      return this;
    }

    byte[] toBytes() {
      return out.toByteArray();
    }

    private void raw(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        out.write((int) (rest & 0x7f | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }
  }
}

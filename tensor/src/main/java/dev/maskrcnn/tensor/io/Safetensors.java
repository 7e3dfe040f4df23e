package dev.maskrcnn.tensor.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and writes safetensors files.
 *
 * <p>The format: eight bytes with the length of the header (little-endian), the header as JSON
 * ({@code name -> {dtype, shape, data_offsets}} and {@code __metadata__} with free strings), and
 * the data of all tensors without gaps. The limits are those of the reference implementation
 * (huggingface/safetensors): a header of at most 100 MB, tensors that tile the data exactly.
 */
public final class Safetensors {
  /** Longest header that is read; far above any real one. */
  static final long MAX_HEADER = 100_000_000;

  /** Heap arrays pass through a hidden direct buffer of the size of one write; keep it small. */
  private static final int WRITE_BLOCK = 1 << 20;

  private Safetensors() {}

  /** A piece of the data section. */
  @FunctionalInterface
  private interface DataSource {
    ByteBuffer at(long begin, int bytes) throws IOException;
  }

  /**
   * Opens a file. Its data is mapped, not read: pages come in when a tensor is used. Replacing the
   * file by a rename, as {@link #write} does, leaves tensors already read as they were; overwriting
   * it in place does not.
   *
   * @throws TensorFileException if there is no such file or it is not a valid safetensors file
   */
  public static SafetensorsFile read(Path file) {
    String name = file.toString();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      readFully(channel, length, 0);
      byte[] json = new byte[headerLength(length, size, name)];
      readFully(channel, ByteBuffer.wrap(json), 8);
      long start = 8L + json.length;
      SafetensorsHeader header = SafetensorsHeader.parse(json, size - start, name);
      return tensors(header, mapped(channel, start, size - start), name);
    } catch (NoSuchFileException e) {
      throw new TensorFileException(name + ": no such file", e);
    } catch (IOException e) {
      throw new TensorFileException(name + ": cannot read, " + e.getMessage(), e);
    }
  }

  /**
   * The same for a file that is already in memory; the tensors are views of {@code content}.
   *
   * @param content the whole file, from position to limit; not changed
   * @param name what to call it in messages
   * @throws TensorFileException if it is not valid
   */
  public static SafetensorsFile parse(ByteBuffer content, String name) {
    ByteBuffer file = content.slice().order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer length = file.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    length.limit(Math.min(8, file.limit())).position(length.limit());
    byte[] json = new byte[headerLength(length, file.limit(), name)];
    file.get(8, json);
    int start = 8 + json.length;
    SafetensorsHeader header = SafetensorsHeader.parse(json, file.limit() - start, name);
    try {
      return tensors(header, (begin, bytes) -> file.slice(start + (int) begin, bytes), name);
    } catch (IOException e) {
      throw new TensorFileException(name + ": cannot read, " + e.getMessage(), e);
    }
  }

  /** Fills the buffer as far as the file goes. */
  private static void readFully(FileChannel channel, ByteBuffer buffer, long from)
      throws IOException {
    int read = 0;
    while (buffer.hasRemaining() && read >= 0) {
      read = channel.read(buffer, from + buffer.position());
    }
  }

  /** The length word, whose buffer is at its end if the file has one. */
  private static int headerLength(ByteBuffer word, long fileSize, String file) {
    if (word.position() < 8) {
      throw new TensorFileException(
          "%s: not a safetensors file, it has %s bytes".formatted(file, fileSize));
    }
    long length = word.getLong(0);
    if (length < 0 || length > MAX_HEADER) {
      throw new TensorFileException(
          "%s: not a safetensors file, it announces a header of %s bytes (at most %s are allowed)"
              .formatted(file, Long.toUnsignedString(length), MAX_HEADER));
    }
    if (length > fileSize - 8) {
      throw new TensorFileException(
          "%s: cut off, its header has %s bytes but only %s follow"
              .formatted(file, length, fileSize - 8));
    }
    return (int) length;
  }

  /** One mapping for the whole data if a buffer can hold it, else one for each tensor. */
  private static DataSource mapped(FileChannel channel, long start, long bytes) throws IOException {
    if (bytes <= Integer.MAX_VALUE) {
      ByteBuffer all = channel.map(FileChannel.MapMode.READ_ONLY, start, bytes);
      return (begin, count) -> all.slice((int) begin, count);
    }
    return (begin, count) -> channel.map(FileChannel.MapMode.READ_ONLY, start + begin, count);
  }

  private static SafetensorsFile tensors(SafetensorsHeader header, DataSource data, String name)
      throws IOException {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    Map<String, String> unread = new LinkedHashMap<>();
    for (Map.Entry<String, SafetensorsHeader.Entry> named : header.entries().entrySet()) {
      SafetensorsHeader.Entry entry = named.getValue();
      if (entry.type() == null) {
        unread.put(
            named.getKey(),
            "has dtype %s, expected one of %s"
                .formatted(quoted(entry.dtype()), Arrays.toString(TensorType.values())));
        continue;
      }
      long bytes = entry.end() - entry.begin();
      checkBufferSize(name, named.getKey(), bytes);
      ByteBuffer view = data.at(entry.begin(), (int) bytes);
      tensors.put(named.getKey(), new HostTensor(entry.type(), entry.shape(), view));
    }
    return new SafetensorsFile(name, tensors, unread, header.metadata());
  }

  private static void checkBufferSize(Object file, String tensor, long bytes) {
    if (bytes > Integer.MAX_VALUE) {
      throw new TensorFileException(
          "%s: tensor %s has %s bytes, more than the %s that one buffer can hold; split it"
              .formatted(file, quoted(tensor), bytes, Integer.MAX_VALUE));
    }
  }

  /**
   * Writes a file, completely or not at all (see {@link AtomicFile}).
   *
   * <p>Header entries keep the order of the map. The data lies sorted by element size, widest
   * first, so that every tensor is aligned for its type.
   *
   * @throws TensorFileException if it cannot be written; an older file of that name is then intact
   */
  public static void write(
      Path file, Map<String, HostTensor> tensors, Map<String, String> metadata) {
    Map<String, LazyTensor> lazy = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> lazy.put(name, LazyTensor.of(tensor)));
    writeLazily(file, lazy, metadata);
  }

  /**
   * The same for tensors whose data is fetched one at a time while writing.
   *
   * @throws TensorFileException also if a tensor turns out to be another than announced
   */
  public static void writeLazily(
      Path file, Map<String, LazyTensor> tensors, Map<String, String> metadata) {
    if (tensors.containsKey(SafetensorsHeader.METADATA)) {
      throw new TensorFileException(file + ": a tensor cannot be called __metadata__");
    }
    List<Map.Entry<String, LazyTensor>> byPlace = new ArrayList<>(tensors.entrySet());
    byPlace.sort(Comparator.comparingInt(e -> -e.getValue().type().bytes()));
    Map<String, SafetensorsHeader.Entry> entries = new LinkedHashMap<>();
    tensors.keySet().forEach(name -> entries.put(name, null));
    long end = 0;
    for (Map.Entry<String, LazyTensor> named : byPlace) {
      LazyTensor tensor = named.getValue();
      long begin = end;
      end += HostTensor.byteCount(tensor.type(), tensor.shape());
      checkBufferSize(file, named.getKey(), end - begin);
      entries.put(
          named.getKey(), new SafetensorsHeader.Entry(tensor.type(), tensor.shape(), begin, end));
    }
    SafetensorsHeader header = new SafetensorsHeader(entries, metadata);
    AtomicFile.write(
        file,
        channel -> {
          byte[] json = header.toJson();
          ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          writeFully(channel, length.putLong(0, json.length));
          writeFully(channel, ByteBuffer.wrap(json));
          for (Map.Entry<String, LazyTensor> named : byPlace) {
            writeFully(channel, content(file, named.getKey(), named.getValue()).data());
          }
        });
  }

  private static HostTensor content(Path file, String name, LazyTensor promised) {
    HostTensor tensor = promised.content().get();
    if (tensor.type() != promised.type() || !Arrays.equals(tensor.shape(), promised.shape())) {
      throw new TensorFileException(
          "%s: tensor %s was announced as %s %s, but its content is %s"
              .formatted(
                  file, quoted(name), promised.type(), Arrays.toString(promised.shape()), tensor));
    }
    return tensor;
  }

  private static void writeFully(WritableByteChannel channel, ByteBuffer data) throws IOException {
    int end = data.limit();
    while (data.position() < end) {
      data.limit(Math.min(end, data.position() + WRITE_BLOCK));
      channel.write(data);
    }
  }

  /** A name from a file in one line of bounded length. */
  static String quoted(String name) {
    String line = name.replaceAll("\\p{Cntrl}|[\\u2028\\u2029\\u0085]", "?");
    return '"' + (line.length() <= 200 ? line : line.substring(0, 200) + "...") + '"';
  }
}

package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.weights.PickleValue.Made;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Reads what {@code torch.save} wrote: the zip archive of PyTorch 1.6 and later ({@code data.pkl}
 * and a file for each storage), and the older form, four pickles followed by the storages. Nothing
 * of the pickles is executed.
 */
final class TorchFile {
  /** First number of the older form. */
  private static final String LEGACY_MAGIC = "119547037146038801333356";

  private static final long LARGEST_PICKLE = 256L << 20;

  private TorchFile() {}

  /** Whether the bytes are the beginning of a zip archive. */
  static boolean isZip(ByteBuffer head) {
    return head.remaining() >= 4 && head.getInt(0) == 0x504b0304;
  }

  /**
   * The saved object, with {@code HostTensor}s for tensors.
   *
   * @throws CheckpointException if the archive is damaged or none of PyTorch's
   */
  static Object readZip(Path file) {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry pickle =
          zip.stream()
              .filter(e -> e.getName().endsWith("/data.pkl"))
              .findFirst()
              .orElseThrow(
                  () ->
                      new CheckpointException(
                          file + ": is a zip archive without data.pkl, so not of PyTorch"));
      String folder =
          pickle.getName().substring(0, pickle.getName().length() - "data.pkl".length());
      ZipEntry order = zip.getEntry(folder + "byteorder");
      if (order != null && !text(zip, order).startsWith("little")) {
        throw new CheckpointException(file + ": was saved on a big-endian machine; save it again");
      }
      Object value = new PickleReader(content(zip, pickle, LARGEST_PICKLE)).read();
      Map<String, ByteBuffer> read = new HashMap<>();
      return new TorchTensors(
              (storage, bytes) ->
                  read.computeIfAbsent(
                      storage.key(), key -> storage(zip, folder + "data/" + key, bytes)))
          .made(value);
    } catch (PickleException e) {
      throw new CheckpointException(file + ": " + e.getMessage(), e);
    } catch (IOException | IllegalArgumentException e) {
      throw new CheckpointException(file + ": cannot be read as a zip archive: " + reason(e), e);
    }
  }

  private static String reason(Exception e) {
    return e instanceof IOException io ? FileFailure.reason(io) : e.getMessage();
  }

  private static String text(ZipFile zip, ZipEntry entry) throws IOException {
    ByteBuffer bytes = content(zip, entry, 64);
    return java.nio.charset.StandardCharsets.US_ASCII.decode(bytes).toString();
  }

  private static ByteBuffer storage(ZipFile zip, String name, int bytes) {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw new PickleException("has no entry " + name);
    }
    try {
      ByteBuffer data = content(zip, entry, bytes);
      if (data.remaining() < bytes) {
        throw new PickleException(
            "entry %s has %d bytes, expected %d".formatted(name, data.remaining(), bytes));
      }
      return data;
    } catch (IOException e) {
      throw new PickleException("entry " + name + " cannot be read: " + reason(e));
    }
  }

  /** At most {@code limit} bytes: what an entry says of its size proves nothing. */
  private static ByteBuffer content(ZipFile zip, ZipEntry entry, long limit) throws IOException {
    try (InputStream in = zip.getInputStream(entry)) {
      if (in == null) {
        throw new IOException("no such entry: " + entry.getName());
      }
      byte[] bytes = in.readNBytes((int) Math.min(limit, Integer.MAX_VALUE - 8));
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /** Whether a first pickle begins the older form. */
  static boolean isLegacy(Object first) {
    return LEGACY_MAGIC.equals(String.valueOf(first));
  }

  /**
   * The saved object of the older form.
   *
   * @param in the file, positioned behind the first pickle
   */
  static Object readLegacy(ByteBuffer in) {
    new PickleReader(in).read(); // protocol
    Object system = new PickleReader(in).read();
    if (system instanceof Map<?, ?> s && Boolean.FALSE.equals(s.get("little_endian"))) {
      throw new PickleException("was saved on a big-endian machine; save it again");
    }
    Object value = new PickleReader(in).read();
    Object keys = new PickleReader(in).read();
    if (!(keys instanceof List<?> list)) {
      throw new PickleException("has no list of storages");
    }
    Map<String, Integer> sizes = new LinkedHashMap<>();
    sizes(value, sizes, 0);
    Map<String, ByteBuffer> storages = new HashMap<>();
    for (Object key : list) {
      if (in.remaining() < 8) {
        throw new PickleException("is cut off");
      }
      long elements = in.order(ByteOrder.LITTLE_ENDIAN).getLong();
      Integer size = sizes.get(String.valueOf(key));
      if (size == null) {
        throw new PickleException("has a storage that no tensor uses");
      }
      if (elements < 0 || elements * size > in.remaining() || elements > Integer.MAX_VALUE) {
        throw new PickleException("is cut off");
      }
      int bytes = (int) (elements * size);
      ByteBuffer data = in.slice(in.position(), bytes).order(ByteOrder.LITTLE_ENDIAN);
      storages.put(String.valueOf(key), data);
      in.position(in.position() + bytes);
    }
    return new TorchTensors(
            (storage, bytes) -> {
              ByteBuffer data = storages.get(storage.key());
              if (data == null || data.remaining() < bytes) {
                throw new PickleException("lacks the data of a tensor");
              }
              return data;
            })
        .made(value);
  }

  /** Bytes per element of every storage that is referred to. */
  private static void sizes(Object value, Map<String, Integer> sizes, int depth) {
    if (depth > 64) {
      throw new PickleException("is nested too deep");
    }
    if (value instanceof Map<?, ?> map) {
      map.values().forEach(v -> sizes(v, sizes, depth + 1));
    } else if (value instanceof List<?> list) {
      list.forEach(v -> sizes(v, sizes, depth + 1));
    } else if (value instanceof Made made) {
      sizes(made.arguments, sizes, depth + 1);
      sizes(made.entries, sizes, depth + 1);
    } else if (value instanceof PickleValue.Persistent reference) {
      TorchTensors.Storage s = TorchTensors.storage(reference);
      sizes.put(s.key(), s.type().bytes());
    }
  }

  /** The whole file, mapped. */
  static ByteBuffer map(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new CheckpointException(
            file + ": has more than 2 GiB; save it with a current PyTorch, as a zip archive");
      }
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + FileFailure.reason(e), e);
    }
  }
}

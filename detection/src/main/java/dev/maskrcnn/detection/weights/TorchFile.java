package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.weights.PickleValue.Made;
import dev.maskrcnn.detection.weights.PickleValue.Persistent;
import dev.maskrcnn.detection.weights.PickledTensors.Storage;
import dev.maskrcnn.detection.weights.PickledTensors.Storages;
import dev.maskrcnn.detection.weights.PickledTensors.TypedBytes;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Reads what {@code torch.save} wrote: the zip archive of PyTorch 1.6 and later ({@code data.pkl}
 * and a file for each storage), and the older form, four pickles followed by the storages. Nothing
 * of the pickles is executed.
 */
final class TorchFile {
  /** First number of the older form. */
  private static final BigInteger LEGACY_MAGIC = new BigInteger("119547037146038801333356");

  /** The pickle holds no data of tensors: 64 MiB are thousands of times what models need. */
  private static final int LARGEST_PICKLE = 64 << 20;

  private final ZipFile zip;
  private final String folder;
  private final Map<String, ByteBuffer> read = new HashMap<>();

  /** PyTorch does not compress: the entries together may be little more than the file. */
  private long room;

  private TorchFile(ZipFile zip, String folder, long fileBytes) {
    this.zip = zip;
    this.folder = folder;
    this.room = 2 * fileBytes + (64L << 20);
  }

  /** Whether the bytes are the beginning of a zip archive. */
  static boolean isZip(ByteBuffer head) {
    return head.remaining() >= 4 && head.getInt(0) == 0x504b0304;
  }

  /**
   * Reads an archive.
   *
   * @param use makes the result of the saved object while the archive is open
   * @throws CheckpointException if the archive is damaged or not one of PyTorch's
   */
  static <T> T readZip(Path file, BiFunction<Object, PickledTensors, T> use) {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry pickle =
          zip.stream()
              .filter(e -> e.getName().endsWith("/data.pkl"))
              .findFirst()
              .orElseThrow(
                  () -> new PickleException("is a zip archive without data.pkl, not PyTorch's"));
      String folder =
          pickle.getName().substring(0, pickle.getName().length() - "data.pkl".length());
      if (zip.getEntry(folder + "constants.pkl") != null) {
        throw new PickleException(
            "is a TorchScript archive; save model.state_dict() with torch.save instead");
      }
      long size = file.toFile().length();
      TorchFile archive = new TorchFile(zip, folder, size);
      ZipEntry order = zip.getEntry(folder + "byteorder");
      if (order != null && !archive.text(order).startsWith("little")) {
        throw new PickleException("was saved on a big-endian machine; save it again");
      }
      Object value = new PickleReader(archive.content(pickle, LARGEST_PICKLE)).read();
      return use.apply(value, new PickledTensors(archive::storage, size));
    } catch (PickleException e) {
      throw new CheckpointException(file + ": " + e.getMessage(), e);
    } catch (IOException | IllegalArgumentException e) {
      throw new CheckpointException(file + ": cannot be read as a zip archive: " + reason(e), e);
    }
  }

  private static String reason(Exception e) {
    return e instanceof IOException io ? FileFailure.reason(io) : e.getMessage();
  }

  private String text(ZipEntry entry) throws IOException {
    return StandardCharsets.US_ASCII.decode(content(entry, 64)).toString();
  }

  private ByteBuffer storage(Storage storage) {
    ByteBuffer data = read.computeIfAbsent(storage.key(), key -> inflated(storage));
    if (data.remaining() < storage.bytes()) {
      throw new PickleException(
          "its data has %s bytes, expected %s".formatted(data.remaining(), storage.bytes()));
    }
    return data;
  }

  private ByteBuffer inflated(Storage storage) {
    String name = folder + "data/" + storage.key();
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw new PickleException("its data " + name + " is not in the archive");
    }
    try {
      room -= storage.bytes();
      if (room < 0) {
        throw new PickleException("its data is much larger than the whole file");
      }
      return content(entry, (int) Math.min(storage.bytes(), Integer.MAX_VALUE - 8));
    } catch (IOException e) {
      throw new PickleException("its data " + name + " cannot be read: " + reason(e));
    }
  }

  /**
   * The bytes of an entry, whatever it announces.
   *
   * @throws PickleException if they are more than the limit, which for data is their known number
   */
  private ByteBuffer content(ZipEntry entry, int limit) throws IOException {
    try (InputStream in = zip.getInputStream(entry)) {
      if (in == null) {
        throw new IOException("no such entry: " + entry.getName());
      }
      byte[] bytes = in.readNBytes(limit);
      if (bytes.length == limit && limit == LARGEST_PICKLE && in.read() >= 0) {
        throw new PickleException(
            "its data.pkl has more than %s MiB, so it is not of weights".formatted(limit >> 20));
      }
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /** Whether a first pickle begins the older form. */
  static boolean isLegacy(Object first) {
    return LEGACY_MAGIC.equals(first);
  }

  /** What the older form holds: the saved object and where its data is. */
  record Legacy(Object value, Storages storages) {}

  /**
   * Reads the older form.
   *
   * @param in the file, positioned behind the first pickle
   */
  static Legacy readLegacy(ByteBuffer in) {
    new PickleReader(in).read(); // protocol
    Object system = new PickleReader(in).read();
    if (system instanceof Map<?, ?> s && Boolean.FALSE.equals(s.get("little_endian"))) {
      throw new PickleException("was saved on a big-endian machine; save it again");
    }
    PickleReader reader = new PickleReader(in);
    Object value = reader.read();
    Object keys = new PickleReader(in).read();
    if (!(keys instanceof List<?> list)) {
      throw new PickleException("has no list of storages");
    }
    Map<String, Integer> widths = new HashMap<>();
    for (Persistent reference : reader.references()) {
      Storage storage = PickledTensors.storage(reference);
      widths.put(storage.key(), storage.width());
    }
    Map<String, ByteBuffer> data = new HashMap<>();
    for (Object key : list) {
      Integer width = key instanceof String || key instanceof Long ? widths.get("" + key) : null;
      if (width == null) {
        throw new PickleException("has a storage that no tensor uses");
      }
      if (in.remaining() < 8) {
        throw new PickleException("is cut off");
      }
      long elements = in.order(ByteOrder.LITTLE_ENDIAN).getLong();
      if (elements < 0 || elements > in.remaining() / width) {
        throw new PickleException("is cut off");
      }
      int bytes = (int) (elements * width);
      data.put("" + key, in.slice(in.position(), bytes).order(ByteOrder.LITTLE_ENDIAN));
      in.position(in.position() + bytes);
    }
    return new Legacy(value, storage -> complete(data.get(storage.key()), storage.bytes()));
  }

  private static ByteBuffer complete(ByteBuffer data, long bytes) {
    if (data == null || data.remaining() < bytes) {
      throw new PickleException("lacks its data");
    }
    return data;
  }

  /** A storage that {@code pickle.dump} wrote: {@code torch.storage._load_from_bytes(bytes)}. */
  static TypedBytes nested(Made call) {
    if (!call.callee.is("torch.storage._load_from_bytes") || call.arguments.isEmpty()) {
      throw new PickleException("is not described as PyTorch does");
    }
    ByteBuffer in = NumpyArray.bytes(call.arguments.get(0));
    if (isLegacy(new PickleReader(in).read())) {
      Legacy inner = readLegacy(in);
      if (inner.value instanceof Persistent reference) {
        Storage storage = PickledTensors.storage(reference);
        return new TypedBytes(storage.type(), inner.storages.read(storage));
      }
    }
    throw new PickleException("is not described as PyTorch does");
  }
}

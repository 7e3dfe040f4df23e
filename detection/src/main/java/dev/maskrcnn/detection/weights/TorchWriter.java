package dev.maskrcnn.detection.weights;

import dev.maskrcnn.tensor.io.AtomicFile;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.TensorType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a file that {@code torch.load} reads: a zip archive with {@code data.pkl} (pickle protocol
 * 2) and a file for each tensor. Values are maps (dict), lists, {@code String}, {@code Long},
 * {@code Double}, {@code Boolean}, null and {@link HostTensor}.
 */
public final class TorchWriter {
  private static final String ROOT = "archive/";
  private static final int BATCH = 1000;

  private static final Map<TensorType, String> STORAGES =
      Map.ofEntries(
          Map.entry(TensorType.F32, "FloatStorage"),
          Map.entry(TensorType.F64, "DoubleStorage"),
          Map.entry(TensorType.F16, "HalfStorage"),
          Map.entry(TensorType.BF16, "BFloat16Storage"),
          Map.entry(TensorType.I64, "LongStorage"),
          Map.entry(TensorType.I32, "IntStorage"),
          Map.entry(TensorType.I16, "ShortStorage"),
          Map.entry(TensorType.I8, "CharStorage"),
          Map.entry(TensorType.U8, "ByteStorage"),
          Map.entry(TensorType.BOOL, "BoolStorage"));

  private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
  private final List<HostTensor> tensors = new ArrayList<>();

  private TorchWriter() {}

  /**
   * Writes a file; it appears whole or not at all.
   *
   * @throws dev.maskrcnn.tensor.io.TensorFileException if it cannot be written
   * @throws CheckpointException if a value is of a type that a pickle of weights has no form for
   */
  public static void write(Path file, Map<String, ?> value) {
    TorchWriter writer = new TorchWriter();
    writer.bytes(0x80, 2);
    writer.value(value);
    writer.bytes('.');
    AtomicFile.writeStream(file, writer::archive);
  }

  private void archive(OutputStream out) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out);
    entry(zip, "data.pkl", ByteBuffer.wrap(pickle.toByteArray()));
    entry(zip, "byteorder", ascii("little"));
    for (int i = 0; i < tensors.size(); i++) {
      entry(zip, "data/" + i, tensors.get(i).data());
    }
    entry(zip, "version", ascii("3\n"));
    zip.finish();
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Uncompressed, as PyTorch wants to map it. */
  private static void entry(ZipOutputStream zip, String name, ByteBuffer data) throws IOException {
    byte[] bytes = new byte[data.remaining()];
    data.duplicate().get(bytes);
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry(ROOT + name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }

  // ---- the pickle ----

  private void bytes(int... codes) {
    for (int c : codes) {
      pickle.write(c);
    }
  }

  private void little(int size, long value) {
    ByteBuffer b = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
    pickle.write(b.array(), 0, size);
  }

  private void value(Object value) {
    if (value == null) {
      bytes('N');
    } else if (value instanceof Boolean b) {
      bytes(b ? 0x88 : 0x89);
    } else if (value instanceof Integer n) {
      integer(n);
    } else if (value instanceof Long n) {
      integer(n);
    } else if (value instanceof Double d) {
      bytes('G');
      pickle.writeBytes(ByteBuffer.allocate(8).putDouble(d).array());
    } else if (value instanceof String s) {
      byte[] text = s.getBytes(StandardCharsets.UTF_8);
      bytes('X');
      little(4, text.length);
      pickle.writeBytes(text);
    } else if (value instanceof HostTensor tensor) {
      tensor(tensor);
    } else {
      collection(value);
    }
  }

  private void collection(Object value) {
    if (value instanceof Map<?, ?> map) {
      bytes('}', '(');
      map.forEach(
          (k, v) -> {
            value(k);
            value(v);
          });
      bytes('u');
    } else if (value instanceof List<?> list) {
      bytes(']');
      for (int from = 0; from < list.size(); from += BATCH) {
        bytes('(');
        list.subList(from, Math.min(list.size(), from + BATCH)).forEach(this::value);
        bytes('e');
      }
    } else {
      throw new CheckpointException(
          "torch file: no form for a value of " + value.getClass().getSimpleName());
    }
  }

  private void integer(long n) {
    if (n == (int) n) {
      bytes('J');
      little(4, n);
    } else {
      bytes(0x8a, 8);
      little(8, n);
    }
  }

  private void name(String module, String name) {
    bytes('c');
    pickle.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  /** {@code _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)}. */
  private void tensor(HostTensor tensor) {
    String storage = STORAGES.get(tensor.type());
    if (storage == null) {
      throw new CheckpointException("torch file: PyTorch has no tensors of " + tensor.type());
    }
    long elements = tensor.data().remaining() / tensor.type().bytes();
    name("torch._utils", "_rebuild_tensor_v2");
    bytes('(', '(');
    value("storage");
    name("torch", storage);
    value(Integer.toString(tensors.size()));
    value("cpu");
    value(elements);
    bytes('t', 'Q');
    value(0L);
    extents(tensor.shape());
    extents(StoredTensor.dense(tensor.shape()));
    value(false);
    name("collections", "OrderedDict");
    bytes(')', 'R', 't', 'R');
    tensors.add(tensor);
  }

  private void extents(long[] extents) {
    bytes('(');
    for (long e : extents) {
      value(e);
    }
    bytes('t');
  }
}

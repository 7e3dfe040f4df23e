package dev.maskrcnn.detection.weights;

import dev.maskrcnn.tensor.io.FileFailure;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/**
 * Weights in any of the forms that are read. The form is told from the content, not from the name.
 *
 * @param file where it lies
 * @param form of the file
 * @param tensors by name, in the order of the file
 * @param unread tensors of types that are not read: name to what it is
 * @param metadata free strings of a safetensors file
 * @param iteration of a training checkpoint of PyTorch
 * @param momenta of its optimiser by the number of the parameter
 */
public record WeightFile(
    Path file,
    Form form,
    Map<String, HostTensor> tensors,
    Map<String, String> unread,
    Map<String, String> metadata,
    OptionalInt iteration,
    Map<Integer, HostTensor> momenta) {
  /** As many first bytes as tell the form of a file. */
  private static final int HEAD = 512;

  private static final int LONGEST_NAME = 200;

  /** Forms of files. */
  public enum Form {
    /** Safetensors, the form in which this program saves. */
    SAFETENSORS,
    /** {@code torch.save} since PyTorch 1.6: a zip archive. */
    TORCH,
    /** {@code torch.save} before. */
    TORCH_LEGACY,
    /** Detectron's pickles. */
    CAFFE2,
    /** Pickles of arrays under other names, such as detectron2's model zoo. */
    DETECTRON2
  }

  public WeightFile {
    tensors = printable(tensors);
    unread = printable(unread);
    metadata = Map.copyOf(metadata);
    momenta = Collections.unmodifiableMap(new LinkedHashMap<>(momenta));
  }

  /** A file that has nothing beside its tensors. */
  static WeightFile of(Path file, Form form, Map<String, HostTensor> tensors) {
    return new WeightFile(file, form, tensors, Map.of(), Map.of(), OptionalInt.empty(), Map.of());
  }

  /**
   * Reads a file.
   *
   * @throws CheckpointException if it is damaged or in none of the forms
   * @throws dev.maskrcnn.tensor.io.TensorFileException if it is missing, or a damaged safetensors
   *     file
   */
  public static WeightFile read(Path file) {
    byte[] head = head(file);
    if (TorchFile.isZip(ByteBuffer.wrap(head))) {
      return TorchFile.readZip(file, (saved, t) -> ofSaved(file, Form.TORCH, saved, t));
    }
    if (!isSafetensors(head)) {
      Optional<String> other = UnrelatedFile.kind(head);
      if (other.isPresent()) {
        throw new CheckpointException(file + ": " + other.get());
      }
      if (isPickle(head)) {
        return ofPickles(file, map(file));
      }
    }
    SafetensorsFile content = Safetensors.read(file);
    return new WeightFile(
        file,
        Form.SAFETENSORS,
        content.tensors(),
        content.unread(),
        content.metadata(),
        OptionalInt.empty(),
        Map.of());
  }

  /** The tensors without the prefixes that wrappers of PyTorch give all names. */
  public Map<String, HostTensor> unwrapped() {
    return WrapperPrefixes.strip(tensors);
  }

  /**
   * The {@linkplain #unwrapped unwrapped} tensors under other names.
   *
   * @param rename gives a tensor's new name
   * @throws CheckpointException if two tensors would have the same name
   */
  Map<String, HostTensor> renamed(UnaryOperator<String> rename) {
    Map<String, HostTensor> out = new LinkedHashMap<>();
    unwrapped()
        .forEach(
            (name, tensor) -> {
              String other = rename.apply(name);
              if (out.put(other, tensor) != null) {
                throw new CheckpointException(
                    "%s: two tensors would be called %s".formatted(file, other));
              }
            });
    return out;
  }

  /** A name of the file in one line of text, whatever it consists of. */
  static String printable(String name) {
    String line = name.replaceAll("\\p{Cntrl}|[\\u2028\\u2029\\u0080-\\u009f]", "?");
    return line.length() <= LONGEST_NAME ? line : line.substring(0, LONGEST_NAME) + "...";
  }

  private static <T> Map<String, T> printable(Map<String, T> values) {
    Map<String, T> out = new LinkedHashMap<>();
    values.forEach((name, value) -> out.put(printable(name), value));
    return Collections.unmodifiableMap(out);
  }

  /** The first bytes; none if there is no such file, which its reader then says. */
  private static byte[] head(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new CheckpointException(
          "%s: is %s, expected a file of weights"
              .formatted(file, Files.isDirectory(file) ? "a folder" : "not a regular file"));
    }
    if (!Files.exists(file)) {
      return new byte[0];
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(HEAD);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + FileFailure.reason(e), e);
    }
  }

  /** The length of the header, which is less than 4 GiB, and its first brace. */
  private static boolean isSafetensors(byte[] head) {
    return head.length > 8 && (head[4] | head[5] | head[6] | head[7]) == 0 && head[8] == '{';
  }

  /** Protocol 2 and later, or a dict, mark or ordered dict of protocols 0 and 1. */
  private static boolean isPickle(byte[] head) {
    int first = head.length == 0 ? 0 : head[0] & 255;
    String start = new String(head, 0, Math.min(head.length, 12), StandardCharsets.ISO_8859_1);
    return first == 0x80 && (head.length == 1 || head[1] <= 5)
        || first == '('
        || first == '}'
        || start.equals("ccollections");
  }

  /** The whole file, mapped. */
  private static ByteBuffer map(Path file) {
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

  /** Of bytes that begin with a pickle. */
  static WeightFile ofPickles(Path file, ByteBuffer in) {
    long size = in.remaining();
    try {
      Object first = new PickleReader(in).read();
      if (TorchFile.isLegacy(first)) {
        TorchFile.Legacy legacy = TorchFile.readLegacy(in);
        PickledTensors tensors = new PickledTensors(legacy.storages(), size);
        return ofSaved(file, Form.TORCH_LEGACY, legacy.value(), tensors);
      }
      PickledTensors.Storages none =
          storage -> {
            throw new PickleException("refers to data that is not in the file");
          };
      return ofSaved(file, Form.DETECTRON2, first, new PickledTensors(none, size));
    } catch (PickleException e) {
      throw new CheckpointException(file + ": " + e.getMessage(), e);
    }
  }

  private static WeightFile ofSaved(Path file, Form form, Object saved, PickledTensors reader) {
    SavedWeights weights = SavedWeights.in(saved);
    boolean caffe2 = form == Form.DETECTRON2 && Caffe2Weights.fit(weights.entries().keySet());
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    Map<String, String> unread = new LinkedHashMap<>();
    weights
        .entries()
        .forEach(
            (key, value) -> {
              if (PickledTensors.is(value) && !(caffe2 && Caffe2Weights.isMomentum(key))) {
                String name = caffe2 ? Caffe2Weights.rename(key).orElse(key) : key;
                try {
                  tensors.put(name, read(reader, key, value));
                } catch (PickleException.Unread e) {
                  unread.put(name, e.getMessage());
                }
              }
            });
    if (tensors.isEmpty() && !unread.isEmpty()) {
      String first = unread.keySet().iterator().next();
      throw new PickleException("tensor %s %s".formatted(printable(first), unread.get(first)));
    }
    Map<String, ?> root = SavedWeights.dict(saved);
    OptionalInt iteration =
        root.get("iteration") instanceof Long n && n >= 0 && n < Integer.MAX_VALUE
            ? OptionalInt.of(n.intValue())
            : OptionalInt.empty();
    return new WeightFile(
        file,
        caffe2 ? Form.CAFFE2 : form,
        tensors,
        unread,
        Map.of(),
        iteration,
        momenta(root.get("optimizer"), reader));
  }

  private static HostTensor read(PickledTensors reader, String name, Object value) {
    try {
      return reader.read(value);
    } catch (PickleException.Unread e) {
      throw e;
    } catch (PickleException e) {
      throw new PickleException("tensor %s %s".formatted(printable(name), e.getMessage()));
    }
  }

  private static Map<Integer, HostTensor> momenta(Object optimizer, PickledTensors reader) {
    Map<Integer, HostTensor> out = new LinkedHashMap<>();
    Map<String, ?> root = SavedWeights.dict(optimizer);
    if (root.get("param_groups") instanceof List<?>) {
      SavedWeights.dict(root.get("state"))
          .forEach(
              (key, value) -> {
                Object momentum = SavedWeights.dict(value).get("momentum_buffer");
                if (PickledTensors.is(momentum) && key.matches("\\d{1,9}")) {
                  out.put(Integer.valueOf(key), read(reader, "momentum_buffer " + key, momentum));
                }
              });
    }
    return out;
  }
}

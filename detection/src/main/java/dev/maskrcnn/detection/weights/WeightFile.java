package dev.maskrcnn.detection.weights;

import dev.maskrcnn.tensor.io.FileFailure;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/**
 * Weights in any of the forms that are read. The form is told from the content, not from the name.
 *
 * @param name of the file, for messages
 * @param form of the file
 * @param tensors by name, in the order of the file
 * @param metadata free strings of a safetensors file
 * @param iteration of a training checkpoint of PyTorch
 * @param momenta of its optimiser by the number of the parameter
 */
public record WeightFile(
    String name,
    Form form,
    Map<String, HostTensor> tensors,
    Map<String, String> metadata,
    OptionalInt iteration,
    Map<Integer, HostTensor> momenta) {
  private static final String PARALLEL = "module.";

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
    /** detectron2's pickles of its model zoo. */
    DETECTRON2
  }

  public WeightFile {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    metadata = Map.copyOf(metadata);
    momenta = Collections.unmodifiableMap(new LinkedHashMap<>(momenta));
  }

  /**
   * Reads a file.
   *
   * @throws CheckpointException if it is damaged or in none of the forms
   * @throws dev.maskrcnn.tensor.io.TensorFileException if it is missing, or a damaged safetensors
   *     file
   */
  public static WeightFile read(Path file) {
    ByteBuffer head = head(file);
    if (TorchFile.isZip(head)) {
      return ofTorch(file, Form.TORCH, TorchFile.readZip(file));
    }
    if (head.remaining() > 0 && isPickle(head.get(0) & 255)) {
      return ofPickles(file);
    }
    SafetensorsFile content = Safetensors.read(file);
    return new WeightFile(
        content.name(),
        Form.SAFETENSORS,
        content.tensors(),
        content.metadata(),
        OptionalInt.empty(),
        Map.of());
  }

  /** The tensors without the prefix that PyTorch's data-parallel training gives all names. */
  public Map<String, HostTensor> unwrapped() {
    if (tensors.isEmpty() || !tensors.keySet().stream().allMatch(n -> n.startsWith(PARALLEL))) {
      return tensors;
    }
    Map<String, HostTensor> out = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> out.put(name.substring(PARALLEL.length()), tensor));
    return out;
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
                    "%s: two tensors would be called %s".formatted(this.name, other));
              }
            });
    return out;
  }

  /** Protocol 2 and later, or a dict or mark of protocols 0 and 1. */
  private static boolean isPickle(int first) {
    return first == 0x80 || first == '(' || first == '}';
  }

  private static ByteBuffer head(Path file) {
    if (!Files.isRegularFile(file)) {
      return ByteBuffer.allocate(0);
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] head = in.readNBytes(8);
      // A safetensors file begins with the length of its header, which is less than 4 GiB.
      boolean length = head.length == 8 && (head[4] | head[5] | head[6] | head[7]) == 0;
      boolean safetensors = length && !TorchFile.isZip(ByteBuffer.wrap(head));
      return ByteBuffer.wrap(safetensors ? new byte[0] : head);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + FileFailure.reason(e), e);
    }
  }

  private static WeightFile ofPickles(Path file) {
    return ofPickles(file, TorchFile.map(file));
  }

  /** Of bytes that begin with a pickle. */
  static WeightFile ofPickles(Path file, ByteBuffer in) {
    try {
      Object first = new PickleReader(in).read();
      if (TorchFile.isLegacy(first)) {
        return ofTorch(file, Form.TORCH_LEGACY, TorchFile.readLegacy(in));
      }
      if (Detectron2Weights.fits(first)) {
        return ofPickle(file, Form.DETECTRON2, Detectron2Weights.tensors(first));
      }
      if (Caffe2Weights.fits(first)) {
        return ofPickle(file, Form.CAFFE2, Caffe2Weights.tensors(first));
      }
      throw new PickleException("is a pickle, but has no weights that are known");
    } catch (PickleException e) {
      throw new CheckpointException(file + ": " + e.getMessage(), e);
    }
  }

  private static WeightFile ofPickle(Path file, Form form, Map<String, HostTensor> tensors) {
    return new WeightFile(file.toString(), form, tensors, Map.of(), OptionalInt.empty(), Map.of());
  }

  private static WeightFile ofTorch(Path file, Form form, Object saved) {
    if (!(saved instanceof Map<?, ?> root)) {
      throw new CheckpointException(
          file + ": holds no state dict; save model.state_dict(), not the model itself");
    }
    Map<?, ?> model = root.get("model") instanceof Map<?, ?> inner ? inner : root;
    if (model == root && root.get("state_dict") instanceof Map<?, ?> inner) {
      model = inner;
    }
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    model.forEach(
        (key, value) -> {
          if (value instanceof HostTensor tensor) {
            tensors.put(String.valueOf(key), tensor);
          }
        });
    OptionalInt iteration =
        root.get("iteration") instanceof Long n && n >= 0 && n < Integer.MAX_VALUE
            ? OptionalInt.of(n.intValue())
            : OptionalInt.empty();
    return new WeightFile(
        file.toString(), form, tensors, Map.of(), iteration, momenta(root.get("optimizer")));
  }

  private static Map<Integer, HostTensor> momenta(Object optimizer) {
    Map<Integer, HostTensor> out = new LinkedHashMap<>();
    if (optimizer instanceof Map<?, ?> o
        && o.get("state") instanceof Map<?, ?> state
        && o.get("param_groups") instanceof List<?>) {
      state.forEach(
          (key, value) -> {
            if (key instanceof Long n
                && value instanceof Map<?, ?> buffers
                && buffers.get("momentum_buffer") instanceof HostTensor tensor) {
              out.put(n.intValue(), tensor);
            }
          });
    }
    return out;
  }
}

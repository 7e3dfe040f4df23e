package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.weights.PickleException.Unread;
import dev.maskrcnn.detection.weights.PickleValue.Made;
import dev.maskrcnn.detection.weights.PickleValue.Name;
import dev.maskrcnn.detection.weights.PickleValue.Persistent;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.TensorType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes the tensors that a pickle describes, PyTorch's and numpy's, one by one when asked. */
final class PickledTensors {
  private static final String PYTORCH = "torch._utils._rebuild_";

  /** A tensor, the same with a type of its own, and one that only PyTorch knows. */
  private static final Set<String> TENSORS = Set.of("tensor", "tensor_v2", "tensor_v3");

  private static final Set<String> PARAMETERS =
      Set.of(
          PYTORCH + "parameter", PYTORCH + "parameter_with_state", "torch.nn.parameter.Parameter");

  private static final Map<String, TensorType> TYPES =
      Map.ofEntries(
          Map.entry("FloatStorage", TensorType.F32),
          Map.entry("DoubleStorage", TensorType.F64),
          Map.entry("HalfStorage", TensorType.F16),
          Map.entry("BFloat16Storage", TensorType.BF16),
          Map.entry("LongStorage", TensorType.I64),
          Map.entry("IntStorage", TensorType.I32),
          Map.entry("ShortStorage", TensorType.I16),
          Map.entry("CharStorage", TensorType.I8),
          Map.entry("ByteStorage", TensorType.U8),
          Map.entry("BoolStorage", TensorType.BOOL),
          Map.entry("uint16", TensorType.U16),
          Map.entry("uint32", TensorType.U32),
          Map.entry("uint64", TensorType.U64),
          Map.entry("float8_e4m3fn", TensorType.F8_E4M3),
          Map.entry("float8_e5m2", TensorType.F8_E5M2));

  /** Bytes per element of further storages, which are skipped; one for those not listed. */
  private static final Map<String, Integer> WIDTHS =
      Map.of("ComplexFloatStorage", 8, "ComplexDoubleStorage", 16, "QInt32Storage", 4);

  /**
   * A storage.
   *
   * @param key in the file
   * @param type name of its class
   * @param elements number of elements
   */
  record Storage(String key, String type, long elements) {
    int width() {
      TensorType known = TYPES.get(type);
      return known == null ? WIDTHS.getOrDefault(type, 1) : known.bytes();
    }

    long bytes() {
      return elements * width();
    }
  }

  /** Where the data of storages is. */
  interface Storages {
    /** All bytes of a storage. */
    ByteBuffer read(Storage storage);
  }

  private final Storages storages;
  private long room;

  /**
   * @param storages where the data is
   * @param fileBytes size of the file: views of the same data may be a few times as large together,
   *     but a small file must not become gigabytes
   */
  PickledTensors(Storages storages, long fileBytes) {
    this.storages = storages;
    this.room = 4 * fileBytes + (64L << 20);
  }

  /** Whether a value describes a tensor, be it one that is not read. */
  static boolean is(Object value) {
    return value instanceof Made made
        && (NumpyArray.is(made)
            || PARAMETERS.contains(made.callee.toString())
            || made.callee.toString().startsWith(PYTORCH));
  }

  /**
   * The tensor that a value describes.
   *
   * @throws Unread if it is of a type or kind that is not read
   * @throws PickleException if it is damaged
   */
  HostTensor read(Object value) {
    Made made = (Made) value;
    if (NumpyArray.is(made)) {
      return dense(NumpyArray.read(made));
    }
    if (PARAMETERS.contains(made.callee.toString())
        && !made.arguments.isEmpty()
        && made.arguments.get(0) instanceof Made data
        && !PARAMETERS.contains(data.callee.toString())) {
      return read(data);
    }
    String kind = made.callee.toString().replace(PYTORCH, "");
    if (!TENSORS.contains(kind)) {
      throw new Unread("is made by %s, which is not known".formatted(made.callee));
    }
    List<?> arguments = made.arguments;
    if (arguments.size() < 4 || !(arguments.get(1) instanceof Long offset)) {
      throw new PickleException("is not described as PyTorch does");
    }
    long[] shape = StoredTensor.extents(arguments.get(2));
    long[] strides = StoredTensor.extents(arguments.get(3));
    if (arguments.get(0) instanceof Made bytes) {
      // pickle.dump instead of torch.save: the storage is the bytes of a file of its own.
      TypedBytes inner = TorchFile.nested(bytes);
      return dense(new StoredTensor(inner.data, type(inner.type), offset, shape, strides));
    }
    if (!(arguments.get(0) instanceof Persistent reference)) {
      throw new PickleException("is not described as PyTorch does");
    }
    Storage storage = storage(reference);
    boolean typed = kind.equals("tensor_v3") && arguments.size() > 6;
    TensorType type = type(typed && arguments.get(6) instanceof Name n ? n.name() : storage.type);
    return dense(new StoredTensor(storages.read(storage), type, offset, shape, strides));
  }

  /** The bytes of a storage and the name of their type. */
  record TypedBytes(String type, ByteBuffer data) {}

  private static TensorType type(String name) {
    TensorType type = TYPES.get(name);
    if (type == null) {
      throw new Unread("is of type %s, which is not known".formatted(name));
    }
    return type;
  }

  private HostTensor dense(StoredTensor tensor) {
    room -= tensor.bytes();
    if (room < 0) {
      throw new PickleException(
          "has shape %s: the tensors are much larger than the file"
              .formatted(Arrays.toString(tensor.shape())));
    }
    return tensor.toHost();
  }

  /** {@code ('storage', torch.FloatStorage, key, location, elements, …)}. */
  static Storage storage(Persistent reference) {
    if (reference.id() instanceof List<?> id
        && id.size() >= 5
        && "storage".equals(id.get(0))
        && id.get(1) instanceof Name type
        && (id.get(2) instanceof String || id.get(2) instanceof Long)
        && id.get(4) instanceof Long elements) {
      if (elements < 0 || elements > Integer.MAX_VALUE) {
        throw new PickleException("has a storage of " + elements + " elements");
      }
      return new Storage(id.get(2).toString(), type.name(), elements);
    }
    throw new PickleException("refers to data in a way that PyTorch does not");
  }
}

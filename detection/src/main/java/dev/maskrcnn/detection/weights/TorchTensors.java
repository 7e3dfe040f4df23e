package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.weights.PickleValue.Made;
import dev.maskrcnn.detection.weights.PickleValue.Name;
import dev.maskrcnn.detection.weights.PickleValue.Persistent;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.TensorType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Makes what a pickle of PyTorch describes: tensors become {@link HostTensor}s, ordered dicts
 * become maps, parameters their tensors; objects of other classes stay as they are.
 */
final class TorchTensors {
  private static final int DEEPEST = 64;

  private static final Map<String, TensorType> STORAGES =
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
          Map.entry("BoolStorage", TensorType.BOOL));

  /** A storage by its key in the file. */
  record Storage(String key, TensorType type, long elements) {
    long bytes() {
      return elements * type.bytes();
    }
  }

  private final BiFunction<Storage, Integer, ByteBuffer> storages;

  /**
   * @param storages the data of a storage; the number is that of bytes
   */
  TorchTensors(BiFunction<Storage, Integer, ByteBuffer> storages) {
    this.storages = storages;
  }

  /** The value with all tensors made. */
  Object made(Object value) {
    return made(value, 0);
  }

  private Object made(Object value, int depth) {
    if (depth > DEEPEST) {
      throw new PickleException("is nested more than " + DEEPEST + " deep");
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> out = new LinkedHashMap<>();
      map.forEach((k, v) -> out.put(k, made(v, depth + 1)));
      return out;
    }
    if (value instanceof List<?> list) {
      List<Object> out = new ArrayList<>(list.size());
      list.forEach(v -> out.add(made(v, depth + 1)));
      return out;
    }
    if (value instanceof Made made) {
      return object(made, depth + 1);
    }
    return value;
  }

  private Object object(Made made, int depth) {
    Name callee = made.callee;
    if (callee.is("torch._utils._rebuild_tensor_v2")
        || callee.is("torch._utils._rebuild_tensor")
        || callee.is("torch._utils._rebuild_tensor_v3")) {
      return tensor(made.arguments);
    }
    if (callee.is("torch._utils._rebuild_parameter")
        || callee.is("torch._utils._rebuild_parameter_with_state")
        || callee.is("torch.nn.parameter.Parameter")) {
      return made.arguments.isEmpty() ? made : made(made.arguments.get(0), depth);
    }
    if (callee.name().equals("OrderedDict") || callee.name().equals("defaultdict")) {
      return made(made.entries, depth);
    }
    return made;
  }

  private HostTensor tensor(List<?> arguments) {
    if (arguments.size() < 4
        || !(arguments.get(0) instanceof Persistent reference)
        || !(arguments.get(1) instanceof Long offset)) {
      throw new PickleException("has a tensor that is not described as PyTorch does");
    }
    Storage storage = storage(reference);
    StoredTensor view =
        new StoredTensor(
            storage.type, offset, extents(arguments.get(2)), extents(arguments.get(3)));
    int bytes = Math.toIntExact(Math.min(storage.bytes(), Integer.MAX_VALUE));
    return view.in(storages.apply(storage, bytes));
  }

  /** {@code ('storage', torch.FloatStorage, key, location, elements, …)}. */
  static Storage storage(Persistent reference) {
    if (reference.id() instanceof List<?> id
        && id.size() >= 5
        && "storage".equals(id.get(0))
        && id.get(1) instanceof Name type
        && id.get(4) instanceof Long elements) {
      TensorType element = STORAGES.get(type.name());
      if (element == null) {
        throw new PickleException("has a tensor of type " + type.name() + ", which is not known");
      }
      if (elements < 0 || elements > Integer.MAX_VALUE) {
        throw new PickleException("has a storage of " + elements + " elements");
      }
      return new Storage(String.valueOf(id.get(2)), element, elements);
    }
    throw new PickleException("refers to data in a way that PyTorch does not");
  }

  private static long[] extents(Object value) {
    if (!(value instanceof List<?> list)) {
      throw new PickleException("has a tensor without a shape");
    }
    long[] out = new long[list.size()];
    for (int i = 0; i < out.length; i++) {
      if (!(list.get(i) instanceof Long n)) {
        throw new PickleException("has a tensor with a shape that is no numbers");
      }
      out[i] = n;
    }
    return out;
  }
}

package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.weights.PickleValue.Made;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Arrays of numpy in pickles of protocol 0 to 5. */
final class NumpyArray {
  private static final Map<String, TensorType> TYPES =
      Map.of(
          "f4", TensorType.F32,
          "f8", TensorType.F64,
          "f2", TensorType.F16,
          "i8", TensorType.I64,
          "i4", TensorType.I32,
          "i2", TensorType.I16,
          "i1", TensorType.I8,
          "u1", TensorType.U8,
          "b1", TensorType.BOOL);

  /** Such an array is made empty and gets a state. */
  private static final String WITH_STATE = "_reconstruct";

  /** Protocol 5 makes it of a buffer in one call. */
  private static final String OF_BUFFER = "_frombuffer";

  private NumpyArray() {}

  /** Whether a value of a pickle is an array. */
  static boolean is(Object value) {
    return value instanceof Made made
        && (made.callee.name().equals(WITH_STATE) || made.callee.name().equals(OF_BUFFER));
  }

  /**
   * The array as a tensor.
   *
   * @param name for messages
   * @throws PickleException if it is damaged, or of a type that is not known
   */
  static HostTensor read(String name, Object value) {
    Made made = (Made) value;
    if (made.callee.name().equals(OF_BUFFER)) {
      List<?> call = made.arguments;
      if (call.size() < 4
          || !(call.get(1) instanceof Made dtype)
          || !(call.get(2) instanceof List<?> extents)) {
        throw new PickleException("tensor " + name + " is no numpy array");
      }
      return tensor(name, extents, dtype, "F".equals(call.get(3)), call.get(0));
    }
    // State: version, shape, type, whether column-major, bytes.
    if (!(made.state instanceof List<?> state)
        || state.size() < 5
        || !(state.get(1) instanceof List<?> extents)
        || !(state.get(2) instanceof Made dtype)) {
      throw new PickleException("tensor " + name + " is no numpy array");
    }
    boolean columns = Boolean.TRUE.equals(state.get(3)) || Long.valueOf(1).equals(state.get(3));
    return tensor(name, extents, dtype, columns, state.get(4));
  }

  private static HostTensor tensor(
      String name, List<?> extents, Made dtype, boolean columns, Object content) {
    long[] shape = new long[extents.size()];
    for (int i = 0; i < shape.length; i++) {
      if (!(extents.get(i) instanceof Long n)) {
        throw new PickleException("tensor " + name + " has no shape");
      }
      shape[i] = n;
    }
    ByteBuffer data = ByteBuffer.wrap(bytes(name, content)).order(ByteOrder.LITTLE_ENDIAN);
    long[] strides = columns ? StoredTensor.fortran(shape) : StoredTensor.dense(shape);
    return new StoredTensor(type(name, dtype), 0, shape, strides).in(data);
  }

  private static TensorType type(String name, Made dtype) {
    String code = dtype.arguments.isEmpty() ? "" : String.valueOf(dtype.arguments.get(0));
    TensorType type = TYPES.get(code);
    boolean big =
        dtype.state instanceof List<?> state && state.size() > 1 && ">".equals(state.get(1));
    if (type == null || big) {
      throw new PickleException(
          "tensor %s is of numpy type %s%s, which is not known"
              .formatted(name, big ? ">" : "", code));
    }
    return type;
  }

  /** Python 3 writes bytes as a call of {@code _codecs.encode} on Latin-1 text. */
  private static byte[] bytes(String name, Object value) {
    if (value instanceof byte[] bytes) {
      return bytes;
    }
    if (value instanceof String text) {
      return text.getBytes(StandardCharsets.ISO_8859_1);
    }
    if (value instanceof Made made
        && made.callee.is("_codecs.encode")
        && !made.arguments.isEmpty()
        && made.arguments.get(0) instanceof String text) {
      return text.getBytes(StandardCharsets.ISO_8859_1);
    }
    throw new PickleException("tensor " + name + " has no data");
  }
}

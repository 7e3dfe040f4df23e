package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.weights.PickleValue.Made;
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

  /** A described array: its shape, its type, whether it is column-major, its bytes. */
  private record Parts(List<?> shape, Made type, boolean columns, Object content) {}

  /**
   * The array as a view of its bytes.
   *
   * @throws PickleException if it is damaged, or of a type that is not known
   */
  static StoredTensor read(Made array) {
    Parts parts = parts(array);
    TensorType type = type(parts.type);
    long[] shape = StoredTensor.extents(parts.shape);
    long[] strides = parts.columns ? StoredTensor.fortran(shape) : StoredTensor.dense(shape);
    return new StoredTensor(bytes(parts.content), type, 0, shape, strides);
  }

  private static Parts parts(Made array) {
    List<?> call = array.arguments;
    if (array.callee.name().equals(OF_BUFFER)) {
      if (call.size() >= 4
          && call.get(1) instanceof Made type
          && call.get(2) instanceof List<?> shape) {
        return new Parts(shape, type, "F".equals(call.get(3)), call.get(0));
      }
    } else if (array.state instanceof List<?> state
        && state.size() >= 5
        && state.get(1) instanceof List<?> shape
        && state.get(2) instanceof Made type) {
      // State: version, shape, type, whether column-major, bytes.
      boolean columns = Boolean.TRUE.equals(state.get(3)) || Long.valueOf(1).equals(state.get(3));
      return new Parts(shape, type, columns, state.get(4));
    }
    throw new PickleException("is not a numpy array");
  }

  private static TensorType type(Made dtype) {
    Object code = dtype.arguments.isEmpty() ? null : dtype.arguments.get(0);
    String text = code instanceof String s ? s : "?";
    boolean big =
        dtype.state instanceof List<?> state && state.size() > 1 && ">".equals(state.get(1));
    TensorType type = TYPES.get(text);
    if (type == null || big) {
      throw new PickleException.Unread(
          "is of numpy type %s%s, which is not known".formatted(big ? ">" : "", text));
    }
    return type;
  }

  /** Python 3 writes bytes for protocols 0 to 2 as a call of {@code _codecs.encode} on text. */
  static ByteBuffer bytes(Object value) {
    Object content = value;
    if (value instanceof Made made
        && made.callee.is("_codecs.encode")
        && !made.arguments.isEmpty()) {
      content = made.arguments.get(0);
    }
    if (content instanceof String text) {
      content = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }
    if (content instanceof ByteBuffer bytes) {
      return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }
    throw new PickleException("has no data");
  }
}

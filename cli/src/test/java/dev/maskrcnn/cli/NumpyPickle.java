package dev.maskrcnn.cli;

import dev.maskrcnn.tensor.io.HostTensor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Pickles of float arrays as detectron2's model zoo has them, in protocol 3. */
final class NumpyPickle {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private NumpyPickle() {}

  /** {@code {"model": {name: array}, "__author__": ..., "matching_heuristics": True}}. */
  static byte[] zoo(Map<String, HostTensor> tensors) {
    NumpyPickle p = new NumpyPickle();
    p.codes(0x80, 3, '}', '(').text("model").codes('}', '(');
    tensors.forEach((name, tensor) -> p.text(name).array(tensor));
    p.codes('u').text("__author__").text("Detectron2 Model Zoo");
    p.text("matching_heuristics").codes(0x88, 'u', '.');
    return p.out.toByteArray();
  }

  private NumpyPickle codes(int... codes) {
    for (int code : codes) {
      out.write(code);
    }
    return this;
  }

  private NumpyPickle word(int value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    return this;
  }

  private NumpyPickle text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    codes('X').word(bytes.length).out.writeBytes(bytes);
    return this;
  }

  private NumpyPickle global(String module, String name) {
    out.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  private void array(HostTensor tensor) {
    float[] values = tensor.floats();
    global("numpy.core.multiarray", "_reconstruct").global("numpy", "ndarray");
    codes('K', 0, 0x85, 'C', 1, 'b', 0x87, 'R', '(', 'K', 1, '(');
    for (long extent : tensor.shape()) {
      codes('J').word((int) extent);
    }
    codes('t').global("numpy", "dtype").text("f4").codes('K', 0, 'K', 1, 0x87, 'R', '(', 'K', 3);
    text("<").codes('N', 'N', 'N', 'J').word(-1).codes('J').word(-1).codes('K', 0, 't', 'b', 0x89);
    ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    codes('B').word(4 * values.length).out.writeBytes(data.array());
    codes('t', 'b');
  }
}

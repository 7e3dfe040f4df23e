package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Spec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;

/** An input of an op, the same on every device. */
public interface Input {
  /** Shape and type. */
  Spec spec();

  /** A tensor with this content in the current frame. */
  Tensor on(Device device);

  /** An output of another op, which the device computes. */
  static Input output(int index, Op op, Input... inputs) {
    Spec spec = op.infer(Stream.of(inputs).map(Input::spec).toList()).get(index);
    return new Input() {
      @Override
      public Spec spec() {
        return spec;
      }

      @Override
      public Tensor on(Device device) {
        return device.dispatch(op, Stream.of(inputs).map(i -> i.on(device)).toList()).get(index);
      }
    };
  }

  /** Floating-point numbers that are a short block over and over: quick to make at any size. */
  record Repeated(Spec spec, float[] block) implements Input {
    @Override
    public Tensor on(Device device) {
      Tensor t = device.empty(new Spec(spec.shape(), DType.F32));
      int n = Math.toIntExact(t.shape().size());
      ByteBuffer bytes = ByteBuffer.allocate(4 * n).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < n; i += block.length) {
        bytes.asFloatBuffer().put(i, block, 0, Math.min(block.length, n - i));
      }
      t.write(bytes);
      return spec.dtype() == DType.F32
          ? t
          : device.dispatch(new Cast(spec.dtype()), List.of(t)).get(0);
    }
  }
}

package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/** An input of a case: a spec and the values, which the type can represent. */
public record Operand(Spec spec, double[] values) implements Input {
  public Operand {
    if (spec.shape().size() != values.length) {
      throw new IllegalArgumentException(values.length + " values for " + spec);
    }
  }

  /** Floats, rounded to F32. */
  public static Operand f32(Shape shape, double... values) {
    double[] rounded = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = (float) values[i];
    }
    return new Operand(new Spec(shape, DType.F32), rounded);
  }

  /** Floats, rounded to F32. */
  public static Operand f32(Shape shape, float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return new Operand(new Spec(shape, DType.F32), wide);
  }

  /** A vector of integers. */
  public static Operand i32(int... values) {
    return i32(Shape.of(values.length), values);
  }

  /** Integers. */
  public static Operand i32(Shape shape, int... values) {
    return integers(new Spec(shape, DType.I32), values);
  }

  /** Flags or bytes. */
  public static Operand u8(Shape shape, int... values) {
    return integers(new Spec(shape, DType.U8), values);
  }

  private static Operand integers(Spec spec, int... values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return new Operand(spec, wide);
  }

  /** The same values as another type. */
  public Operand as(DType dtype) {
    return new Operand(new Spec(spec.shape(), dtype), values);
  }

  /** The same values under another shape. */
  public Operand reshape(int... dims) {
    return new Operand(new Spec(Shape.of(dims), spec.dtype()), values);
  }

  @Override
  public Tensor on(Device device) {
    Shape shape = spec.shape();
    return switch (spec.dtype()) {
      case F32, F64 -> device.of(spec.dtype(), shape, values);
      case I32 -> {
        int[] n = new int[values.length];
        for (int i = 0; i < n.length; i++) {
          n[i] = (int) values[i];
        }
        yield device.of(shape, n);
      }
      case U8 -> {
        byte[] b = new byte[values.length];
        for (int i = 0; i < b.length; i++) {
          b[i] = (byte) values[i];
        }
        yield device.of(shape, b);
      }
      case F16, BF16 -> {
        Tensor wide = device.of(DType.F32, shape, values);
        yield device.dispatch(new Cast(spec.dtype()), List.of(wide)).get(0);
      }
      case I64 -> throw new IllegalArgumentException("no case has I64 inputs");
    };
  }

  /** The content of a tensor of any type that a case can have. */
  public static double[] read(Tensor t) {
    if (t.spec().dtype() == DType.F16 || t.spec().dtype() == DType.BF16) {
      return t.device().dispatch(new Cast(DType.F32), List.of(t)).get(0).toDoubles();
    }
    return t.toDoubles();
  }
}

package dev.maskrcnn.nn;

import dev.maskrcnn.autograd.Trainable;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * A named tensor of a model that outlives steps: a weight, or a buffer such as the statistics of a
 * frozen norm. Its memory never changes place; loading and updating overwrite it and advance {@link
 * #version}.
 */
public final class Parameter implements Trainable {

  /** Whether the optimiser may ever see it. */
  public enum Role {
    /** A weight; {@link Parameter#trainable} unless frozen. */
    WEIGHT,
    /** Saved with the model, never trained. */
    BUFFER
  }

  private final String name;
  private final Tensor tensor;
  private final Layout layout;
  private final Role role;
  private boolean frozen;
  private Tensor copy;
  private long copyVersion;

  Parameter(String name, Tensor tensor, Layout layout, Role role) {
    this.name = name;
    this.tensor = tensor;
    this.layout = layout;
    this.role = role;
  }

  /** Name in the state dict. */
  @Override
  public String name() {
    return name;
  }

  /** The value; owned by the {@link StateDict}. */
  @Override
  public Tensor tensor() {
    return tensor;
  }

  /** Extents here. */
  public Shape shape() {
    return tensor.shape();
  }

  /** How the extents relate to those of checkpoints. */
  public Layout layout() {
    return layout;
  }

  /** Weight or buffer. */
  public Role role() {
    return role;
  }

  /** True if gradients are wanted and the optimiser updates it. */
  public boolean trainable() {
    return role == Role.WEIGHT && !frozen;
  }

  /** Takes this out of training. */
  public void freeze() {
    frozen = true;
  }

  /** Takes this into training again; a buffer stays out. */
  public void unfreeze() {
    frozen = false;
  }

  /** Advances whenever the value is overwritten. */
  public long version() {
    return tensor.storage().version();
  }

  /**
   * The value rounded to a half-precision type: what a network of that precision reads. The copy is
   * kept; it is made anew only if the value changed behind it.
   */
  public Tensor rounded(DType type) {
    if (copy != null && copy.spec().dtype() == type && copyVersion == version()) {
      return copy;
    }
    dropCopy();
    Device device = tensor.device();
    Frame frame = device.push("round " + name);
    try (frame) {
      copy = device.dispatch(new Cast(type), List.of(tensor)).get(0).promote();
    }
    copyVersion = version();
    return copy;
  }

  /** The rounded copy, if the network reads one. */
  public Optional<Tensor> copy() {
    return Optional.ofNullable(copy);
  }

  /** An update wrote the copy together with the value. */
  public void copyIsCurrent() {
    copyVersion = version();
  }

  void dropCopy() {
    if (copy != null) {
      copy.close();
      copy = null;
    }
  }

  /** Extents in a checkpoint. */
  public Shape checkpointShape() {
    return layout.checkpointShape(shape());
  }

  /** Overwrites the value with numbers in the order of a checkpoint. */
  public void load(float[] checkpointValues) {
    if (checkpointValues.length != shape().size()) {
      throw new NnException(
          name
              + ": "
              + checkpointValues.length
              + " values given, expected "
              + shape().size()
              + " for shape "
              + checkpointShape());
    }
    assign(layout.fromCheckpoint(checkpointValues, shape()));
  }

  /** The value in the order of a checkpoint. */
  public float[] save() {
    return layout.toCheckpoint(floats(), shape());
  }

  /** Overwrites the value with numbers in the order used here. */
  public void assign(float[] values) {
    tensor.write(encode(tensor, values));
  }

  /** The numbers as bytes of a tensor's type. */
  public static ByteBuffer encode(Tensor target, float[] values) {
    DType type = target.spec().dtype();
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    switch (type) {
      case F32 -> bytes.asFloatBuffer().put(values);
      case F64 -> {
        for (int i = 0; i < values.length; i++) {
          bytes.putDouble(8 * i, values[i]);
        }
      }
      default ->
          throw new NnException("parameters are f32 (f64 on the reference device), got " + type);
    }
    return bytes;
  }

  private float[] floats() {
    if (tensor.spec().dtype() == DType.F32) {
      return tensor.toFloats();
    }
    double[] d = tensor.toDoubles();
    float[] f = new float[d.length];
    for (int i = 0; i < f.length; i++) {
      f[i] = (float) d[i];
    }
    return f;
  }

  @Override
  public String toString() {
    return name
        + " "
        + tensor.spec()
        + (trainable() ? "" : role == Role.BUFFER ? " buffer" : " frozen");
  }
}

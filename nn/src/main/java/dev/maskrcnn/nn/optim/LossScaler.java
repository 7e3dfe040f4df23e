package dev.maskrcnn.nn.optim;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.op.Update.SgdUpdate;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Spec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The loss scale of a run. It lives on the device, where each update reads and moves it, so that no
 * step waits for it: differentiate {@link #scale} times the loss, the update takes it out again.
 */
public final class LossScaler implements AutoCloseable {
  private final LossScaling scaling;
  private final Tensor scale;
  private final Tensor counters;

  /** At the start of a run. */
  public LossScaler(Device device, LossScaling scaling) {
    this.scaling = scaling;
    this.scale = device.empty(Spec.of(DType.F32, 1)).promote();
    this.counters = device.empty(Spec.of(DType.I32, SgdUpdate.COUNTERS)).promote();
    restore(scaling.start());
  }

  /** The rule. */
  public LossScaling scaling() {
    return scaling;
  }

  /** The factor of the next loss, F32 {@code [1]}. Its content changes with each update. */
  public Tensor scale() {
    return scale;
  }

  /** Tracker, whether the last step was skipped, steps taken and skipped: I32, first four words. */
  public Tensor counters() {
    return counters;
  }

  /** Where the scaling stands; waits for the device. */
  public LossScaling.State state() {
    return state(scale.toFloats()[0], counters.toInts());
  }

  /** A state from copies of {@link #scale} and {@link #counters}. */
  public static LossScaling.State state(float scale, int[] counters) {
    return new LossScaling.State(scale, counters[0], counters[1] != 0, counters[2], counters[3]);
  }

  /** Goes on from a state, such as that of a checkpoint. */
  public void restore(LossScaling.State from) {
    ByteBuffer words =
        ByteBuffer.allocate(Integer.BYTES * SgdUpdate.COUNTERS).order(ByteOrder.LITTLE_ENDIAN);
    words.asIntBuffer().put(0, from.tracker()).put(1, from.skippedLast() ? 1 : 0);
    words.asIntBuffer().put(2, from.taken()).put(3, from.skipped());
    counters.write(words);
    ByteBuffer value = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    scale.write(value.putFloat(0, from.scale()));
  }

  @Override
  public void close() {
    scale.close();
    counters.close();
  }
}

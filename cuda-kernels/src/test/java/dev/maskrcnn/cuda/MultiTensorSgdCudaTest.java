package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Many parameters of all types at once, against plain Java with the same roundings. */
@SuppressWarnings("try") // frames free what is made in them
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MultiTensorSgdCudaTest {
  /** Around vectors and around the chunk of 16,384 elements. */
  private static final int[] SIZES = {1, 3, 4, 0, 31, 2051, 16383, 16384, 16385, 40001};

  private static final DType[] TYPES = {DType.F32, DType.F16, DType.BF16};
  private static final float RATE = 0.02f;
  private static final float MOMENTUM = 0.9f;
  private static final float SCALE = 1024;

  private final Philox random = new Philox(8, 0);
  private Device device;
  private long drawn;

  @BeforeAll
  void open() {
    device = CudaTestDevice.open();
  }

  @AfterAll
  void close() {
    if (device != null) {
      device.close();
    }
  }

  /** One parameter on the host: what the device must arrive at. */
  private final class Mirror {
    final float[] p;
    final float[] v;
    final DType gradientType;
    final TestedSgd.Parameter device;

    Mirror(int index, int size) {
      p = normal(size, 1);
      v = new float[size];
      gradientType = TYPES[index % 3];
      DType copyType = TYPES[(index / 2 + index) % 3];
      Shape shape = Shape.of(size);
      device =
          TestedSgd.parameter(
              "p" + index,
              MultiTensorSgdCudaTest.this.device.of(shape, p),
              MultiTensorSgdCudaTest.this.device.of(shape, v),
              copyType == DType.F32 ? null : as(copyType, new float[size]),
              index % 2 + 1,
              index % 2 == 0 ? 1e-4 : 0);
    }

    void step(float[] gradient, float scale) {
      float inverse = 1 / scale;
      float rate = RATE * (device.rule().bias() ? 2 : 1);
      float decay = (float) device.rule().decay();
      for (int i = 0; i < p.length; i++) {
        float d = Math.fma(decay, p[i], gradient[i] * inverse);
        v[i] = MOMENTUM * v[i] + d;
        p[i] = Math.fma(-rate, v[i], p[i]);
      }
    }

    void check(String when) {
      String what = when + ": parameter " + device.name() + " of " + p.length;
      assertArrayEquals(p, device.value().toFloats(), what);
      assertArrayEquals(v, device.momentum().toFloats(), what + ", momentum");
      if (device.copy() != null) {
        DType type = device.copy().spec().dtype();
        assertArrayEquals(rounded(type, p), floats(device.copy()), what + ", copy in " + type);
      }
    }
  }

  private float[] normal(int size, double deviation) {
    float[] f = new float[size];
    for (int i = 0; i < size; i++) {
      f[i] = (float) (deviation * random.normal(drawn++));
    }
    return f;
  }

  private static float[] rounded(DType type, float[] values) {
    return switch (type) {
      case F16 -> HostTensor.halves(values, values.length).floats();
      case BF16 -> HostTensor.brains(values, values.length).floats();
      default -> values;
    };
  }

  private Tensor as(DType type, float[] values) {
    Tensor wide = device.of(Shape.of(values.length), values);
    return type == DType.F32 ? wide : device.dispatch(new Cast(type), List.of(wide)).get(0);
  }

  private float[] floats(Tensor t) {
    return t.spec().dtype() == DType.F32
        ? t.toFloats()
        : device.dispatch(new Cast(DType.F32), List.of(t)).get(0).toFloats();
  }

  private List<Mirror> mirrors() {
    List<Mirror> all = new ArrayList<>();
    for (int i = 0; i < SIZES.length; i++) {
      all.add(new Mirror(i, SIZES[i]));
    }
    return all;
  }

  private TestedSgd over(List<Mirror> mirrors, LossScaling scaling) {
    return new TestedSgd(device, mirrors.stream().map(m -> m.device).toList(), scaling);
  }

  /** Gradients of the scaled loss, each in its type; the numbers as the device has them. */
  private List<float[]> gradients(List<Mirror> mirrors, float scale) {
    return mirrors.stream()
        .map(m -> rounded(m.gradientType, normal(m.p.length, 0.1 * scale)))
        .toList();
  }

  private List<Tensor> onDevice(List<Mirror> mirrors, List<float[]> gradients) {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < gradients.size(); i++) {
      tensors.add(as(mirrors.get(i).gradientType, gradients.get(i)));
    }
    return tensors;
  }

  private void step(TestedSgd sgd, List<Mirror> mirrors, List<float[]> gradients, float scale) {
    try (Frame frame = device.push("step")) {
      sgd.step(onDevice(mirrors, gradients), RATE, MOMENTUM);
    }
    for (int i = 0; i < gradients.size(); i++) {
      mirrors.get(i).step(gradients.get(i), scale);
    }
  }

  @Test
  void mixedTypesAndSizes() {
    try (Frame frame = device.push("test")) {
      List<Mirror> mirrors = mirrors();
      try (TestedSgd sgd = over(mirrors, new LossScaling(SCALE, 2, 0.5, 2))) {
        float scale = SCALE;
        for (int i = 0; i < 3; i++) {
          step(sgd, mirrors, gradients(mirrors, scale), scale);
          scale = i == 1 ? 2 * scale : scale;
          for (Mirror m : mirrors) {
            m.check("after step " + i);
          }
        }
        assertEquals(new LossScaling.State(2 * SCALE, 1, false, 3, 0), sgd.state());
        assertEquals(2 * SCALE, sgd.scale().toFloats()[0]);
      }
    }
  }

  @Test
  void oneBadElementAnywhereSkipsTheStep() {
    try (Frame frame = device.push("test")) {
      List<Mirror> mirrors = mirrors();
      try (TestedSgd sgd = over(mirrors, new LossScaling(SCALE, 2, 0.5, 100))) {
        step(sgd, mirrors, gradients(mirrors, SCALE), SCALE);
        int skipped = 0;
        float scale = SCALE;
        for (int i = 0; i < SIZES.length; i++) {
          if (SIZES[i] == 0) {
            continue;
          }
          List<float[]> gradients = gradients(mirrors, scale);
          int at = i % 2 == 0 ? SIZES[i] - 1 : SIZES[i] / 2;
          gradients.get(i)[at] = i % 3 == 0 ? Float.NaN : Float.NEGATIVE_INFINITY;
          try (Frame inner = device.push("bad step")) {
            sgd.step(onDevice(mirrors, gradients), RATE, MOMENTUM);
          }
          scale /= 2;
          skipped++;
          assertEquals(new LossScaling.State(scale, 0, true, 1, skipped), sgd.state());
        }
        mirrors.forEach(m -> m.check("after skipped steps"));
        step(sgd, mirrors, gradients(mirrors, scale), scale);
        mirrors.forEach(m -> m.check("after a finite step"));
      }
    }
  }

  @Test
  void withoutScalingNothingIsChecked() {
    try (Frame frame = device.push("test")) {
      List<Mirror> mirrors = mirrors();
      try (TestedSgd sgd = over(mirrors, LossScaling.none())) {
        step(sgd, mirrors, gradients(mirrors, 1), 1);
        List<float[]> gradients = gradients(mirrors, 1);
        gradients.get(9)[7] = Float.NaN;
        step(sgd, mirrors, gradients, 1);
        mirrors.forEach(m -> m.check("NaN passes"));
        assertTrue(Float.isNaN(mirrors.get(9).p[7]));
        assertEquals(new LossScaling.State(1, 0, false, 2, 0), sgd.state());
      }
    }
  }

  @Test
  void continuesFromState() {
    try (Frame frame = device.push("test")) {
      List<Mirror> mirrors = List.of(new Mirror(0, 5));
      try (TestedSgd sgd = over(mirrors, new LossScaling(8, 2, 0.5, 7))) {
        sgd.restore(new LossScaling.State(64, 6, true, 40, 3));
        step(sgd, mirrors, gradients(mirrors, 64), 64);
        assertEquals(new LossScaling.State(128, 0, false, 41, 3), sgd.state());
        mirrors.get(0).check("after restore");
      }
    }
  }
}

package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * RoIAlign, one RoI per task. Bilinear sampling is separable: each feature row that a RoI touches
 * is copied once, mixed along x into one run of channels per bin, and added to the bin rows that
 * use it. Everything stays in the first two cache levels.
 */
final class RoiAlignJava {
  private static final int ROW = 0;
  private static final int MIXED = 1;
  private static final int POOLED = 2;

  private final Workers workers;
  private final Scratch scratch = new Scratch(3);

  RoiAlignJava(Workers workers) {
    this.workers = workers;
  }

  void run(KernelCall<RoiAlign> call) {
    Require.f32(call);
    List<Tensor> maps = call.inputs().subList(2, call.inputs().size());
    List<Shape> shapes = maps.stream().map(Tensor::shape).toList();
    FloatBuffer[] features = maps.stream().map(Tensor::floats).toArray(FloatBuffer[]::new);
    RoiTaps.Source source =
        new RoiTaps.Source(call, 0, call.op().grid(), call.op().scales(), shapes);
    Shape out = call.out(0).shape();
    FloatBuffer pooled = call.out(0).floats();
    int size = (int) out.size(1, 4);
    workers.each(
        source.count(),
        r -> {
          RoiTaps taps = source.at(r);
          float[] y = scratch.floats(POOLED, size);
          Arrays.fill(y, 0, size, 0f);
          if (taps != null) {
            pool(taps, features[taps.level()], shapes.get(taps.level()), y, out.dim(2));
          }
          pooled.put(r * size, y, 0, size);
        });
  }

  private void pool(RoiTaps taps, FloatBuffer features, Shape map, float[] pooled, int bins) {
    int channels = map.dim(3);
    int stride = bins * channels;
    AxisTaps x = taps.x();
    AxisTaps.ByCoordinate y = taps.y();
    float[] row = scratch.floats(ROW, x.span() * channels);
    float[] mixed = scratch.floats(MIXED, stride);
    Lanes run = new Lanes(channels);
    Lanes binRow = new Lanes(stride);
    for (int i = 0; i < y.span(); i++) {
      if (y.start()[i] == y.start()[i + 1] || x.span() == 0) {
        continue;
      }
      int pixel = (taps.image() * map.dim(1) + y.low() + i) * map.dim(2) + x.low;
      features.get(pixel * channels, row, 0, x.span() * channels);
      for (int b = 0; b < bins; b++) {
        run.mix(mixed, b * channels, row, x, b);
      }
      for (int k = y.start()[i]; k < y.start()[i + 1]; k++) {
        binRow.addScaled(pooled, y.bin()[k] * stride, mixed, 0, y.weight()[k]);
      }
    }
  }
}

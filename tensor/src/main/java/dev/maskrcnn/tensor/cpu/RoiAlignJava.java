package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * RoIAlign, one RoI per task. Bilinear sampling is separable: for each row of bins the feature rows
 * that it touches are mixed into one (long loops over pixels and channels), and the pixels of that
 * row are mixed into the bins. Feature rows are copied to the heap once; what is in use fits the
 * second cache level.
 */
final class RoiAlignJava {
  private static final int ROWS = 0;
  private static final int MIXED = 1;
  private static final int PIXELS = 2;
  private static final int BIN = 3;

  private final Workers workers;
  private final ThreadArrays scratch = new ThreadArrays(4);

  RoiAlignJava(Workers workers) {
    this.workers = workers;
  }

  void run(KernelCall<RoiAlign> call) {
    Require.f32(call);
    List<DenseArray> maps = call.inputs().subList(2, call.inputs().size());
    List<Shape> shapes = maps.stream().map(DenseArray::shape).toList();
    FloatBuffer[] features = maps.stream().map(DenseArray::floats).toArray(FloatBuffer[]::new);
    RoiTaps.Source source =
        new RoiTaps.Source(call, 0, call.op().grid(), call.op().scales(), shapes);
    FloatBuffer pooled = call.out(0).floats();
    int size = (int) call.out(0).shape().size(1, 4);
    int[] order = source.byPlace();
    workers.each(
        order.length,
        i -> {
          int r = order[i];
          RoiTaps taps = source.at(r);
          if (taps == null || taps.x().span() == 0) {
            pooled.put(r * size, new float[size]);
          } else {
            pool(taps, features[taps.level()], shapes.get(taps.level()), pooled, r * size);
          }
        });
  }

  private void pool(RoiTaps taps, FloatBuffer features, Shape map, FloatBuffer pooled, int to) {
    int channels = map.dim(3);
    int pitch = map.dim(2) * channels;
    AxisTaps x = taps.x();
    AxisTaps y = taps.y();
    int first = taps.image() * map.dim(1) * pitch + x.low * channels;
    FeatureRows.Window window = new FeatureRows.Window(first, pitch, x.span() * channels);
    float[][] kept = scratch.runs(ROWS, FeatureRows.SLOTS, window.size());
    FeatureRows rows = new FeatureRows(features, window, kept);
    float[] mixed = scratch.floats(MIXED, window.size());
    float[][] pixels = scratch.runs(PIXELS, x.span(), channels);
    float[] bin = scratch.floats(BIN, channels);
    Lanes row = new Lanes(window.size());
    Lanes pixel = new Lanes(channels);
    for (int p = 0; p < y.bins(); p++) {
      row.mix(mixed, y, p, rows::at);
      for (int i = 0; i < x.span(); i++) {
        System.arraycopy(mixed, i * channels, pixels[i], 0, channels);
      }
      for (int q = 0; q < x.bins(); q++) {
        pixel.mix(bin, x, q, column -> pixels[column - x.low]);
        pooled.put(to + (p * x.bins() + q) * channels, bin, 0, channels);
      }
    }
  }
}

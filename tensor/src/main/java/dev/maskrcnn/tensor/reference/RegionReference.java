package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlignBackward;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiLevels;
import dev.maskrcnn.tensor.shape.Shape;

/** Pooling of regions. */
final class RegionReference {
  private RegionReference() {}

  static void levels(RoiLevels op, Operands a) {
    double[] roi = a.in(0);
    double[] out = a.out(0);
    Rounding r = a.rounding(0);
    Overlap boxes = new Overlap(r, op.offset());
    for (int i = 0; i < out.length; i++) {
      double side = r.to(Math.sqrt(boxes.area(roi, i * 5 + 1)));
      double ratio = r.to(r.to(side / r.to(op.canonicalSize())) + r.to(1e-6));
      double log2 = r.to(Math.log(ratio) / Math.log(2));
      // An inverted box has no root; (int) NaN is 0, the lowest level after clamping.
      int level = (int) Math.floor(r.to(op.canonicalLevel() + log2));
      out[i] = Math.min(Math.max(level, op.lowest()), op.highest()) - op.lowest();
    }
  }

  /** The four neighbours of a sample: flat pixel of the feature map, and weight. */
  @FunctionalInterface
  private interface Corner {
    void at(int bin, int pixel, double weight);
  }

  /** One axis of a RoI on its level: where bins start, their size, and samples per bin. */
  private record Axis(double start, double bin, int samples) {
    /** {@code from} and {@code to} are in pixels of the level. */
    static Axis of(Grid g, double from, double to, int bins, Rounding r) {
      double shift = g.aligned() ? 0.5 : 0;
      double start = r.to(from - shift);
      double size = r.to(r.to(to - shift) - start);
      double bin = r.to((g.aligned() ? size : Math.max(size, 1)) / bins);
      int samples = g.samplingRatio() > 0 ? g.samplingRatio() : (int) Math.ceil(bin);
      return new Axis(start, bin, samples);
    }

    /** Coordinate of sample i of bin p. A sample is dropped beyond a border, so it is rounded. */
    double at(int p, int i, Rounding r) {
      double binStart = r.to(start + r.to(p * bin));
      return r.to(binStart + r.to(r.to((i + 0.5) * bin) / samples));
    }
  }

  /** Visits the samples of one RoI. */
  private static void samples(Grid g, double[] roi, int at, Level level, Corner corner) {
    Rounding r = level.rounding;
    Axis y = Axis.of(g, level.scaled(roi[at + 2]), level.scaled(roi[at + 4]), g.height(), r);
    Axis x = Axis.of(g, level.scaled(roi[at + 1]), level.scaled(roi[at + 3]), g.width(), r);
    int count = Math.max(y.samples * x.samples, 1);
    for (int bin = 0; bin < g.height() * g.width(); bin++) {
      for (int i = 0; i < y.samples; i++) {
        for (int j = 0; j < x.samples; j++) {
          double row = y.at(bin / g.width(), i, r);
          double col = x.at(bin % g.width(), j, r);
          bilinear(level.features, row, col, new Weighted(bin, 1.0 / count, corner));
        }
      }
    }
  }

  /** A feature map and how coordinates turn to it. */
  private record Level(Shape features, double scale, Rounding rounding) {
    double scaled(double pixel) {
      return rounding.to(pixel * rounding.to(scale));
    }
  }

  /** A sample of a bin, with its share of the mean. */
  private record Weighted(int bin, double share, Corner corner) {}

  private static void bilinear(Shape s, double row, double col, Weighted w) {
    int height = s.dim(1);
    int width = s.dim(2);
    if (row < -1 || row > height || col < -1 || col > width) {
      return;
    }
    double y = Math.min(Math.max(row, 0), height - 1);
    double x = Math.min(Math.max(col, 0), width - 1);
    int top = (int) y;
    int left = (int) x;
    int bottom = Math.min(top + 1, height - 1);
    int right = Math.min(left + 1, width - 1);
    double down = y - top;
    double across = x - left;
    w.corner.at(w.bin, top * width + left, w.share * (1 - down) * (1 - across));
    w.corner.at(w.bin, top * width + right, w.share * (1 - down) * across);
    w.corner.at(w.bin, bottom * width + left, w.share * down * (1 - across));
    w.corner.at(w.bin, bottom * width + right, w.share * down * across);
  }

  static void align(RoiAlign op, Operands a) {
    double[] roi = a.in(0);
    int[] level = a.ints(1);
    double[] out = a.out(0);
    int channels = a.outShape(0).dim(3);
    int bins = op.grid().height() * op.grid().width();
    for (int r = 0; r < level.length; r++) {
      int image = (int) roi[r * 5];
      if (image < 0) {
        continue;
      }
      int l = a.checked(level[r], op.scales().size(), 1, r);
      Shape s = a.shape(2 + l);
      double[] features = a.in(2 + l);
      int first = a.checked(image, s.dim(0), 0, r) * s.dim(1) * s.dim(2);
      int firstBin = r * bins;
      samples(
          op.grid(),
          roi,
          r * 5,
          new Level(s, op.scales().get(l), a.rounding(0)),
          (bin, pixel, weight) -> {
            for (int c = 0; c < channels; c++) {
              double value = features[(first + pixel) * channels + c];
              out[(firstBin + bin) * channels + c] += weight * value;
            }
          });
    }
  }

  static void alignBackward(RoiAlignBackward op, Operands a) {
    double[] dy = a.in(0);
    double[] roi = a.in(1);
    int[] level = a.ints(2);
    int channels = a.shape(0).dim(3);
    int bins = op.grid().height() * op.grid().width();
    for (int r = 0; r < level.length; r++) {
      int image = (int) roi[r * 5];
      if (image < 0) {
        continue;
      }
      int l = a.checked(level[r], op.scales().size(), 2, r);
      Shape s = a.outShape(l);
      double[] dx = a.out(l);
      int first = a.checked(image, s.dim(0), 1, r) * s.dim(1) * s.dim(2);
      int firstBin = r * bins;
      samples(
          op.grid(),
          roi,
          r * 5,
          new Level(s, op.scales().get(l), a.rounding(1)),
          (bin, pixel, weight) -> {
            for (int c = 0; c < channels; c++) {
              double value = dy[(firstBin + bin) * channels + c];
              dx[(first + pixel) * channels + c] += weight * value;
            }
          });
    }
  }
}

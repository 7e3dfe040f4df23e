package dev.maskrcnn.tensor.contract;

import static dev.maskrcnn.tensor.contract.Workload.of;

import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.op.Normalization.GroupNormBackward;
import dev.maskrcnn.tensor.op.Normalization.Softmax;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;

/** Group normalisation and softmax. */
final class NormalizationCases {
  private NormalizationCases() {}

  static void collect(CaseList list) {
    Draw draw = new Draw(5);
    int[][] sizes = {{2, 5, 6, 12}, {1, 33, 31, 64}, {3, 16}, {2, 7, 7, 256}, {1, 1, 2, 4}};
    int[] groups = {4, 32, 4, 32, 2};
    for (int i = 0; i < sizes.length; i++) {
      norm(list, draw, groups[i], draw.gauss(0.5, 2, sizes[i]));
    }
    norm(list, draw, 1, draw.normal(2, 9, 8, 6));
    norm(list, draw, 6, draw.normal(2, 9, 8, 6));
    norm(list, draw, 4, draw.normal(0, 4, 4, 8));
    // E[x²] − E[x]² in float loses 1e-4 here.
    norm(list, draw, 2, draw.gauss(30, 1, 2, 13, 11, 16));
    for (int[] size : new int[][] {{1}, {81}, {5, 1}, {33, 2}, {7, 81}, {2, 3, 1000}, {0, 5}}) {
      list.add(Arrays.toString(size), new Softmax(), draw.gauss(0, 3, size));
    }
    Operand wide = Operand.f32(Shape.of(2, 3), 1000, 999, -1000, -1000, -1001, -5000);
    list.add("large logits", new Softmax(), wide);
  }

  private static void norm(CaseList list, Draw draw, int groups, Operand x) {
    Shape s = x.spec().shape();
    int c = s.dim(-1);
    String name = s + ", " + groups + " groups";
    Operand gamma = draw.uniform(0.5, 2, c);
    Operand beta = draw.normal(c);
    list.add(name, new GroupNorm(groups, 1e-5, false), x, gamma, beta);
    list.add(name + " relu", new GroupNorm(groups, 1e-5, true), x, gamma, beta);
    Operand dy = draw.normal(s.dims());
    Shape stats = Shape.of(s.dim(0), groups);
    double[][] moments = moments(x, groups);
    Operand mean = Operand.f32(stats, moments[0]);
    Operand scale = Operand.f32(stats, moments[1]);
    // A spread of 1 about 30 costs five bits of (x − mean).
    double tolerance = moments[0].length > 0 && Math.abs(moments[0][0]) > 20 ? 1e-4 : 1e-5;
    list.add(tolerance, name, new GroupNormBackward(groups), dy, x, gamma, mean, scale);
  }

  private static double[][] moments(Operand x, int groups) {
    Shape s = x.spec().shape();
    int c = s.dim(-1);
    int perImage = (int) s.size(1, s.rank());
    double[] mean = new double[s.dim(0) * groups];
    double[] square = new double[mean.length];
    for (int i = 0; i < x.values().length; i++) {
      int g = i / perImage * groups + i % c / (c / groups);
      mean[g] += x.values()[i] * groups / perImage;
      square[g] += x.values()[i] * x.values()[i] * groups / perImage;
    }
    double[] scale = new double[mean.length];
    for (int g = 0; g < scale.length; g++) {
      scale[g] = 1 / Math.sqrt(square[g] - mean[g] * mean[g] + 1e-5);
    }
    return new double[][] {mean, scale};
  }

  static void benchmarks(CaseList list) {
    int groups = 32;
    list.bench("p2-relu", m -> norm(m, groups, m.level(0)));
    list.bench("rois-relu", m -> norm(m, groups, m.images * m.size.masks(), 14, 14, channels(m)));
    list.bench(
        "p2",
        m ->
            of(
                new GroupNormBackward(groups),
                m.p2(),
                m.p2(),
                m.map(channels(m)),
                m.map(m.images, groups),
                m.positive(m.images, groups)));
    list.bench(
        "512-rois", m -> of(new Softmax(), m.map(m.images * m.size.sampled(), ModelSize.CLASSES)));
  }

  private static int channels(ModelInputs m) {
    return m.size.channels();
  }

  private static Workload norm(ModelInputs m, int groups, int... dims) {
    GroupNorm op = new GroupNorm(groups, 1e-5, true);
    return of(op, m.map(dims), m.map(channels(m)), m.map(channels(m)));
  }
}

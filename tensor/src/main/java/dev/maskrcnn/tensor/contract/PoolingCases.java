package dev.maskrcnn.tensor.contract;

import static dev.maskrcnn.tensor.contract.Workload.of;

import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2d;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2dBackward;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearest;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearestBackward;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;

/** Ops that change the resolution of images. */
final class PoolingCases {
  private PoolingCases() {}

  static void collect(CaseList list) {
    Draw draw = new Draw(4);
    int[][] pools = {
      // n, h, w, c, kernel, stride, padding
      {2, 11, 14, 3, 3, 2, 1},
      {1, 8, 8, 33, 3, 2, 1},
      {1, 16, 17, 64, 3, 2, 1},
      {2, 7, 10, 3, 1, 2, 0},
      {1, 6, 5, 31, 2, 2, 0},
      {1, 1, 1, 5, 3, 1, 1},
      {1, 5, 7, 4, 3, 1, 2},
      {1, 7, 7, 17, 7, 7, 0},
      {0, 5, 5, 3, 3, 2, 1},
    };
    for (int[] p : pools) {
      pool(list, draw, p);
    }
    int[][] sizes = {
      // n, h, w, c, to h, to w
      {2, 4, 5, 3, 8, 10},
      {1, 25, 21, 33, 50, 42},
      {1, 3, 5, 31, 7, 11},
      {1, 5, 6, 4, 3, 2},
      {2, 3, 3, 8, 3, 3},
      {1, 1, 1, 32, 4, 5},
      {0, 2, 2, 3, 4, 4},
    };
    for (int[] s : sizes) {
      String name = Arrays.toString(s);
      Operand x = draw.normal(s[0], s[1], s[2], s[3]);
      list.exact(name, new UpsampleNearest(s[4], s[5]), x);
      Operand dy = draw.normal(s[0], s[4], s[5], s[3]);
      list.add(name, new UpsampleNearestBackward(s[1], s[2]), dy);
    }
  }

  private static void pool(CaseList list, Draw draw, int[] p) {
    String name = Arrays.toString(p);
    MaxPool2d op = new MaxPool2d(p[4], p[5], p[6]);
    list.exact(name, op, draw.normal(p[0], p[1], p[2], p[3]));
    list.exact(name + " with ties", op, draw.steps(-2, 1, p[0], p[1], p[2], p[3])).atKink();
    list.exact(name + " below zero", op, draw.uniform(-9, -8, p[0], p[1], p[2], p[3]));
    Window w = Window.of(p[5], p[6]);
    Shape y = Shape.of(p[0], w.output(p[1], p[4]), w.output(p[2], p[4]), p[3]);
    MaxPool2dBackward back = new MaxPool2dBackward(p[4], p[5], p[6], p[1], p[2]);
    list.add(name, back, draw.normal(y.dims()), winners(draw, p, y));
  }

  /** Any position of each window that lies inside the image. */
  private static Operand winners(Draw draw, int[] p, Shape y) {
    int[] winner = new int[(int) y.size()];
    for (int i = 0; i < winner.length; i++) {
      int row = i / (y.dim(2) * y.dim(3)) % y.dim(1) * p[5] - p[6];
      int col = i / y.dim(3) % y.dim(2) * p[5] - p[6];
      int h;
      int w;
      do {
        h = draw.integer(0, p[4]);
        w = draw.integer(0, p[4]);
      } while (row + h < 0 || row + h >= p[1] || col + w < 0 || col + w >= p[2]);
      winner[i] = h * p[4] + w;
    }
    return Operand.u8(y, winner);
  }

  static void benchmarks(CaseList list) {
    MaxPool2d pool = new MaxPool2d(3, 2, 1);
    list.bench("stem", m -> of(pool, stem(m, 2)));
    list.bench("p6", m -> of(new MaxPool2d(1, 2, 0), m.map(m.level(3))));
    list.bench(
        "stem",
        m ->
            of(
                new MaxPool2dBackward(3, 2, 1, m.size.height() / 2, m.size.width() / 2),
                stem(m, 4),
                Input.output(1, pool, stem(m, 2))));
    list.bench(
        "p3-to-p2",
        m -> of(new UpsampleNearest(m.size.rows(0), m.size.columns(0)), m.map(m.level(1))));
    list.bench(
        "p2-to-p3",
        m -> of(new UpsampleNearestBackward(m.size.rows(1), m.size.columns(1)), m.p2()));
  }

  /** The stem's map at a stride. */
  private static Input stem(ModelInputs m, int stride) {
    return m.map(
        m.images, m.size.height() / stride, m.size.width() / stride, m.size.channels() / 4);
  }
}

package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardData;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardWeights;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;

/** Convolutions and their gradients, each geometry in all three passes. */
final class ConvolutionCases {
  private ConvolutionCases() {}

  /** Image {@code [N,H,W,C]}, weight {@code [O,kh,kw,C/groups]}, window and epilogue. */
  private record Geometry(String name, Shape x, Shape w, Window window, Epilogue epilogue) {
    Shape y() {
      int h = window.output(x.dim(1), w.dim(1));
      int v = window.output(x.dim(2), w.dim(2));
      return Shape.of(x.dim(0), h, v, w.dim(0));
    }
  }

  private static final Epilogue NONE = Epilogue.NONE;
  private static final Epilogue BIAS = new Epilogue(true, false, false);
  private static final Epilogue BIAS_RELU = new Epilogue(true, false, true);
  private static final Epilogue ALL = new Epilogue(true, true, true);

  private static Geometry of(String name, int[] x, int[] w, Window window, Epilogue epilogue) {
    return new Geometry(name, Shape.of(x), Shape.of(w), window, epilogue);
  }

  private static int[] d(int... dims) {
    return dims;
  }

  private static List<Geometry> geometries() {
    Window plain = Window.of(1, 0);
    Window same = Window.of(1, 1);
    List<Geometry> g = new ArrayList<>();
    g.add(of("one pixel", d(1, 1, 1, 1), d(1, 1, 1, 1), plain, NONE));
    g.add(of("1x1, 33 to 31 channels", d(2, 7, 9, 33), d(31, 1, 1, 33), plain, BIAS_RELU));
    g.add(of("1x1 with residual", d(2, 5, 7, 16), d(32, 1, 1, 16), plain, ALL));
    g.add(of("1x1 stride 2", d(2, 9, 8, 16), d(24, 1, 1, 16), Window.of(2, 0), NONE));
    g.add(of("1x1 stride 2 even", d(1, 8, 6, 5), d(7, 1, 1, 5), Window.of(2, 0), BIAS));
    g.add(of("1x1 padded", d(1, 4, 5, 3), d(4, 1, 1, 3), same, BIAS_RELU));
    g.add(of("3x3", d(2, 11, 13, 16), d(16, 3, 3, 16), same, ALL));
    g.add(of("3x3, 32 to 64 channels", d(1, 17, 15, 32), d(64, 3, 3, 32), same, BIAS_RELU));
    g.add(of("3x3, 64 channels, whole tiles", d(1, 16, 24, 64), d(64, 3, 3, 64), same, NONE));
    g.add(of("3x3, tiny image", d(3, 2, 1, 17), d(9, 3, 3, 17), same, BIAS));
    g.add(of("3x3 unpadded", d(1, 9, 10, 6), d(5, 3, 3, 6), plain, NONE));
    g.add(of("3x3 stride 2", d(2, 9, 12, 8), d(12, 3, 3, 8), Window.of(2, 1), BIAS_RELU));
    g.add(of("3x3 dilated", d(2, 9, 8, 4), d(5, 3, 3, 4), new Window(1, 2, 2, 1), BIAS));
    g.add(of("3x3 grouped", d(2, 9, 10, 8), d(8, 3, 3, 2), new Window(2, 1, 1, 4), NONE));
    g.add(of("3x3, 32 groups", d(1, 7, 7, 64), d(64, 3, 3, 2), new Window(1, 1, 1, 32), BIAS_RELU));
    g.add(of("depthwise", d(1, 6, 7, 8), d(8, 3, 3, 1), new Window(1, 1, 1, 8), NONE));
    g.add(of("7x7 stem", d(1, 37, 35, 3), d(64, 7, 7, 3), Window.of(2, 3), BIAS_RELU));
    g.add(of("7x7 to one pixel", d(5, 7, 7, 12), d(33, 7, 7, 12), plain, BIAS_RELU));
    g.add(of("3x1 kernel", d(1, 8, 9, 4), d(6, 3, 1, 4), same, NONE));
    g.add(of("2x2 stride 2", d(2, 8, 7, 5), d(6, 2, 2, 5), Window.of(2, 0), NONE));
    g.add(of("no image", d(0, 5, 5, 4), d(6, 3, 3, 4), same, BIAS_RELU));
    return g;
  }

  static void collect(CaseList list) {
    Draw draw = new Draw(1);
    for (Geometry g : geometries()) {
      forward(list, draw, g, g.epilogue);
      if (g.epilogue.equals(ALL)) {
        forward(list, draw, g, new Epilogue(false, true, false));
        forward(list, draw, g, new Epilogue(false, false, true));
      }
      backward(list, draw, g);
    }
    transposed(list, draw);
    for (int stride = 1; stride <= 2; stride++) {
      Geometry small = of("3x3, small", d(2, 5, 6, 4), d(3, 3, 3, 4), Window.of(stride, 1), NONE);
      for (int bits = 0; bits < 8; bits++) {
        Epilogue e = new Epilogue((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0);
        forward(list, draw, small, e);
      }
    }
  }

  private static void forward(CaseList list, Draw draw, Geometry g, Epilogue e) {
    List<Operand> in = new ArrayList<>();
    in.add(draw.normal(g.x.dims()));
    in.add(draw.normal(g.w.dims()));
    if (e.bias()) {
      in.add(draw.normal(g.w.dim(0)));
    }
    if (e.residual()) {
      in.add(draw.normal(g.y().dims()));
    }
    list.add(g.name + " " + e, new Conv2d(g.window, e), in.toArray(new Operand[0]));
  }

  private static void backward(CaseList list, Draw draw, Geometry g) {
    int[] dy = g.y().dims();
    list.add(
        g.name,
        new Conv2dBackwardData(g.window, g.x.dim(1), g.x.dim(2)),
        draw.normal(dy),
        draw.normal(g.w.dims()));
    list.add(
        g.name,
        new Conv2dBackwardWeights(g.window, g.w.dim(1), g.w.dim(2), g.epilogue.bias()),
        draw.normal(g.x.dims()),
        draw.normal(dy));
  }

  private static void transposed(CaseList list, Draw draw) {
    int[][] shapes = {
      // n, h, w, in, k, out, stride
      {2, 5, 6, 4, 2, 3, 2},
      {1, 14, 14, 33, 2, 31, 2},
      {3, 1, 1, 8, 2, 16, 2},
      {1, 4, 5, 3, 3, 4, 2},
      {1, 4, 3, 5, 3, 2, 1},
      {1, 3, 4, 2, 2, 3, 3},
      {0, 7, 7, 4, 2, 3, 2},
    };
    for (int[] s : shapes) {
      String name = s[4] + "x" + s[4] + " stride " + s[6] + ", " + s[3] + " to " + s[5];
      Operand x = draw.normal(s[0], s[1], s[2], s[3]);
      Operand w = draw.normal(s[3], s[4], s[4], s[5]);
      Operand b = draw.normal(s[5]);
      for (boolean relu : new boolean[] {false, true}) {
        list.add(name, new ConvTranspose2d(s[6], new Epilogue(false, false, relu)), x, w);
        list.add(name, new ConvTranspose2d(s[6], new Epilogue(true, false, relu)), x, w, b);
      }
    }
  }
}

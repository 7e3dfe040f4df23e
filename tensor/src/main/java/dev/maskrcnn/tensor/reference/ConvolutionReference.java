package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardData;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardWeights;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.Shape;

/** Convolutions as the sums that define them. */
final class ConvolutionReference {
  private ConvolutionReference() {}

  /** What happens at one tap: flat positions in the input, the weight and the output. */
  @FunctionalInterface
  private interface Tap {
    void at(int x, int w, int y);
  }

  /**
   * The products of the convolution of x {@code [N,H,W,C]} with w {@code [O,kh,kw,C/g]} to y:
   * {@code y[n,p,q,o] += x[n, p·s−pad+i·d, q·s−pad+j·d, c] · w[o,i,j,c']}.
   */
  private record Products(Window window, Shape x, Shape w, Shape y) {
    void visit(Tap tap) {
      for (int n = 0; n < y.dim(0); n++) {
        for (int p = 0; p < y.dim(1); p++) {
          for (int q = 0; q < y.dim(2); q++) {
            for (int cell = 0; cell < w.dim(1) * w.dim(2); cell++) {
              int row = at(p, cell / w.dim(2));
              int col = at(q, cell % w.dim(2));
              if (row >= 0 && row < x.dim(1) && col >= 0 && col < x.dim(2)) {
                int pixel = (n * x.dim(1) + row) * x.dim(2) + col;
                channels(cell, pixel, (n * y.dim(1) + p) * y.dim(2) + q, tap);
              }
            }
          }
        }
      }
    }

    /** The coordinate that place {@code cell} of the window at output p reads. */
    private int at(int p, int cell) {
      return p * window.stride() - window.padding() + cell * window.dilation();
    }

    /** The products of one pixel pair: each output channel with the inputs of its group. */
    private void channels(int cell, int pixel, int out, Tap tap) {
      int outputs = w.dim(0);
      int perGroup = w.dim(3);
      for (int o = 0; o < outputs; o++) {
        int group = o / (outputs / window.groups());
        for (int c = 0; c < perGroup; c++) {
          int from = (pixel * window.groups() + group) * perGroup + c;
          int weight = (o * w.dim(1) * w.dim(2) + cell) * perGroup + c;
          tap.at(from, weight, out * outputs + o);
        }
      }
    }
  }

  static void conv2d(Conv2d op, Operands a) {
    double[] x = a.in(0);
    double[] w = a.in(1);
    double[] y = a.out(0);
    new Products(op.window(), a.shape(0), a.shape(1), a.outShape(0))
        .visit((i, k, o) -> y[o] += x[i] * w[k]);
    if (op.epilogue().bias()) {
      addBias(y, a.in(2));
    }
    if (op.epilogue().residual()) {
      double[] residual = a.in(op.epilogue().residualIndex());
      for (int i = 0; i < y.length; i++) {
        y[i] += residual[i];
      }
    }
    if (op.epilogue().relu()) {
      relu(y);
    }
  }

  static void backwardData(Conv2dBackwardData op, Operands a) {
    double[] dy = a.in(0);
    double[] w = a.in(1);
    double[] dx = a.out(0);
    new Products(op.window(), a.outShape(0), a.shape(1), a.shape(0))
        .visit((i, k, o) -> dx[i] += dy[o] * w[k]);
  }

  static void backwardWeights(Conv2dBackwardWeights op, Operands a) {
    double[] x = a.in(0);
    double[] dy = a.in(1);
    double[] dw = a.out(0);
    new Products(op.window(), a.shape(0), a.outShape(0), a.shape(1))
        .visit((i, k, o) -> dw[k] += x[i] * dy[o]);
    if (op.bias()) {
      double[] db = a.out(1);
      for (int i = 0; i < dy.length; i++) {
        db[i % db.length] += dy[i];
      }
    }
  }

  /** The adjoint of a convolution: x plays its output, y its input. */
  static void convTranspose2d(ConvTranspose2d op, Operands a) {
    double[] x = a.in(0);
    double[] w = a.in(1);
    double[] y = a.out(0);
    Window window = Window.of(op.stride(), 0);
    new Products(window, a.outShape(0), a.shape(1), a.shape(0))
        .visit((i, k, o) -> y[i] += x[o] * w[k]);
    if (op.epilogue().bias()) {
      addBias(y, a.in(2));
    }
    if (op.epilogue().relu()) {
      relu(y);
    }
  }

  static void addBias(double[] y, double[] bias) {
    for (int i = 0; i < y.length; i++) {
      y[i] += bias[i % bias.length];
    }
  }

  static void relu(double[] y) {
    for (int i = 0; i < y.length; i++) {
      y[i] = Math.max(y[i], 0);
    }
  }
}

// Lesson 5: convolution, and why NHWC and fusion.
//
//     jshell --class-path cli/target/maskrcnn-cli.jar docs/lessons/05_convolution.jsh
//
// Two thirds of the arithmetic of Mask R-CNN are 3x3 convolutions. This lesson writes one by hand,
// as a matrix product, and as the fused op of the catalogue, and looks at what memory has to do
// with it.

import dev.maskrcnn.detection.draw.*;
import dev.maskrcnn.tensor.*;
import dev.maskrcnn.tensor.shape.*;
import dev.maskrcnn.tensor.op.*;
import dev.maskrcnn.tensor.op.Convolution.*;
import java.nio.file.Path;
import java.util.*;

Device device = Device.cpu();

// --- By hand ---------------------------------------------------------------------------------
// Images are [N, H, W, C]: the channels of a pixel lie side by side. A weight is [O, kh, kw, I].
// For one output pixel, each row of the window is then one contiguous run of kw * I numbers.

float[] convolve(float[] x, int h, int w, int c, float[] weight, int o) {
  float[] y = new float[h * w * o];
  for (int r = 0; r < h; r++)
    for (int q = 0; q < w; q++)
      for (int k = 0; k < o; k++) {
        double sum = 0;
        for (int i = -1; i <= 1; i++)
          for (int j = -1; j <= 1; j++) {
            int rr = r + i, qq = q + j;
            if (rr < 0 || rr >= h || qq < 0 || qq >= w) continue;
            for (int n = 0; n < c; n++)
              sum += x[(rr * w + qq) * c + n] * weight[((k * 3 + i + 1) * 3 + j + 1) * c + n];
          }
        y[(r * w + q) * o + k] = (float) sum;
      }
  return y;
}

float[] random(int n, long stream) {
  Philox philox = new Philox(5, stream);
  float[] out = new float[n];
  for (int i = 0; i < n; i++) out[i] = (float) philox.normal(i);
  return out;
}

int h = 24, w = 32, c = 16, o = 16;
float[] image = random(h * w * c, 0);
float[] kernel = random(o * 9 * c, 1);
float[] mine = convolve(image, h, w, c, kernel, o);

double distance(float[] a, float[] b) {
  double d = 0, norm = 0;
  for (int i = 0; i < a.length; i++) {
    d += (a[i] - b[i]) * (a[i] - b[i]);
    norm += b[i] * b[i];
  }
  return Math.sqrt(d / norm);
}

Window same = new Window(1, 1, 1, 1); // stride, padding, dilation, groups
Tensor x = device.of(Shape.of(1, h, w, c), image);
Tensor weight = device.of(Shape.of(o, 3, 3, c), kernel);
System.out.println("conv2d agrees: " + (distance(x.conv2d(weight, same).toFloats(), mine) < 1e-6));
//> conv2d agrees: true

// --- As a matrix product ---------------------------------------------------------------------
// Lay the windows side by side as rows ("im2col") and the convolution is rows times weights. This
// is what the first frameworks did. It costs nine copies of the image.

float[] rows = new float[h * w * 9 * c];
for (int r = 0; r < h; r++)
  for (int q = 0; q < w; q++)
    for (int t = 0; t < 9; t++) {
      int rr = r + t / 3 - 1, qq = q + t % 3 - 1;
      if (rr >= 0 && rr < h && qq >= 0 && qq < w)
        System.arraycopy(image, (rr * w + qq) * c, rows, ((r * w + q) * 9 + t) * c, c);
    }
Tensor columns = device.of(Shape.of(h * w, 9 * c), rows);
Op product = new LinearAlgebra.MatMul(false, true, false, false);
Tensor flat = weight.reshape(Shape.of(o, 9 * c));
float[] byProduct = device.dispatch(product, List.of(columns, flat)).get(0).toFloats();
System.out.println("im2col agrees: " + (distance(byProduct, mine) < 1e-6));
//> im2col agrees: true
System.out.printf("the image has %d KiB, its windows %d KiB%n", x.spec().bytes() / 1024,
    columns.spec().bytes() / 1024);
//> the image has 48 KiB, its windows 432 KiB

// --- Fusion ----------------------------------------------------------------------------------
// A residual block ends in convolution + bias + residual + ReLU. As four ops, the activation goes
// to memory and back three times more than needed; as one op with an epilogue, the sums are still
// in registers when they are added and clamped.

int H = 100, W = 168, C = 128;
Tensor big = device.of(Shape.of(1, H, W, C), random(H * W * C, 2));
Tensor residual = device.of(Shape.of(1, H, W, C), random(H * W * C, 3));
Tensor big3x3 = device.of(Shape.of(C, 3, 3, C), random(C * 9 * C, 4)).scale(0.03);
Tensor bias = device.of(Shape.of(C), random(C, 5));
Tensor everywhere = bias.reshape(Shape.of(1, C));

long[] bytes = new long[1];
OpListener traffic = (op, inputs, outputs, nanos, path) -> {
  for (Tensor t : inputs) bytes[0] += t.spec().bytes();
  for (Tensor t : outputs) bytes[0] += t.spec().bytes();
};
Tensor ones = device.of(Shape.of(H * W, 1), new float[H * W]).add(
    device.dispatch(new Pointwise.Expand(Shape.of(H * W, 1)), List.of(device.of(Shape.of(), 1f))).get(0));

Tensor separate() {
  Tensor y = big.conv2d(big3x3, same);
  Tensor b = ones.matMul(everywhere).reshape(y.shape());
  return y.add(b).add(residual).relu();
}
Tensor fused() {
  return big.conv2d(big3x3, bias, residual, same, true);
}

double[] megabytes = new double[2];
double[] milliseconds = {1e9, 1e9};
for (int repeat = 0; repeat < 12; repeat++) {
  for (int way = 0; way < 2; way++) {
    try (Frame frame = device.push("lesson")) {
      bytes[0] = 0;
      if (repeat == 0) device.listen(traffic);
      long start = System.nanoTime();
      Tensor y = way == 0 ? separate() : fused();
      milliseconds[way] = Math.min(milliseconds[way], (System.nanoTime() - start) / 1e6);
      if (repeat == 0) {
        device.unlisten(traffic);
        megabytes[way] = bytes[0] / 1e6;
      }
    }
  }
}
try (Frame frame = device.push("lesson")) {
  System.out.println("same result: " + (distance(fused().toFloats(), separate().toFloats()) < 1e-5));
  //> same result: true
}
System.out.printf("read and written: %.0f MB in separate ops, %.0f MB fused%n", megabytes[0], megabytes[1]);
//> read and written: 95 MB in separate ops, 26 MB fused
System.out.printf("time: %.1f ms in separate ops, %.1f ms fused%n", milliseconds[0], milliseconds[1]);
//~ time: 10.1 ms in separate ops, 8.1 ms fused

// --- What a convolution sees -----------------------------------------------------------------
// A Sobel kernel on a disc: positive where it gets brighter to the right, negative where darker.

int s = 40;
float[] disc = new float[s * s];
for (int i = 0; i < s * s; i++) {
  double r = Math.hypot(i % s - 19.5, i / s - 19.5);
  disc[i] = (float) Math.max(0, Math.min(1, 13 - r));
}
Tensor sobel = device.of(Shape.of(1, 3, 3, 1), -1f, 0f, 1f, -2f, 0f, 2f, -1f, 0f, 1f);
float[] edges = device.of(Shape.of(1, s, s, 1), disc).conv2d(sobel, same).toFloats();
Picture picture = Panels.row(
    List.of(
        MatrixPicture.of("input", disc, s, s).draw(),
        MatrixPicture.of("kernel", sobel.toFloats(), 3, 3).draw(),
        MatrixPicture.of("output", edges, s, s).draw()),
    List.of("a disc", "Sobel, left to right", "edges: orange rises, blue falls"));
System.out.println(picture.writePng(Path.of("output/lessons/05_convolution.png")));
//> output/lessons/05_convolution.png

device.close();

// Lesson 6: RoIAlign, forward and backward.
//
//     jshell --class-path cli/target/maskrcnn-cli.jar docs/lessons/06_roi_align.jsh
//
// The heads of Mask R-CNN want a feature of fixed size for a box of any size. RoIAlign (He et al.
// 2017) divides the box into bins and averages a few bilinear samples in each. Nothing is rounded,
// so the mask stays where the object is.

import dev.maskrcnn.autograd.*;
import dev.maskrcnn.detection.draw.*;
import dev.maskrcnn.tensor.*;
import dev.maskrcnn.tensor.shape.*;
import dev.maskrcnn.tensor.op.*;
import dev.maskrcnn.tensor.op.RegionOfInterest.*;
import java.nio.file.Path;
import java.util.*;

Device device = Device.cpu();

// A feature map of 10 x 12 cells with one channel, at a quarter of the image's resolution.
int h = 10, w = 12;
float[] map = new float[h * w];
for (int i = 0; i < map.length; i++) {
  int y = i / w, x = i % w;
  map[i] = (float) (Math.sin(0.7 * x) + Math.cos(0.5 * y));
}
double scale = 0.25;
float[] box = {9.2f, 7f, 41f, 30.6f}; // x1, y1, x2, y2 in pixels of the image
int bins = 3, ratio = 2;

// --- Where it samples ------------------------------------------------------------------------
// "Not aligned" is the convention of Detectron and of this model: box corners are scaled and used
// as they are, and cell k has its centre at coordinate k.

double x1 = box[0] * scale, y1 = box[1] * scale;
double binW = Math.max(box[2] * scale - x1, 1) / bins, binH = Math.max(box[3] * scale - y1, 1) / bins;
List<double[]> samples = new ArrayList<>();
for (int by = 0; by < bins; by++)
  for (int bx = 0; bx < bins; bx++)
    for (int sy = 0; sy < ratio; sy++)
      for (int sx = 0; sx < ratio; sx++)
        samples.add(new double[] {
            x1 + (bx + (sx + 0.5) / ratio) * binW, y1 + (by + (sy + 0.5) / ratio) * binH});
System.out.println(samples.size() + " samples in " + bins * bins + " bins");
//> 36 samples in 9 bins
System.out.printf("the first at x %.4f, y %.4f%n", samples.get(0)[0], samples.get(0)[1]);
//> the first at x 2.9625, y 2.2417

// --- Bilinear interpolation by hand ----------------------------------------------------------

double at(double x, double y) {
  int xl = (int) x, yl = (int) y;
  int xh = Math.min(xl + 1, w - 1), yh = Math.min(yl + 1, h - 1);
  double dx = x - xl, dy = y - yl;
  return (1 - dy) * ((1 - dx) * map[yl * w + xl] + dx * map[yl * w + xh])
      + dy * ((1 - dx) * map[yh * w + xl] + dx * map[yh * w + xh]);
}
float[] mine = new float[bins * bins];
for (int i = 0; i < samples.size(); i++) {
  mine[i / (ratio * ratio)] += at(samples.get(i)[0], samples.get(i)[1]) / (ratio * ratio);
}

// --- The op ----------------------------------------------------------------------------------
// RoIs are rows (image, x1, y1, x2, y2). A level for each RoI picks one of the maps given, so one
// call serves a whole pyramid; here there is only one map.

Op op = new RoiAlign(new Grid(bins, bins, ratio, false), List.of(scale));
Tensor features = device.of(Shape.of(1, h, w, 1), map);
Tensor rois = device.of(Shape.of(1, 5), 0f, box[0], box[1], box[2], box[3]);
Tensor level = device.of(Shape.of(1), 0);
float[] pooled = device.dispatch(op, List.of(rois, level, features)).get(0).toFloats();
double worst = 0;
for (int i = 0; i < pooled.length; i++) worst = Math.max(worst, Math.abs(pooled[i] - mine[i]));
System.out.println("the kernel agrees with the definition: " + (worst < 1e-6));
//> the kernel agrees with the definition: true

// --- Backward --------------------------------------------------------------------------------
// An average of interpolations is linear in the map, so its gradient is the transpose: each sample
// scatters its bin's gradient to its four neighbours, with the same weights. On a GPU many samples
// hit the same cell at once, which needs atomic additions or an order; on the CPU threads own rows.

Tape tape = new Tape(device);
Variable leaf = tape.leaf(features, "features");
Variable out = leaf.bind(op, List.of(Variable.constant(rois), Variable.constant(level), leaf)).get(0);
float[] seed = {0, 0, 0, 0, 1, 0, 0, 0, 0}; // only the bin in the middle matters
Gradients gradients = tape.backward(out, device.of(Shape.of(1, bins, bins, 1), seed));
float[] gradient = gradients.of(leaf).get().toFloats();

double sum = 0;
int touched = 0;
for (float g : gradient) {
  sum += g;
  touched += g != 0 ? 1 : 0;
}
System.out.printf("%d cells get a gradient; together %.4f%n", touched, sum);
//> 9 cells get a gradient; together 1.0000

// The same by nudging each cell and looking: finite differences need one run for each of the cells.
double numeric(int cell) {
  double[] value = new double[2];
  for (int side = 0; side < 2; side++) {
    float[] moved = map.clone();
    moved[cell] += side == 0 ? -0.5f : 0.5f;
    Tensor t = device.of(Shape.of(1, h, w, 1), moved);
    value[side] = device.dispatch(op, List.of(rois, level, t)).get(0).toFloats()[4];
  }
  return value[1] - value[0];
}
double difference = 0;
for (int i = 0; i < map.length; i++) difference = Math.max(difference, Math.abs(numeric(i) - gradient[i]));
System.out.println("differences agree: " + (difference < 1e-5));
//> differences agree: true

// --- The picture -----------------------------------------------------------------------------

MatrixPicture sampled = MatrixPicture.of("features, box and samples", map, h, w);
sampled.box(x1, y1, x1 + bins * binW, y1 + bins * binH);
samples.forEach(p -> sampled.point(p[0], p[1]));
Picture picture = Panels.row(
    List.of(
        sampled.draw(),
        MatrixPicture.of("pooled", pooled, bins, bins).draw(),
        MatrixPicture.of("gradient of the middle bin", gradient, h, w).draw()),
    List.of("two samples a side in each of nine bins", "their averages", "scattered with the same weights"));
System.out.println(picture.writePng(Path.of("output/lessons/06_roi_align.png")));
//> output/lessons/06_roi_align.png

gradients.close();
tape.close();
device.close();

// Lesson 7: the region proposal network: anchors, matching, suppression.
//
//     jshell --class-path cli/target/maskrcnn-cli.jar docs/lessons/07_rpn.jsh
//
// The RPN (Ren et al. 2015) answers at each place of the feature maps and for each of a few boxes
// of fixed shape ("anchors"): is there an object, and how must the box be moved to fit it? This
// lesson makes the anchors, decides which of them have to say yes, and shows what remains of a
// crowd of proposals.

import dev.maskrcnn.detection.model.*;
import dev.maskrcnn.detection.draw.*;
import dev.maskrcnn.detection.image.*;
import dev.maskrcnn.tensor.*;
import dev.maskrcnn.tensor.shape.*;
import dev.maskrcnn.tensor.op.*;
import java.nio.file.Path;
import java.util.*;

Device device = Device.cpu();

// --- Anchors ---------------------------------------------------------------------------------
// Three shapes at each cell of one level. The sides are rounded as Detectron rounds them.

int stride = 16, height = 10, width = 14;
List<Float> cells = CellAnchors.rounded(stride, new double[] {64}, new double[] {0.5, 1, 2});
System.out.println(cells);
//> [-38.0, -16.0, 53.0, 31.0, -24.0, -24.0, 39.0, 39.0, -14.0, -36.0, 29.0, 51.0]
Op grid = new Boxes.AnchorGrid(height, width, stride, stride, cells);
Tensor anchors = device.dispatch(grid, List.of()).get(0);
System.out.println(anchors.spec());
//> [420, 4] f32
float[] all = anchors.toFloats();

// --- Which anchors have to say yes? ----------------------------------------------------------
// An anchor that overlaps an object by more than 0.7 (intersection over union). One below 0.3 has
// to say no; between, the network may say what it likes. And each object gets its best anchor,
// however bad, or small objects would never be learned.

float[][] objects = {{30, 20, 110, 70}, {120, 60, 180, 140}, {12, 96, 72, 148}, {140, 18, 162, 38}};
float[] truth = new float[16];
for (int i = 0; i < 16; i++) truth[i] = objects[i / 4][i % 4];

Op match = new Boxes.MatchBoxes(0.7, 0.3, true, 1);
Op strict = new Boxes.MatchBoxes(0.7, 0.3, false, 1);
int rows = anchors.shape().dim(0);
List<Tensor> inputs = List.of(
    device.of(Shape.of(1, 4, 4), truth), device.of(Shape.of(1), 4),
    anchors.reshape(Shape.of(1, rows, 4)), device.of(Shape.of(1), rows));
int[] matched = device.dispatch(match, inputs).get(0).toInts();
int[] strictly = device.dispatch(strict, inputs).get(0).toInts();

long count(int[] values, java.util.function.IntPredicate p) {
  return Arrays.stream(values).filter(p).count();
}
System.out.printf("above 0.7: %d; with the best of each object: %d; in between: %d; no: %d%n",
    count(strictly, m -> m >= 0), count(matched, m -> m >= 0), count(matched, m -> m == -2),
    count(matched, m -> m == -1));
//> above 0.7: 3; with the best of each object: 7; in between: 103; no: 310

// By hand, for one of them: the anchor that was matched with the first object.
int first = 0;
while (matched[first] != 0) first++;
double iou(float[] a, int i, float[] b) {
  double iw = Math.max(0, Math.min(a[4 * i + 2], b[2]) - Math.max(a[4 * i], b[0]) + 1);
  double ih = Math.max(0, Math.min(a[4 * i + 3], b[3]) - Math.max(a[4 * i + 1], b[1]) + 1);
  double area = (a[4 * i + 2] - a[4 * i] + 1) * (a[4 * i + 3] - a[4 * i + 1] + 1);
  return iw * ih / (area + (b[2] - b[0] + 1) * (b[3] - b[1] + 1) - iw * ih);
}
System.out.printf("anchor %d overlaps object 0 by %.3f%n", first, iou(all, first, objects[0]));
//> anchor 96 overlaps object 0 by 0.715

// --- What the network has to predict ---------------------------------------------------------
// The shift of the centre in widths and heights of the anchor, and the logarithm of the ratio of
// sizes. Applying them gives the object back.

Boxes.CoderWeights plain = new Boxes.CoderWeights(1, 1, 1, 1);
Tensor anchor = device.of(Shape.of(1, 1, 4), Arrays.copyOfRange(all, 4 * first, 4 * first + 4));
Tensor object = device.of(Shape.of(1, 1, 4), objects[0]);
Tensor deltas = device.dispatch(new Boxes.BoxEncode(plain, 1), List.of(anchor, object)).get(0);
System.out.printf("dx %.3f, dy %.3f, dw %.3f, dh %.3f%n",
    deltas.toFloats()[0], deltas.toFloats()[1], deltas.toFloats()[2], deltas.toFloats()[3]);
//> dx -0.016, dy 0.115, dw -0.127, dh 0.061
double clamp = Math.log(1000.0 / 16);
Tensor decoded = device.dispatch(new Boxes.BoxDecode(plain, 1, clamp), List.of(anchor, deltas)).get(0);
System.out.printf("back: %.1f %.1f %.1f %.1f%n",
    decoded.toFloats()[0], decoded.toFloats()[1], decoded.toFloats()[2], decoded.toFloats()[3]);
//> back: 30.0 20.0 110.0 70.0

// --- Suppression -----------------------------------------------------------------------------
// A trained network finds each object many times. Let us pretend: every anchor that overlaps an
// object by more than a third proposes it, a little off, and the better it fits the surer it is.
// Greedy suppression keeps the surest and drops what overlaps it by more than 0.5. The small object
// is proposed by nobody here: a finer level of the pyramid, with smaller anchors, is there for it.

Philox noise = new Philox(3, 0);
List<float[]> proposed = new ArrayList<>();
List<Float> scores = new ArrayList<>();
for (int i = 0; i < rows; i++)
  for (float[] b : objects)
    if (iou(all, i, b) > 0.33) {
      float[] p = new float[4];
      for (int k = 0; k < 4; k++) p[k] = b[k] + 4 * (float) noise.normal(4L * i + k);
      proposed.add(p);
      scores.add((float) iou(all, i, b));
    }
int n = proposed.size();
float[] flat = new float[4 * n], s = new float[n];
byte[] valid = new byte[n];
for (int i = 0; i < n; i++) {
  System.arraycopy(proposed.get(i), 0, flat, 4 * i, 4);
  s[i] = scores.get(i);
  valid[i] = 1;
}
List<Tensor> kept = device.dispatch(new Boxes.Nms(0.5, 100, 1), List.of(
    device.of(Shape.of(1, n, 4), flat), device.of(Shape.of(1, n), s), device.of(Shape.of(1, n), valid)));
int survivors = kept.get(1).toInts()[0];
System.out.println(n + " proposals, " + survivors + " after suppression");
//> 86 proposals, 3 after suppression

// --- The picture -----------------------------------------------------------------------------

RgbImage canvas() {
  byte[] rgb = new byte[height * stride * width * stride * 3];
  Arrays.fill(rgb, (byte) 246);
  for (float[] b : objects)
    for (int y = (int) b[1]; y <= b[3]; y++)
      for (int x = (int) b[0]; x <= b[2]; x++)
        for (int k = 0; k < 3; k++) rgb[3 * (y * width * stride + x) + k] = (byte) 205;
  return new RgbImage(width * stride, height * stride, rgb);
}
DrawnInstance boxOf(String name, float[] b) {
  return new DrawnInstance(name, Double.NaN, b, new byte[0]);
}
List<DrawnInstance> positive = new ArrayList<>();
for (int i = 0; i < rows; i++)
  if (matched[i] >= 0) positive.add(boxOf("", Arrays.copyOfRange(all, 4 * i, 4 * i + 4)));
List<DrawnInstance> before = new ArrayList<>(), after = new ArrayList<>();
for (float[] p : proposed) before.add(boxOf("", p));
int[] index = kept.get(0).toInts();
for (int i = 0; i < survivors; i++) after.add(boxOf("", proposed.get(index[i])));
DrawStyle style = new DrawStyle(InstanceColors.byInstance(), 2, 0, true, false);
Picture picture = Panels.row(
    List.of(
        Overlay.draw(canvas(), positive, style),
        Overlay.draw(canvas(), before, style),
        Overlay.draw(canvas(), after, style)),
    List.of("anchors that must say yes", n + " proposals", "after suppression"));
System.out.println(picture.writePng(Path.of("output/lessons/07_rpn.png")));
//> output/lessons/07_rpn.png

device.close();

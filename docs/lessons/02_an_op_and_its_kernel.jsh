// Lesson 2: an op and its kernels.
//
//     jshell --class-path cli/target/maskrcnn-cli.jar docs/lessons/02_an_op_and_its_kernel.jsh
//
// An op says what is computed: a record with attributes and a rule for shapes. A kernel says how,
// on one kind of device. A backend is a table from the first to the second. The reference backend
// is written as plainly as the definition itself; every other kernel is tested against it.

import dev.maskrcnn.detection.draw.*;
import dev.maskrcnn.tensor.*;
import dev.maskrcnn.tensor.shape.*;
import dev.maskrcnn.tensor.op.*;
import java.nio.file.Path;
import java.util.*;

Device cpu = Device.cpu();
Device reference = Device.reference();

// --- The op ----------------------------------------------------------------------------------
// Intersection over union of boxes (x1, y1, x2, y2). The attribute says whether the corners are
// pixels that belong to the box (offset 1, the convention of 2018) or just points (offset 0).

Op op = new Boxes.BoxIou(1);
System.out.println(op.label());
//> BoxIou[offset=1.0]
System.out.println(op.infer(List.of(Spec.of(DType.F32, 3, 4), Spec.of(DType.F32, 2, 4))));
//> [[3, 2] f32]
try {
  op.infer(List.of(Spec.of(DType.F32, 3, 5), Spec.of(DType.F32, 2, 4)));
} catch (ShapeException e) {
  System.out.println(e.getMessage());
  //> box_iou: input 0 must have 4 columns (inputs [[3, 5] f32, [2, 4] f32]; BoxIou[offset=1.0])
}

// --- A definition of our own -----------------------------------------------------------------

double iou(float[] a, float[] b) {
  double w = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]) + 1);
  double h = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]) + 1);
  double areaA = (a[2] - a[0] + 1) * (a[3] - a[1] + 1);
  double areaB = (b[2] - b[0] + 1) * (b[3] - b[1] + 1);
  return w * h / (areaA + areaB - w * h);
}

float[] first = {0, 0, 9, 9};
float[] second = {5, 0, 14, 9};
System.out.printf("by hand: %.6f%n", iou(first, second));
//> by hand: 0.333333

// --- The kernels -----------------------------------------------------------------------------

double on(Device device) {
  try (Frame frame = device.push("lesson")) {
    Tensor a = device.of(Shape.of(1, 4), first);
    Tensor b = device.of(Shape.of(1, 4), second);
    return device.dispatch(op, List.of(a, b)).get(0).item();
  }
}
System.out.printf("reference: %.6f, cpu: %.6f%n", on(reference), on(cpu));
//> reference: 0.333333, cpu: 0.333333

// Which kernel runs an op is a line in a table, which anyone can read.
System.out.println(cpu.kernels().find(Boxes.BoxIou.class).isPresent());
//> true

// --- Does the fast kernel compute what the plain one does? -----------------------------------
// Random boxes from Philox, a generator without state: number i of stream 1 of seed 7 is the same
// on every device, which is how CPU and GPU draw the same samples.

float[] boxes(int n, long stream) {
  Philox random = new Philox(7, stream);
  float[] out = new float[4 * n];
  for (int i = 0; i < n; i++) {
    float x = 800 * (float) random.uniform(4 * i);
    float y = 800 * (float) random.uniform(4 * i + 1);
    out[4 * i] = x;
    out[4 * i + 1] = y;
    out[4 * i + 2] = x + 200 * (float) random.uniform(4 * i + 2);
    out[4 * i + 3] = y + 200 * (float) random.uniform(4 * i + 3);
  }
  return out;
}

record Run(float[] values, double milliseconds) {}

Run run(Device device, int n) {
  try (Frame frame = device.push("lesson")) {
    Tensor a = device.of(Shape.of(n, 4), boxes(n, 1));
    Tensor b = device.of(Shape.of(n, 4), boxes(n, 2));
    long start = System.nanoTime();
    Tensor y = device.dispatch(op, List.of(a, b)).get(0);
    return new Run(y.toFloats(), (System.nanoTime() - start) / 1e6);
  }
}

float[] plain = run(reference, 300).values();
float[] fast = run(cpu, 300).values();
double worst = 0;
for (int i = 0; i < plain.length; i++) {
  worst = Math.max(worst, Math.abs(plain[i] - fast[i]));
}
System.out.printf("%d pairs, largest difference %.0e%n", plain.length, worst);
//> 90000 pairs, largest difference 0e+00

// --- And how fast? ---------------------------------------------------------------------------
// A picture, not a benchmark: the first runs are still compiled. Real measurements are in the
// module benchmarks (JMH): OpBenchmark, for every op.

int[] sizes = {50, 100, 200, 400, 800};
double[] n = Arrays.stream(sizes).asDoubleStream().toArray();
double[] times(Device device) {
  double[] out = new double[sizes.length];
  for (int i = 0; i < sizes.length; i++) {
    double best = Double.MAX_VALUE;
    for (int repeat = 0; repeat < 8; repeat++) {
      best = Math.min(best, run(device, sizes[i]).milliseconds());
    }
    out[i] = best;
  }
  return out;
}
Picture picture = Charts.lines("IoU of n x n boxes", "n", "milliseconds", List.of(
    new Curve("reference", n, times(reference)), new Curve("cpu", n, times(cpu))));
System.out.println(picture.writePng(Path.of("output/lessons/02_kernels.png")));
//> output/lessons/02_kernels.png

cpu.close();
reference.close();

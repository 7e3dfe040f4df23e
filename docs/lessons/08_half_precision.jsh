// Lesson 8: half precision and loss scaling.
//
//     jshell --class-path cli/target/maskrcnn-cli.jar docs/lessons/08_half_precision.jsh
//
// Sixteen bits move twice as fast through memory, and tensor cores multiply them many times as
// fast. Training with them works if two things are done: the weights that are updated stay in 32
// bits, and the gradients are kept away from zero. This lesson makes gradients vanish, and brings
// them back (Micikevicius et al. 2018).

import dev.maskrcnn.detection.draw.*;
import dev.maskrcnn.tensor.*;
import dev.maskrcnn.tensor.shape.*;
import dev.maskrcnn.tensor.op.*;
import java.nio.file.Path;
import java.util.*;

Device device = Device.reference();

float[] rounded(DType half, float... values) {
  try (Frame frame = device.push("lesson")) {
    Tensor x = device.of(Shape.of(values.length), values);
    Tensor h = device.dispatch(new Pointwise.Cast(half), List.of(x)).get(0);
    return device.dispatch(new Pointwise.Cast(DType.F32), List.of(h)).get(0).toFloats();
  }
}

// --- What a half can hold --------------------------------------------------------------------
// Five bits of exponent and ten of fraction: numbers from 6e-8 to 65504, three digits and a bit.
// BF16 has the eight bits of exponent of a float, and seven of fraction.

float[] numbers = {3.14159265f, 2049, 65504, 70000, 1e-5f, 1e-7f, 1e-8f};
System.out.println("f32  " + Arrays.toString(numbers));
//> f32  [3.1415927, 2049.0, 65504.0, 70000.0, 1.0E-5, 1.0E-7, 1.0E-8]
System.out.println("f16  " + Arrays.toString(rounded(DType.F16, numbers)));
//> f16  [3.140625, 2048.0, 65504.0, Infinity, 1.001358E-5, 1.1920929E-7, 0.0]
System.out.println("bf16 " + Arrays.toString(rounded(DType.BF16, numbers)));
//> bf16 [3.140625, 2048.0, 65536.0, 70144.0, 1.001358E-5, 1.0011718E-7, 1.0011718E-8]

// --- Why the weights stay in 32 bits ---------------------------------------------------------
// A step changes a weight by the learning rate times the gradient: much less than the weight. A
// half near 1 has steps of 0.001: smaller changes are lost, a thousand times over.

float half = 1, single = 1;
for (int step = 0; step < 1000; step++) {
  half = rounded(DType.F16, half + 0.0001f)[0];
  single += 0.0001f;
}
System.out.printf("after 1000 steps of 0.0001: f16 %.4f, f32 %.4f%n", half, single);
//> after 1000 steps of 0.0001: f16 1.0000, f32 1.1000

// --- Gradients that vanish -------------------------------------------------------------------
// The gradients of a detector are spread over many orders of magnitude. Take normal logarithms
// around 1e-7, as for the early layers, and count what a half makes zero, for loss scales from 1
// on. Differentiating scale * loss multiplies every gradient by the scale, exactly, if the scale
// is a power of two.

Philox philox = new Philox(8, 0);
float[] gradients = new float[20_000];
for (int i = 0; i < gradients.length; i++) {
  gradients[i] = (float) (Math.pow(10, -7 + 1.2 * philox.normal(2L * i)) * Math.signum(philox.normal(2L * i + 1)));
}
double[] scales = new double[23], zeros = new double[23], overflows = new double[23];
for (int k = 0; k < scales.length; k++) {
  float scale = (float) Math.pow(2, k + 3);
  float[] scaled = new float[gradients.length];
  for (int i = 0; i < scaled.length; i++) scaled[i] = scale * gradients[i];
  float[] h = rounded(DType.F16, scaled);
  int zero = 0, infinite = 0;
  for (float v : h) {
    zero += v == 0 ? 1 : 0;
    infinite += Float.isInfinite(v) ? 1 : 0;
  }
  scales[k] = k + 3;
  zeros[k] = 100.0 * zero / h.length;
  overflows[k] = 100.0 * infinite / h.length;
}
double countZeros(float scale) {
  int zero = 0;
  float[] scaled = new float[gradients.length];
  for (int i = 0; i < scaled.length; i++) scaled[i] = scale * gradients[i];
  for (float v : rounded(DType.F16, scaled)) zero += v == 0 ? 1 : 0;
  return (double) zero / gradients.length;
}
System.out.printf("without a scale %.0f %% of the gradients are zero, with 8192 %.2f %%%n",
    100.0 * countZeros(1), 100.0 * countZeros(8192));
//> without a scale 33 % of the gradients are zero, with 8192 0.01 %
Picture picture = Charts.lines("20,000 gradients in half precision", "log2 of the loss scale", "percent",
    List.of(new Curve("became zero", scales, zeros), new Curve("became infinite", scales, overflows)));
System.out.println(picture.writePng(Path.of("output/lessons/08_scale.png")));
//> output/lessons/08_scale.png

// --- The scaler ------------------------------------------------------------------------------
// Nobody knows the right scale, and it changes. So: start high; when a gradient is infinite, skip
// the step and halve the scale; after a while without, double it. All of it is one op on the
// device, together with the update of all weights, so that no step waits for an answer.

LossScaling rule = new LossScaling(1 << 16, 2, 0.5, 3); // doubles after 3 good steps, to see it
Tensor scale = device.of(Shape.of(1), (float) rule.initial());
Tensor counters = device.of(Shape.of(8), 0, 0, 0, 0, 0, 0, 0, 0);
Tensor weight = device.of(Shape.of(2), 1f, 1f);
Tensor momentum = device.of(Shape.of(2), 0f, 0f);

void step(float... gradient) {
  try (Frame frame = device.push("step")) {
    float s = scale.toFloats()[0];
    // What the backward pass would give: gradients of scale * loss, in halves.
    Tensor scaled = device.of(Shape.of(2), gradient[0] * s, gradient[1] * s);
    Tensor halves = device.dispatch(new Pointwise.Cast(DType.F16), List.of(scaled)).get(0);
    Op update = new Update.SgdUpdate(new Update.SgdRates(0.1, 0.1), 0, rule,
        List.of(new Update.SgdRule(false, 0, false)));
    device.dispatch(update, List.of(scale, counters, weight, momentum, halves));
    System.out.printf("scale %6.0f  weight %.4f  %s%n", s, weight.toFloats()[0],
        counters.toInts()[1] == 1 ? "skipped: a gradient was infinite" : "");
  }
}
step(2, 0);
//> scale  65536  weight 1.0000  skipped: a gradient was infinite
step(0.5f, 0);
//> scale  32768  weight 0.9500  
step(0.5f, 0);
//> scale  32768  weight 0.9000  
step(0.5f, 0);
//> scale  32768  weight 0.8500  
step(0.5f, 0);
//> scale  65536  weight 0.8000  
step(0.5f, 0);
//> scale  65536  weight 0.7500  

// "train DTYPE float16" on a CUDA device is this, with the masters in f32 and a half copy of each
// weight written by the same update. Its log says when a step was skipped, and the scale goes into
// every checkpoint.

device.close();

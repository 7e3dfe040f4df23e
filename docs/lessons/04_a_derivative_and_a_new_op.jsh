// Lesson 4: a derivative rule, a gradient check, and a new op from nothing.
//
//     jshell --class-path cli/target/maskrcnn-cli.jar docs/lessons/04_a_derivative_and_a_new_op.jsh
//
// The first half runs here. The second half, at the end, is a list of edits: a new file and five
// lines, after which the project has an op that it did not have. A test of this project makes these
// very edits and compiles them.

import dev.maskrcnn.autograd.*;
import dev.maskrcnn.detection.draw.*;
import dev.maskrcnn.tensor.*;
import dev.maskrcnn.tensor.shape.*;
import dev.maskrcnn.tensor.op.*;
import java.nio.file.Path;
import java.util.*;

Device device = Device.reference();

// --- What a derivative is here ---------------------------------------------------------------
// Softplus, ln(1 + e^x), is a ReLU without the corner. From ops that exist:

Variable softplus(Variable x, Variable one) {
  return x.exp().add(one).log();
}
double[] at = {-3, -1, 0, 0.5, 2};
Tensor x = device.of(Shape.of(5), at);
Variable one = Variable.constant(device.of(Shape.of(5), 1.0, 1.0, 1.0, 1.0, 1.0));

Tape tape = new Tape(device);
Variable leaf = tape.leaf(x, "x");
Gradients gradients = tape.backward(softplus(leaf, one).sum());
System.out.println(Arrays.toString(gradients.of(leaf).get().toDoubles()));
//> [0.04742587317756679, 0.26894142136999516, 0.5, 0.6224593312018545, 0.8807970779778824]

// Its derivative is the sigmoid, as a look at the numbers tells:
System.out.println(Arrays.toString(x.sigmoid().toDoubles()));
//> [0.04742587317756678, 0.2689414213699951, 0.5, 0.6224593312018546, 0.8807970779778823]

// --- Checking it -----------------------------------------------------------------------------
// Two evaluations tell the slope along one direction: (f(x + h u) - f(x - h u)) / 2h. GradCheck
// takes a random direction u and a random weighting c of the results, in double precision, and
// compares with what the tape says.

double worst = GradCheck.check("softplus", List.of(x), v -> softplus(v.get(0), one), GradCheck.Options.DEFAULT);
System.out.println("agrees: " + (worst < 1e-6));
//> agrees: true

// And a wrong derivative? Here half of the dependence is hidden from the tape.
try {
  GradCheck.check("wrong", List.of(x), v -> v.get(0).mul(v.get(0).detach()), GradCheck.Options.DEFAULT);
} catch (AutogradException e) {
  String message = e.getMessage();
  System.out.println(message.substring(0, message.indexOf(" [")) + " ...");
  //> gradcheck wrong: input 0 ...
  System.out.println(message.substring(message.lastIndexOf("; ") + 2));
  //> 4 of 5 elements differ (seed 1)
}

// How small may h be? Too large, and the curve bends; too small, and the digits run out.
double[] h = new double[14], error = new double[14];
for (int i = 0; i < h.length; i++) {
  h[i] = i + 1;
  double step = Math.pow(10, -(i + 1));
  double numeric = (Math.log1p(Math.exp(2 + step)) - Math.log1p(Math.exp(2 - step))) / (2 * step);
  error[i] = Math.abs(numeric - 1 / (1 + Math.exp(-2)));
}
Picture picture = Charts.lines("Error of a central difference at x = 2", "-log10 of the step",
    "error", List.of(new Curve("softplus in double precision", h, error)));
System.out.println(picture.writePng(Path.of("output/lessons/04_gradcheck.png")));
//> output/lessons/04_gradcheck.png

gradients.close();
tape.close();
device.close();

// --- A new op ---------------------------------------------------------------------------------
// As one op, softplus needs one pass over memory in place of three, and does not overflow. This is
// all that has to be written. "Below" names the line after which a line goes. Leave one of them
// out, and a test names what is missing.
//
// 1. What it is. The shape rule of a function of one number is inherited.
//@ tensor/src/main/java/dev/maskrcnn/tensor/op/Pointwise.java
//@ below:   record Sigmoid() implements Unary {}
//@ + /** {@code ln(1 + e^a)}. */ record Softplus() implements Unary {}
//
// 2. Its definition, as plain as can be. Every other kernel is compared with it.
//@ tensor/src/main/java/dev/maskrcnn/tensor/reference/ReferenceKernels.java
//@ below:     t.put(Pointwise.Exp.class,
//@ +     t.put(Pointwise.Softplus.class, plain((op, a) -> PointwiseReference.unary(a, x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))))));
//
// 3. A kernel for the CPU: a loop over a block of floats. (Math.log is slow; VectorMath shows how
//    to do better, and the benchmark below whether it matters.)
//@ tensor/src/main/java/dev/maskrcnn/tensor/cpu/PointwiseKernels.java
//@ below:     table.put(Log.class,
//@ +     table.put(dev.maskrcnn.tensor.op.Pointwise.Softplus.class, c -> Elementwise.unary(workers, c, v -> { for (int i = 0; i < v.length; i++) { v[i] = Math.max(v[i], 0) + (float) Math.log1p(Math.exp(-Math.abs(v[i]))); } }));
//
// 4. A kernel for CUDA: a file of its own. The launcher of unary ops finds it by its name.
//@ new: cuda-kernels/src/main/cuda/softplus.cu
//@ + // Softplus (tensor.op.Pointwise.Softplus): ln(1 + e^a), without overflow. As elementwise.cu.
//@ + #include "map.cuh"
//@ +
//@ + namespace {
//@ + struct SoftRamp {
//@ +   __device__ float operator()(float a) const { return fmaxf(a, 0.0f) + log1pf(expf(-fabsf(a))); }
//@ + };
//@ + }  // namespace
//@ +
//@ + UNARY(softplus, SoftRamp)
//@ + REGISTER_FLOAT_KERNELS(softplus)
//
// 5. Its derivative: in symbols and in words for "maskrcnn inspect", then what the tape has to keep
//    and what becomes of the gradient dy.
//@ autograd/src/main/java/dev/maskrcnn/autograd/Derivatives.java
//@ below:         Pointwise.Exp.class,
//@ +     rule(Pointwise.Softplus.class, "da = dy ⊙ σ(a)", "the slope of the soft ramp is the sigmoid", keep(in(0)), (op, p) -> p.gradients(() -> p.dy().mul(p.in(0).sigmoid())));
//
// 6. Cases. They hold for every backend, and the derivative is checked on the small ones. What to
//    measure of an op stands in the same class; a function of one number is measured on the largest
//    map of the pyramid without another line.
//@ tensor/src/main/java/dev/maskrcnn/tensor/contract/ArithmeticCases.java
//@ below:     list.exact(name, new Sigmoid(),
//@ +     list.add(name, new dev.maskrcnn.tensor.op.Pointwise.Softplus(), draw.gauss(0, 5, size));
//
// Then format, and see the op pass every contract there is:
//
//     mvn com.spotify.fmt:fmt-maven-plugin:format
//     mvn verify
//     ./maskrcnn inspect op Softplus
//     java -jar benchmarks/target/benchmarks.jar OpBenchmark -p op=Softplus

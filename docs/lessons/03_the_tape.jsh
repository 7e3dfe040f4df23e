// Lesson 3: the tape.
//
//     jshell --class-path cli/target/maskrcnn-cli.jar docs/lessons/03_the_tape.jsh
//
// Reverse-mode differentiation needs to know what was computed, in which order, and a few of the
// values. Here that memory is a list of records called Tape. It is data: print it, draw it, count
// its bytes, watch it being walked backwards.

import dev.maskrcnn.autograd.*;
import dev.maskrcnn.detection.draw.*;
import dev.maskrcnn.tensor.*;
import dev.maskrcnn.tensor.shape.*;
import java.nio.file.Path;
import java.util.*;

Device device = Device.cpu();

// --- Recording -------------------------------------------------------------------------------
// A Variable is a tensor with a place on a tape. The vocabulary is that of tensors: the same
// methods, but each is also written down. A Tensor that takes part stays a constant.

Tensor x = device.of(Shape.of(2, 3), 1f, 2f, 3f, -1f, 0f, 1f);
Tensor w = device.of(Shape.of(2, 3), 0.5f, -0.5f, 1f, 1f, 1f, 1f);
Tensor b = device.of(Shape.of(2), 0.1f, -0.2f);

Tape tape = new Tape(device);
Variable weight = tape.leaf(w, "weight");
Variable bias = tape.leaf(b, "bias");
Variable hidden = Variable.constant(x).linear(weight, bias, true);
Variable loss = hidden.mul(hidden).sum();
System.out.println("hidden " + Arrays.toString(hidden.value().toFloats()));
//> hidden [2.6, 5.8, 0.6, 0.0]
System.out.printf("loss %.4f%n", loss.value().item());
//> loss 40.7600

// --- Reading ---------------------------------------------------------------------------------
// Two leaves, three nodes. "Kept" is what the rule of an op asked for: the fused ReLU needs its
// output (whose sign is the mask), the product needs both factors, the sum needs nothing.

for (Entry e : tape.entries()) {
  String kept = e instanceof Node n ? ", keeps " + n.keptBytes() + " bytes" : "";
  System.out.println("%" + e.id() + " " + e.label() + " -> " + e.spec() + kept);
  //> %0 weight -> [2, 3] f32
  //> %1 bias -> [2] f32
  //> %2 MatMul[transposeA=false, transposeB=true, bias=true, relu=true] -> [2, 2] f32, keeps 40 bytes
  //> %3 Mul[] -> [2, 2] f32, keeps 32 bytes
  //> %4 Sum[] -> [] f32, keeps 0 bytes
}
System.out.println("the tape holds " + tape.keptBytes() + " bytes");
//> the tape holds 40 bytes

// --- Walking backwards -----------------------------------------------------------------------
// An observer is told of every step. The gradient of a sum is one for each element; that of a
// square is twice the value; that of the linear layer is masked by the ReLU and goes to weight
// and bias. x is a constant, so nothing is computed for it.

Map<Integer, String> notes = new TreeMap<>();
tape.observe((node, gradient, gradients, nanos) -> {
  String line = "%" + node.id() + " " + node.op().getClass().getSimpleName() + " gets "
      + Arrays.toString(gradient.toFloats());
  System.out.println(line);
  notes.put(node.id(), "gradient " + Arrays.toString(gradient.toFloats()));
});
Gradients gradients = tape.backward(loss);
//> %4 Sum gets [1.0]
//> %3 Mul gets [1.0, 1.0, 1.0, 1.0]
//> %2 MatMul gets [5.2, 11.6, 1.2, 0.0]
System.out.println("d loss / d bias = " + Arrays.toString(gradients.of(bias).get().toFloats()));
//> d loss / d bias = [6.3999996, 11.6]
System.out.println("d loss / d weight = " + Arrays.toString(gradients.of(weight).get().toFloats()));
//> d loss / d weight = [3.9999998, 10.4, 16.8, 11.6, 23.2, 34.800003]

// By hand: loss = sum h^2, so d loss / d bias_j = sum over rows of 2 h_j where h_j > 0.
float[] h = hidden.value().toFloats();
System.out.printf("by hand: [%.1f, %.1f]%n", 2 * h[0] + 2 * h[2], 2 * h[1] + 2 * h[3]);
//> by hand: [6.4, 11.6]

// After the backward pass the tape is spent: it holds no bytes, and takes no more entries.
System.out.println(tape.keptBytes());
//> 0
try {
  weight.scale(2);
} catch (AutogradException e) {
  System.out.println(e.getMessage());
  //> Scale[factor=2.0]: the tape takes no more entries, its backward pass ran; make a new tape per step
}

// --- The picture -----------------------------------------------------------------------------

for (Map.Entry<String, Variable> leaf : Map.of("weight", weight, "bias", bias).entrySet()) {
  notes.put(leaf.getValue().id(), "gradient "
      + Arrays.toString(gradients.of(leaf.getValue()).get().toFloats()));
}
System.out.println(TapePicture.of(tape, notes).writePng(Path.of("output/lessons/03_tape.png")));
//> output/lessons/03_tape.png

// The same as text, as JSON and for Graphviz:
System.out.println(TapeDump.text(tape).lines().findFirst().get());
//> %0 = leaf weight : [2, 3] f32

gradients.close();
tape.close();
device.close();

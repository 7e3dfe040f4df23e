// Lesson 1: tensors, frames and memory.
//
//     jshell --class-path cli/target/maskrcnn-cli.jar docs/lessons/01_tensors_frames_memory.jsh
//
// A tensor here is as little as it can be: a shape, a number type, and a block of memory on one
// device. It has no strides and no gradient. Lines that begin with //> are what the line before
// printed; the tests of this project run every lesson and compare.

import dev.maskrcnn.detection.draw.*;
import dev.maskrcnn.tensor.*;
import dev.maskrcnn.tensor.shape.*;
import dev.maskrcnn.tensor.op.*;
import java.nio.file.Path;
import java.util.*;

Device device = Device.cpu();
Tensor a = device.of(Shape.of(2, 3), 1f, 2f, 3f, 4f, 5f, 6f);
Tensor b = device.of(Shape.of(2, 3), 10f, 20f, 30f, 40f, 50f, 60f);
System.out.println(a);
//> Tensor([2, 3] f32, from host data)
System.out.println(Arrays.toString(a.add(b).toFloats()));
//> [11.0, 22.0, 33.0, 44.0, 55.0, 66.0]

// Nothing broadcasts. Two operands of different shapes are a mistake, and the message has all of
// it: the op, what it got, and (inside of a model) the path of the module.
try {
  a.add(device.of(Shape.of(3), 1f, 1f, 1f));
} catch (ShapeException e) {
  System.out.println(e.getMessage());
  //> add: input 1 must have shape [2, 3] (inputs [[2, 3] f32, [3] f32]; Add[])
}

// --- Ops are records -------------------------------------------------------------------------
// a.add(b) is short for this. Device.dispatch is the one door through which everything is
// computed: it asks the op for the shapes of its results, finds memory, and calls a kernel.

Op op = new Pointwise.Add();
System.out.println(op + " makes " + op.infer(List.of(a.spec(), b.spec())));
//> Add[] makes [[2, 3] f32]
Tensor sum = device.dispatch(op, List.of(a, b)).get(0);
System.out.println(sum);
//> Tensor([2, 3] f32, from Add[])

// --- Frames ----------------------------------------------------------------------------------
// The memory of a tensor is not Java's: the garbage collector would free it some day, and a GPU
// has no room for some day. A tensor belongs to the frame that was open when it was made, and is
// freed when that frame closes. Frames nest like calls.

System.out.println("before: " + device.liveBytes() + " bytes");
//> before: 108 bytes
Tensor result;
try (Frame frame = device.push("lesson")) {
  Tensor square = a.mul(a);
  Tensor scaled = square.scale(0.5);
  result = frame.escape(scaled.add(b));
  System.out.println("inside: " + device.liveBytes() + " bytes");
  //> inside: 180 bytes
}
System.out.println("after: " + device.liveBytes() + " bytes");
//> after: 132 bytes
System.out.println(Arrays.toString(result.toFloats()));
//> [10.5, 22.0, 34.5, 48.0, 62.5, 78.0]

// What was not handed out is gone, and says so.

Tensor lost;
try (Frame frame = device.push("lesson")) {
  lost = a.mul(b);
}
try {
  lost.toFloats();
} catch (FrameClosedException e) {
  System.out.println(e.getMessage());
  //> tensor [2, 3] f32 from Mul[] was used after its frame closed; return it from the module or escape it
}

// --- Memory over time ------------------------------------------------------------------------
// A listener hears of every op. Twice the same little network: once with one frame around all of
// it, once with a frame for each layer, as nn.Module.call opens one. The peak falls to what two
// neighbouring layers need.

double[] trace(boolean framePerLayer) {
  List<Double> live = new ArrayList<>();
  OpListener listener = (o, inputs, outputs, nanos, path) -> live.add(device.liveBytes() / 1024.0);
  device.listen(listener);
  try (Frame all = device.push("network")) {
    Tensor x = device.zeros(Spec.of(DType.F32, 64, 1024));
    for (int layer = 0; layer < 8; layer++) {
      if (framePerLayer) {
        try (Frame frame = device.push("layer " + layer)) {
          Tensor y = frame.escape(x.scale(1.5).add(x).relu());
          x.close();
          x = y;
        }
      } else {
        x = x.scale(1.5).add(x).relu();
      }
    }
  }
  device.unlisten(listener);
  return live.stream().mapToDouble(Double::doubleValue).toArray();
}

double[] one = trace(false);
double[] each = trace(true);
double[] step = java.util.stream.IntStream.rangeClosed(1, one.length).asDoubleStream().toArray();
System.out.printf("peak: %.0f KiB in one frame, %.0f KiB with a frame for each layer%n",
    Arrays.stream(one).max().getAsDouble(), Arrays.stream(each).max().getAsDouble());
//> peak: 6400 KiB in one frame, 1024 KiB with a frame for each layer

Picture picture = Charts.lines("Living tensors", "op", "KiB", List.of(
    new Curve("one frame", step, one), new Curve("a frame for each layer", step, each)));
System.out.println(picture.writePng(Path.of("output/lessons/01_memory.png")));
//> output/lessons/01_memory.png

// At the end everything that is still held outside of frames would be reported here.
device.close();

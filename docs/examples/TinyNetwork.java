import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.nn.Initializer;
import dev.maskrcnn.nn.Linear;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.shape.Shape;

/** Exclusive or, learned by two layers: tensor, autograd and nn alone. */
class TinyNetwork {
  @SuppressWarnings("try") // a frame is only closed
  public static void main(String[] args) {
    try (Device device = Device.open(args.length > 0 ? args[0] : "cpu")) {
      Scope root = Scope.root(device, 7);
      Initializer init = Initializer.kaimingUniform();
      Linear hidden = Linear.biased(root.child("hidden"), Linear.Extent.of(2, 16), init, true);
      Linear output = Linear.biased(root.child("output"), Linear.Extent.of(16, 2), init, false);
      Variable x = Variable.constant(device.of(Shape.of(4, 2), 0f, 0f, 0f, 1f, 1f, 0f, 1f, 1f));
      Variable labels = Variable.constant(device.of(Shape.of(4), 0, 1, 1, 0));
      try (Sgd sgd = new Sgd(root.state(), new Sgd.Settings(0.2, 1, 0.9, 1e-4, 0))) {
        for (int step = 1; step <= 200; step++) {
          try (Frame frame = device.push("step"); Tape tape = new Tape(device)) {
            Pass pass = Pass.training(tape);
            Variable loss = output.forward(pass, hidden.forward(pass, x)).crossEntropy(labels);
            if (step % 50 == 0) {
              System.out.printf("step %d, loss %.4f%n", step, loss.value().item());
            }
            try (Gradients gradients = tape.backward(loss)) {
              sgd.step(gradients, rate -> rate);
            }
          }
        }
      }
      root.state().close();
    }
  }
}

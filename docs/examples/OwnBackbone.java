import dev.maskrcnn.autograd.*;
import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.data.*;
import dev.maskrcnn.detection.engine.BatchUpload;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.*;
import dev.maskrcnn.nn.*;
import dev.maskrcnn.nn.Module;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.*;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.*;

/** A detector on a backbone of your own: four convolutions in place of a ResNet. */
class OwnBackbone extends Module implements Backbone {
  private final List<Conv2d> layers = new ArrayList<>();

  OwnBackbone(Scope scope) {
    super(scope);
    int[] w = {3, 16, 32, 64, 128};
    for (int i = 0; i < 4; i++) {
      ConvGeometry g = ConvGeometry.of(w[i], w[i + 1], i == 0 ? 7 : 3).stride(i == 0 ? 4 : 2);
      layers.add(Conv2d.biased(scope.child(i), g, Initializer.kaimingUniform(), true));
    }
  }

  @Override public int[] widths() { return new int[] {16, 32, 64, 128}; }
  @Override public int[] strides() { return new int[] {4, 8, 16, 32}; }

  @Override public List<Variable> forward(Pass pass, Variable images) {
    return callAll(() -> {
      List<Variable> maps = new ArrayList<>();
      for (Conv2d layer : layers) {
        maps.add(layer.forward(pass, maps.isEmpty() ? images : maps.get(maps.size() - 1)));
      }
      return maps;
    });
  }

  public static void main(String[] args) {
    ModelSettings settings =
        ModelSettings.of(BuiltinConfigs.load("shapes_gn"), Conventions.MASKRCNN_BENCHMARK)
            .withBackbone(OwnBackbone::new);
    double[] outline = {6, 10, 45, 10, 45, 34, 6, 34};
    var truth = new GroundTruthBuilder().add(new float[] {6, 10, 44, 33}, 1, List.of(outline));
    try (Device device = Device.cpu(); MaskRcnn model = new MaskRcnn(device, settings, 1);
        Sgd sgd = new Sgd(model.state(), new Sgd.Settings(0.01, 2, 0.9, 1e-4, 0));
        Frame frame = device.push("step"); Tape tape = new Tape(device)) {
      Tensor image = device.of(Shape.of(1, 64, 64, 3), new float[64 * 64 * 3]);
      Input input = new Input(image, device.of(Shape.of(1, 2), 64, 64));
      Targets targets = BatchUpload.targets(device, List.of(truth.build()));
      var losses = model.losses(tape, input, targets, new RpnTargets.Draw(1, 0), Stages.NONE);
      losses.forEach((name, loss) -> System.out.printf("%s %.3f%n", name, loss.value().item()));
      try (Gradients gradients = tape.backward(List.copyOf(losses.values()))) {
        sgd.step(gradients, rate -> rate);
      }
      System.out.println(model.detect(input, Stages.NONE).get(0).count() + " objects found");
    }
  }
}

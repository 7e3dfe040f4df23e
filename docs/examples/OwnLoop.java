import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.data.CocoSource;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.PrefetchLoader;
import dev.maskrcnn.detection.engine.BatchPipeline;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.detection.model.Stages;
import dev.maskrcnn.detection.train.StepFeed;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Frame;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A training loop of one's own: OwnLoop DATA CHECKPOINT STEPS [KEY VALUE]... */
class OwnLoop {
  @SuppressWarnings("try") // a frame is only closed
  public static void main(String[] args) {
    Config config = BuiltinConfigs.load("shapes_gn").merge(List.of(args).subList(3, args.length));
    CocoDataset data =
        CocoDataset.load(Path.of(args[0], "instances_train.json"), Path.of(args[0], "train"));
    CocoSource images = CocoSource.forTraining(data, BatchPipeline.trainingRule(config));
    int steps = Integer.parseInt(args[2]);
    Sgd.Settings settings = new Sgd.Settings(0.01, 2, 0.9, 1e-4, 0);
    try (Session session = Session.open("cpu", config, 1);
        Sgd sgd = new Sgd(session.model().state(), settings, session.scaling());
        PrefetchLoader<ImageBatch> batches =
            BatchPipeline.of(session).training(images, 1, 0, steps)) {
      for (int step = 1; batches.hasNext(); step++) {
        ImageBatch batch = batches.next();
        try (Frame frame = session.device().push("step");
            Tape tape = new Tape(session.device())) {
          StepFeed feed = StepFeed.upload(session.device(), batch, step);
          Draw draw = new Draw(1, 0, feed.group());
          Map<String, Variable> losses =
              session.model().losses(tape, feed.input(), feed.truth(), draw, Stages.NONE);
          List<Variable> all = List.copyOf(losses.values());
          try (Gradients gradients = tape.backward(all, sgd.scaler().scale())) {
            sgd.step(gradients, rate -> rate);
          }
          double sum = all.stream().mapToDouble(loss -> loss.value().item()).sum();
          System.out.printf("step %d, loss %.4f%n", step, sum);
        }
      }
      Checkpoint.save(
          Path.of(args[1]),
          session.model().state(),
          sgd,
          new Checkpoint.State(steps, 1, "constant", session.config(), data.categories()));
    }
  }
}

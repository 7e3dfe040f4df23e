import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.engine.DataSources;
import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.train.IterationLosses;
import dev.maskrcnn.detection.train.TrainingListener;
import dev.maskrcnn.detection.train.TrainingRun;
import dev.maskrcnn.detection.train.TrainingRunBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Trains until the loss is low enough: FollowTraining DATA RUN LOSS [KEY VALUE]... */
class FollowTraining {
  /** Collects the losses, and ends the training when the last five are below a goal. */
  static final class LowLoss implements TrainingListener {
    private final double goal;
    private final List<Double> losses = new ArrayList<>();
    private StopRequest stop;

    LowLoss(double goal) {
      this.goal = goal;
    }

    @Override
    public void started(Start run) {
      stop = run.stop();
    }

    @Override
    public void losses(IterationLosses step) {
      losses.add(step.total());
      List<Double> last = losses.subList(Math.max(0, losses.size() - 5), losses.size());
      if (last.size() == 5 && last.stream().allMatch(loss -> loss < goal)) {
        stop.finish();
      }
    }
  }

  public static void main(String[] args) {
    Config config = BuiltinConfigs.load("shapes_gn").merge(List.of(args).subList(3, args.length));
    DatasetSource data =
        new DatasetSource.Coco(
            "my_train", Path.of(args[0], "train"), Path.of(args[0], "instances_train.json"));
    LowLoss listener = new LowLoss(Double.parseDouble(args[2]));
    TrainingRun.Outcome outcome =
        TrainingRun.run(
            new TrainingRunBuilder(
                    config, new DataSources(List.of(data), List.of()), Path.of(args[1]))
                .listener(listener)
                .build(),
            System.out);
    System.out.printf("%d iterations, losses %s%n", outcome.iteration(), listener.losses);
  }
}

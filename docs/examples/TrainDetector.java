import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.engine.DataSources;
import dev.maskrcnn.detection.train.TrainingRun;
import dev.maskrcnn.detection.train.TrainingRunBuilder;
import java.nio.file.Path;
import java.util.List;

/** Trains a detector and prints its AP: TrainDetector DATA RUN STEPS [KEY VALUE]... */
class TrainDetector {
  public static void main(String[] args) {
    Config config = BuiltinConfigs.load("shapes_gn").merge(List.of(args).subList(3, args.length));
    DataSources data =
        new DataSources(List.of(set(args[0], "train")), List.of(set(args[0], "val")));
    TrainingRun.Options options =
        new TrainingRunBuilder(config, data, Path.of(args[1]))
            .maxSteps(Integer.parseInt(args[2]))
            .build();
    TrainingRun.Outcome outcome = TrainingRun.run(options, System.out);
    outcome
        .summaries()
        .forEach((set, all) -> all.forEach(s -> System.out.println(set + " AP " + s.ap())));
  }

  private static DatasetSource.Coco set(String folder, String part) {
    return new DatasetSource.Coco(
        "my_" + part,
        Path.of(folder, part),
        Path.of(folder, "instances_" + part + ".json"));
  }
}

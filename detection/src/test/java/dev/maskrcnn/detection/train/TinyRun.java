package dev.maskrcnn.detection.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.engine.DataSources;
import dev.maskrcnn.detection.engine.RunControl;
import dev.maskrcnn.detection.shapes.ShapesConfig;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A model so small that a run of a few iterations takes seconds, and the data for it. */
public final class TinyRun {
  private TinyRun() {}

  /** The data that runs share. */
  public static ShapesDataset data(Path folder) {
    return ShapesDataset.prepare(folder.resolve("shapes"), new ShapesConfig(10, 5, 64, 3));
  }

  public static DatasetSource.Coco train(ShapesDataset data) {
    return new DatasetSource.Coco("shapes_train", data.trainImages(), data.trainAnnotations());
  }

  public static DatasetSource.Coco val(ShapesDataset data) {
    return new DatasetSource.Coco("shapes_val", data.valImages(), data.valAnnotations());
  }

  static DataSources sources(ShapesDataset data) {
    return new DataSources(List.of(train(data)), List.of(val(data)));
  }

  /** The recipe of the default run with a fraction of its widths. */
  public static Config config() {
    return BuiltinConfigs.load("shapes_gn")
        .merge(
            List.of(
                "MODEL.BACKBONE.OUT_CHANNELS",
                "16",
                "MODEL.RESNETS.STEM_OUT_CHANNELS",
                "8",
                "MODEL.RESNETS.RES2_OUT_CHANNELS",
                "16",
                "MODEL.RESNETS.WIDTH_PER_GROUP",
                "8",
                "MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM",
                "32",
                "MODEL.ROI_MASK_HEAD.CONV_LAYERS",
                "(16, 16)",
                "INPUT.MIN_SIZE_TRAIN",
                "64",
                "INPUT.MAX_SIZE_TRAIN",
                "64",
                "INPUT.MIN_SIZE_TEST",
                "64",
                "INPUT.MAX_SIZE_TEST",
                "64",
                "SOLVER.IMS_PER_BATCH",
                "2",
                "TEST.IMS_PER_BATCH",
                "2",
                "SOLVER.BASE_LR",
                "0.01",
                "SOLVER.CHECKPOINT_PERIOD",
                "4",
                "PER_EPOCH_EVAL",
                "False"));
  }

  /** A run of a number of steps into a folder. */
  public static TrainingRun.Options options(ShapesDataset data, Path outputDir, int steps) {
    return new TrainingRunBuilder(config(), sources(data), outputDir)
        .evaluateAtEnd(false)
        .maxSteps(steps)
        .seed(7)
        .build();
  }

  /** The same run with another configuration. */
  public static TrainingRun.Options with(TrainingRun.Options o, Config config) {
    return TrainingRunBuilder.like(o).config(config).build();
  }

  /** The same run on other data. */
  public static TrainingRun.Options on(TrainingRun.Options o, DataSources data) {
    return TrainingRunBuilder.like(o).data(data).build();
  }

  /** The same run from weights. */
  static TrainingRun.Options from(TrainingRun.Options o, Path weights) {
    return TrainingRunBuilder.like(o).weights(weights).build();
  }

  /** The same run on another device. */
  static TrainingRun.Options device(TrainingRun.Options o, String device) {
    return TrainingRunBuilder.like(o).device(device).build();
  }

  /** The same run, resumed. */
  public static TrainingRun.Options resumed(TrainingRun.Options o) {
    return TrainingRunBuilder.like(o).resume().build();
  }

  /** The same run with a final evaluation. */
  static TrainingRun.Options tested(TrainingRun.Options o) {
    return TrainingRunBuilder.like(o).evaluateAtEnd(true).build();
  }

  /** The same run with another seed. */
  static TrainingRun.Options seeded(TrainingRun.Options o, long seed) {
    return TrainingRunBuilder.like(o).seed(seed).build();
  }

  /** The same run, watched. */
  static TrainingRun.Options controlled(TrainingRun.Options o, RunControl control) {
    return TrainingRunBuilder.like(o).control(control).build();
  }

  /** An annotation file in which all objects are of one category. */
  public static void writeOneCategory(Path from, Path to) throws IOException {
    ObjectMapper json = new ObjectMapper();
    ObjectNode root = (ObjectNode) json.readTree(from.toFile());
    ArrayNode categories = (ArrayNode) root.get("categories");
    int id = categories.get(0).get("id").intValue();
    while (categories.size() > 1) {
      categories.remove(1);
    }
    root.get("annotations").forEach(a -> ((ObjectNode) a).put("category_id", id));
    json.writeValue(to.toFile(), root);
  }

  /** The same annotations with the ids of the categories handed on by one, sorted by id. */
  public static void renumberCategories(Path from, Path to) throws IOException {
    ObjectMapper json = new ObjectMapper();
    ObjectNode root = (ObjectNode) json.readTree(from.toFile());
    List<ObjectNode> categories = new ArrayList<>();
    root.get("categories").forEach(c -> categories.add((ObjectNode) c));
    List<Integer> ids = categories.stream().map(c -> c.get("id").intValue()).toList();
    for (int i = 0; i < ids.size(); i++) {
      categories.get(i).put("id", ids.get((i + 1) % ids.size()));
    }
    categories.sort(Comparator.comparingInt(c -> c.get("id").intValue()));
    root.putArray("categories").addAll(categories);
    for (JsonNode a : root.get("annotations")) {
      int next = (ids.indexOf(a.get("category_id").intValue()) + 1) % ids.size();
      ((ObjectNode) a).put("category_id", ids.get(next));
    }
    json.writeValue(to.toFile(), root);
  }

  /** A console that remembers. */
  public static final class Console {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    public final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    public String text() {
      return bytes.toString(StandardCharsets.UTF_8);
    }
  }
}

package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.StateDict;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.io.AtomicFile;
import dev.maskrcnn.tensor.io.FileFailure;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.LazyTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Checkpoint files: weights and training state as safetensors.
 *
 * <p>Weights and buffers have the names, shapes and element order of maskrcnn-benchmark's state
 * dict; {@code optimizer/<name>} is the momentum of a weight, in the same order. Everything else is
 * text in the metadata: iteration, seed (all random choices of a run derive from seed and
 * iteration, so it is the whole random state), schedule, configuration as YAML, categories.
 */
public final class Checkpoint {
  /** The one line of this file names the newest checkpoint of its folder. */
  public static final String LAST = "last_checkpoint";

  static final String OPTIMIZER = "optimizer/";
  private static final int LONGEST_NAME = 255;
  private static final String EXTENSION = ".safetensors";

  /**
   * Where a training run stands, apart from its tensors.
   *
   * @param iteration iterations done
   * @param seed of everything random in the run
   * @param schedule the learning rate in words; the rate itself follows from the configuration
   * @param config all settings
   * @param categories the classes from 1, in their order
   * @param ap what an evaluation found of these very weights, by name ({@code bbox/AP}); empty if
   *     they were not evaluated
   */
  public record State(
      int iteration,
      long seed,
      String schedule,
      Config config,
      List<CocoCategory> categories,
      Map<String, Double> ap) {
    public State {
      categories = List.copyOf(categories);
      ap = Map.copyOf(ap);
    }

    /** Of weights that were not evaluated. */
    public State(
        int iteration, long seed, String schedule, Config config, List<CocoCategory> categories) {
      this(iteration, seed, schedule, config, categories, Map.of());
    }
  }

  /**
   * What a checkpoint says about itself. A file of another program has none of it, but a detector
   * of a family that is recognised has settings.
   *
   * @param file where it lies
   * @param iteration iterations trained
   * @param seed of the run
   * @param config the settings it was trained with
   * @param categories the classes from 1, without background; empty if unknown
   * @param classes number of classes with background, from its tensors
   */
  public record Description(
      Path file,
      OptionalInt iteration,
      OptionalLong seed,
      Optional<Config> config,
      List<CocoCategory> categories,
      OptionalInt classes) {
    public Description {
      categories = List.copyOf(categories);
    }

    /** Names of the classes from 1; empty if unknown. */
    public List<String> classNames() {
      return categories.stream().map(CocoCategory::name).toList();
    }

    /**
     * What a run does otherwise than the one that these weights come from. Nothing is wrong then,
     * but the weights have to be learned again in part.
     *
     * @return a line for the user; empty if all agree or the file does not tell
     */
    public Optional<String> differences(Config run) {
      return config
          .map(own -> Family.differences(run, own))
          .filter(keys -> !keys.isEmpty())
          .map(
              keys ->
                  "%s: the weights were trained under other rules; to keep them, add: %s"
                      .formatted(file, keys));
    }

    /** Ids of the classes from 1 in the annotations; empty if unknown. */
    public int[] categoryIds() {
      return categories.stream().mapToInt(CocoCategory::id).toArray();
    }
  }

  private Checkpoint() {}

  /** The file of a checkpoint within a run: {@code model_0002500.safetensors}. */
  public static Path file(Path outputDir, int iteration) {
    return outputDir.resolve(String.format(Locale.ROOT, "model_%07d", iteration) + EXTENSION);
  }

  /** The file of the checkpoint at the end of a run: {@code model_final.safetensors}. */
  public static Path finalFile(Path outputDir) {
    return outputDir.resolve("model_final" + EXTENSION);
  }

  /** The file of the best model that evaluations of a run found: {@code model_best}. */
  public static Path bestFile(Path outputDir) {
    return outputDir.resolve("model_best" + EXTENSION);
  }

  /**
   * The checkpoint that {@code last_checkpoint} of an output folder names.
   *
   * @return empty if there is no such file
   * @throws CheckpointException if it cannot be read or names a file that does not exist
   */
  public static Optional<Path> last(Path outputDir) {
    Path pointer = outputDir.resolve(LAST);
    if (!Files.exists(pointer)) {
      return Optional.empty();
    }
    String name;
    try (InputStream in = Files.newInputStream(pointer)) {
      name = new String(in.readNBytes(LONGEST_NAME), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new CheckpointException(pointer + ": cannot be read: " + FileFailure.reason(e), e);
    }
    // Its own program writes plain names only; anything else is damage.
    Path file = name.matches("[^\\p{Cntrl}\ufffd]+") ? outputDir.resolve(name) : outputDir;
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(
          "%s: names \"%s\", which does not exist; write the name of a model_*%s file into it"
              .formatted(pointer, WeightFile.printable(name), EXTENSION));
    }
    return Optional.of(file);
  }

  /**
   * Makes a run start anew: forgets the newest checkpoint, whose file stays.
   *
   * @return whether there was one to forget
   */
  public static boolean forget(Path outputDir) {
    try {
      return Files.deleteIfExists(outputDir.resolve(LAST));
    } catch (IOException e) {
      throw new CheckpointException(
          outputDir.resolve(LAST) + ": cannot be removed: " + FileFailure.reason(e), e);
    }
  }

  /**
   * Writes a checkpoint, then {@code last_checkpoint} beside it; each appears as a whole or not at
   * all, so a crash at any moment leaves the former checkpoint in force.
   *
   * @throws dev.maskrcnn.tensor.io.TensorFileException if it cannot be written
   */
  public static void save(Path file, StateDict weights, Sgd optimizer, State state) {
    saveAside(file, weights, optimizer, state);
    AtomicFile.writeText(file.toAbsolutePath().resolveSibling(LAST), file.getFileName().toString());
  }

  /**
   * Writes a checkpoint that the run does not go on from: {@code last_checkpoint} stays as it is.
   *
   * @throws dev.maskrcnn.tensor.io.TensorFileException if it cannot be written
   */
  public static void saveAside(Path file, StateDict weights, Sgd optimizer, State state) {
    Map<String, LazyTensor> tensors = new LinkedHashMap<>();
    weights.entries().forEach((name, p) -> tensors.put(name, lazy(p, p::save)));
    for (Parameter p : weights.trainable()) {
      if (optimizer.velocity(p.name()).isPresent()) {
        tensors.put(OPTIMIZER + p.name(), lazy(p, () -> optimizer.saveVelocity(p).orElseThrow()));
      }
    }
    Map<String, String> metadata = CheckpointMetadata.of(state);
    if (!optimizer.groups().isEmpty()) {
      LossScaleText.put(optimizer.scaler(), metadata);
    }
    Safetensors.writeLazily(file, tensors, metadata);
  }

  private interface Values {
    float[] read();
  }

  private static LazyTensor lazy(Parameter p, Values values) {
    long[] shape = WeightLoader.checkpointShape(p);
    return new LazyTensor(TensorType.F32, shape, () -> HostTensor.of(values.read(), shape));
  }

  /** Metadata of weights taken over from another program, with the settings they need. */
  static Map<String, String> ofImport(
      Config config, String conventions, List<CocoCategory> categories) {
    State state = new State(0, 0, "imported, not trained here", config, categories);
    Map<String, String> metadata = CheckpointMetadata.of(state);
    metadata.put("conventions", conventions);
    return metadata;
  }

  /**
   * What an evaluation found of the weights in a checkpoint.
   *
   * @param name {@code bbox/AP} or {@code segm/AP}
   * @return empty if they were not evaluated
   * @throws dev.maskrcnn.tensor.io.TensorFileException if it is missing, cut off or no safetensors
   *     file
   */
  public static OptionalDouble ap(Path file, String name) {
    return CheckpointMetadata.ap(WeightFile.read(file), name);
  }

  /**
   * What a file says about itself; the data of its tensors is not read.
   *
   * @throws CheckpointException if its metadata is of a newer version or damaged
   */
  public static Description describe(Path file) {
    return describe(WeightFile.read(file));
  }

  /** The same for a file that is open already. */
  public static Description describe(WeightFile content) {
    if (!CheckpointMetadata.isIn(content)) {
      Optional<FamilySettings> detector =
          FamilyNames.of(content)
              .map(family -> new FamilySettings(content, family))
              .filter(FamilySettings::isDetector);
      return new Description(
          content.file(),
          content.iteration(),
          OptionalLong.empty(),
          detector.map(FamilySettings::config),
          detector.map(FamilySettings::categories).orElse(List.of()),
          WeightLoader.classes(content));
    }
    return CheckpointMetadata.description(content);
  }

  /**
   * Restores a training run.
   *
   * @return where it stands
   * @throws CheckpointException if the file was not written by a training run of this model
   */
  public static Description resume(WeightFile content, StateDict weights, Sgd optimizer) {
    Description description = describe(content);
    if (description.iteration.isEmpty()) {
      throw new CheckpointException(
          content.file() + ": holds weights only, no training state; pass it as --weights instead");
    }
    WeightLoader loader = new WeightLoader(content, weights);
    loader.load(false);
    loader.loadMomentum(optimizer);
    if (!optimizer.groups().isEmpty()) {
      LossScaleText.restore(content.file(), content.metadata(), optimizer.scaler());
    }
    return description;
  }

  /**
   * Loads weights and buffers, of a checkpoint, any other safetensors file with these names, or a
   * file of PyTorch or Detectron.
   *
   * @param otherClasses tolerate another number of classes: the tensors whose shape depends on it
   *     then keep their initial values
   * @return the names of those tensors, and of those that a file of another program does not have
   * @throws CheckpointException if a tensor is missing, left over or of another shape
   */
  public static List<String> load(WeightFile content, StateDict weights, boolean otherClasses) {
    return new WeightLoader(content, weights).load(otherClasses);
  }
}

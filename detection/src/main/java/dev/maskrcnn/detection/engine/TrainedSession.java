package dev.maskrcnn.detection.engine;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.detection.weights.WeightFile;
import dev.maskrcnn.detection.weights.WeightNotes;
import dev.maskrcnn.tensor.device.DeviceChoice;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A trained model on a device, and what it finds.
 *
 * @param session owned: closed with this
 * @param categories of the labels from 1; of an RPN alone the one category of its proposals
 */
public record TrainedSession(Session session, List<CocoCategory> categories)
    implements AutoCloseable {

  /**
   * What to open.
   *
   * @param weights a checkpoint in any form that is read
   * @param config all settings; the class count is taken from the weights
   * @param device where it computes
   * @param annotations COCO file to take class names from; else those of the checkpoint
   */
  public record Choice(
      WeightFile weights, Config config, DeviceChoice device, Optional<Path> annotations) {

    /** On a device of this name, with the usual options. */
    public Choice(WeightFile weights, Config config, String device, Optional<Path> annotations) {
      this(weights, config, DeviceChoice.of(device), annotations);
    }
  }

  /**
   * Opens the device, builds the model and loads its weights.
   *
   * @param log is told of a changed class count, of classes without names, and as {@link
   *     Session#open} says
   * @throws RunException if what was chosen does not fit together
   */
  public static TrainedSession open(Choice choice, RunLog log) {
    Checkpoint.Description weights = Checkpoint.describe(choice.weights);
    boolean proposals = choice.config.flag("MODEL.RPN_ONLY");
    if (weights.classes().isEmpty() && !proposals) {
      throw new RunException(
          choice.weights.file() + ": holds no box head; expected the weights of a trained model");
    }
    List<CocoCategory> categories = List.of(new CocoCategory(0, "proposal", ""));
    Config config = choice.config;
    if (!proposals) {
      int classes = weights.classes().getAsInt();
      categories = categories(choice, weights, log);
      config = new ClassCount(classes, choice.weights.file().toString()).applyTo(config, log);
    }
    Session session = Session.open(choice.device, config, 0, log);
    try {
      WeightNotes.of(choice.weights).forEach(line -> log.warning(Loggers.CHECKPOINT, line));
      Checkpoint.load(choice.weights, session.model().state(), false);
      return new TrainedSession(session, categories);
    } catch (RuntimeException | Error e) {
      Session.closeAfter(e, session);
      throw e;
    }
  }

  /** Class names from the annotations if given, else from the checkpoint, else numbers. */
  private static List<CocoCategory> categories(
      Choice choice, Checkpoint.Description weights, RunLog log) {
    int classes = weights.classes().orElseThrow();
    List<CocoCategory> known = weights.categories();
    if (choice.annotations.isPresent()) {
      Path file = choice.annotations.get();
      List<CocoCategory> given =
          CocoDataset.load(file, file.toAbsolutePath().getParent()).categories();
      if (!known.isEmpty()) {
        return matched(choice, known, given, log);
      }
      known = given;
      if (known.size() != classes - 1) {
        throw new RunException(
            "%s: has %s categories, but %s was trained on %s; give its own annotation file"
                .formatted(file, known.size(), choice.weights.file(), classes - 1));
      }
    }
    if (!known.isEmpty()) {
      return known;
    }
    log.warning(
        Loggers.INFERENCE,
        choice.weights.file() + ": does not name its classes; give an annotation file that does");
    return IntStream.range(1, classes)
        .mapToObj(label -> new CocoCategory(label, "class " + label, ""))
        .toList();
  }

  /** The categories of the model with the ids that an annotation file gives them. */
  private static List<CocoCategory> matched(
      Choice choice, List<CocoCategory> known, List<CocoCategory> given, RunLog log) {
    CategoryMatch match = CategoryMatch.of(known, given, CategoryMatch.By.of(choice.config));
    Path file = choice.annotations.orElseThrow();
    if (match.common() == 0) {
      throw new RunException(
          ("%s: its %s categories %s differ from the %s categories %s of %s; give its own"
                  + " annotation file, or --categories by-id if the same ids mean the same")
              .formatted(
                  file,
                  given.size(),
                  CategoryMatch.names(given),
                  known.size(),
                  CategoryMatch.names(known),
                  choice.weights.file()));
    }
    if (!match.complete()) {
      log.warning(
          Loggers.INFERENCE, file + ": " + match.differences(choice.weights.file().toString()));
    }
    return match.categories();
  }

  @Override
  public void close() {
    session.close();
  }
}

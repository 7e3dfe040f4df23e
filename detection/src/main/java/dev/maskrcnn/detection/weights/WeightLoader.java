package dev.maskrcnn.detection.weights;

import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.StateDict;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.shape.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Matches the tensors of a file with those of a model by name. Everything is checked before the
 * first value is written, so that a file that does not fit leaves the model as it was.
 */
final class WeightLoader {
  /** First extent is the number of classes, or four times it. */
  private static final Pattern CLASS_SHAPED =
      Pattern.compile(
          "roi_heads\\.(box\\.predictor\\.(cls_score|bbox_pred)|mask\\.predictor\\.mask_fcn_logits)"
              + "\\.(weight|bias)");

  /**
   * What the file may have beyond the model: constants that are computed here, counters that
   * PyTorch's norms keep, momentum.
   */
  private static final Pattern NOT_WEIGHTS =
      Pattern.compile(
          Pattern.quote(Checkpoint.OPTIMIZER)
              + ".*|rpn\\.anchor_generator\\.cell_anchors\\..*|.*\\.num_batches_tracked"
              + "|roi_heads\\.keypoint\\..*");

  private static final Pattern BLOCK = Pattern.compile("\\b(layer\\d+)\\.\\d+\\.");

  private static final String MASK_HEAD = "roi_heads.mask.";

  private static final String SCORES = "roi_heads.box.predictor.cls_score.bias";

  /** Constants of a frozen norm, which Detectron has folded into its scales. */
  private static final Pattern NORM_STATISTICS = Pattern.compile(".*\\.running_(mean|var)");

  private final Path file;
  private final boolean own;
  private final Map<String, HostTensor> given;
  private final Map<String, String> unread;
  private final Map<String, HostTensor> tensors;
  private final Map<Integer, HostTensor> momenta;
  private final StateDict weights;

  WeightLoader(WeightFile content, StateDict weights) {
    this.file = content.file();
    this.own =
        content.form() == WeightFile.Form.SAFETENSORS
            && !content.metadata().containsKey(WeightConversion.ORIGIN)
            && FamilyNames.of(content).isEmpty();
    this.unread = content.unread();
    this.given = given(content);
    this.tensors = own ? given : matched(given, weights.entries().keySet());
    this.momenta = content.momenta();
    this.weights = weights;
  }

  private static Map<String, HostTensor> given(WeightFile content) {
    return FamilyNames.of(content)
        .map(family -> FamilyNames.tensors(family, content))
        .orElseGet(content::unwrapped);
  }

  /**
   * The tensors under the names of the model: to each name belongs the longest name of the file
   * that it ends with, as in the original. {@code layer4.*} so fills a fifth stage of the body and
   * one in a head alike.
   */
  private static Map<String, HostTensor> matched(Map<String, HostTensor> given, Set<String> names) {
    Map<String, HostTensor> out = new LinkedHashMap<>();
    for (String name : names) {
      for (int from = 0; from < name.length(); from++) {
        HostTensor tensor = given.get(name.substring(from));
        if (tensor != null) {
          out.put(name, tensor);
          break;
        }
      }
    }
    return out;
  }

  /** Number of classes with background of the model in a file; empty if it has no box head. */
  static OptionalInt classes(WeightFile content) {
    Map<String, HostTensor> given = given(content);
    HostTensor scores = matched(given, Set.of(SCORES)).get(SCORES);
    return scores == null || scores.shape().length != 1
        ? OptionalInt.empty()
        : OptionalInt.of((int) scores.shape()[0]);
  }

  static long[] checkpointShape(Parameter p) {
    Shape shape = p.checkpointShape();
    long[] out = new long[shape.rank()];
    for (int i = 0; i < out.length; i++) {
      out[i] = shape.dim(i);
    }
    return out;
  }

  /**
   * Loads, and returns the names of the tensors that were left alone: those of the shape of the
   * classes, and, with a file of another program, those that it does not have.
   */
  List<String> load(boolean otherClasses) {
    List<String> kept = new ArrayList<>();
    if (tensors.isEmpty()) {
      throw new CheckpointException(
          "%s: has no tensor of a name that fits the model; check --config; its names: %s"
              .formatted(file, some(given.keySet())));
    }
    weights.entries().forEach((name, p) -> check(name, p, otherClasses, kept));
    checkLeftOver();
    weights
        .entries()
        .forEach(
            (name, p) -> {
              if (!kept.contains(name)) {
                p.load(tensors.get(name).floats());
              }
            });
    return kept;
  }

  private void check(String name, Parameter p, boolean otherClasses, List<String> kept) {
    HostTensor tensor = tensors.get(name);
    long[] expected = checkpointShape(p);
    checkRead(name);
    if (tensor == null && !own && (otherClasses || NORM_STATISTICS.matcher(name).matches())) {
      kept.add(name);
      return;
    }
    if (tensor == null) {
      throw new CheckpointException(
          "%s: has no tensor %s, expected %s; it is of another architecture, check --config"
              .formatted(file, name, Arrays.toString(expected)));
    }
    if (Arrays.equals(tensor.shape(), expected)) {
      if (!tensor.type().isFloating()) {
        throw new CheckpointException(
            "%s: tensor %s is %s, expected a floating-point type"
                .formatted(file, name, tensor.type()));
      }
      return;
    }
    boolean classShaped = CLASS_SHAPED.matcher(name).matches();
    if (!classShaped || !otherClasses || !sameButFirst(tensor.shape(), expected)) {
      throw new CheckpointException(
          "%s: tensor %s has shape %s, the model needs %s; %s"
              .formatted(
                  file,
                  name,
                  Arrays.toString(tensor.shape()),
                  Arrays.toString(expected),
                  classShaped
                      ? "it was trained on another number of classes"
                      : "it is of another architecture, check --config"));
    }
    kept.add(name);
  }

  /** A tensor that the model needs must be of a type that is read; others may be of any. */
  private void checkRead(String name) {
    unread.forEach(
        (theirs, what) -> {
          if (!tensors.containsKey(name) && (name.endsWith(theirs) || theirs.endsWith(name))) {
            throw new CheckpointException("%s: tensor %s %s".formatted(file, theirs, what));
          }
        });
  }

  /** A few names, for messages. */
  private static String some(Set<String> names) {
    String first = names.stream().limit(5).collect(Collectors.joining(", "));
    return names.size() > 5 ? first + " and %s more".formatted(names.size() - 5) : first;
  }

  private static boolean sameButFirst(long[] a, long[] b) {
    return a.length == b.length && a.length > 0 && Arrays.equals(a, 1, a.length, b, 1, b.length);
  }

  /**
   * A deeper body has all tensors of a shallower one: what is left over counts as well. Names that
   * are not of the model's parts, such as those of a loss, do not matter.
   */
  private void checkLeftOver() {
    Set<String> names = weights.entries().keySet();
    Set<String> rest = new TreeSet<>(given.keySet());
    rest.removeAll(names);
    rest.removeIf(name -> NOT_WEIGHTS.matcher(name).matches());
    if (own) {
      Set<String> parts =
          names.stream().map(n -> n.substring(0, n.indexOf('.') + 1)).collect(Collectors.toSet());
      boolean masks = names.stream().anyMatch(n -> n.startsWith(MASK_HEAD));
      rest.removeIf(
          name ->
              parts.stream().noneMatch(name::startsWith) || !masks && name.startsWith(MASK_HEAD));
    } else {
      Set<String> blocks = names.stream().map(n -> block(n, 2)).collect(Collectors.toSet());
      Set<String> stages = names.stream().map(n -> block(n, 1)).collect(Collectors.toSet());
      rest.removeIf(n -> blocks.contains(block(n, 2)) || !stages.contains(block(n, 1)));
    }
    if (!rest.isEmpty()) {
      String first = rest.iterator().next();
      throw new CheckpointException(
          "%s: tensor %s of shape %s%s is not in the model; it is of another architecture, check"
                  .formatted(
                      file,
                      first,
                      Arrays.toString(given.get(first).shape()),
                      rest.size() > 1 ? " (and %s more)".formatted(rest.size() - 1) : "")
              + " --config");
    }
  }

  /** The residual block (2 parts) or the stage (1 part) of a body that a name belongs to. */
  private static String block(String name, int parts) {
    Matcher m = BLOCK.matcher(name);
    return !m.find() ? "" : parts == 2 ? m.group() : m.group(1);
  }

  /** Restores the momentum; a weight without one has not been updated yet. */
  void loadMomentum(Sgd optimizer) {
    int number = 0;
    for (Parameter p : weights.trainable()) {
      // PyTorch numbers the parameters that learn in the order of the model.
      HostTensor numbered = momenta.get(number++);
      HostTensor tensor = own ? tensors.get(Checkpoint.OPTIMIZER + p.name()) : numbered;
      if (tensor == null) {
        continue;
      }
      long[] expected = checkpointShape(p);
      if (!Arrays.equals(tensor.shape(), expected)) {
        throw new CheckpointException(
            "%s: tensor %s%s has shape %s, the model needs %s"
                .formatted(
                    file,
                    Checkpoint.OPTIMIZER,
                    p.name(),
                    Arrays.toString(tensor.shape()),
                    Arrays.toString(expected)));
      }
      optimizer.loadVelocity(p, tensor.floats());
    }
  }
}

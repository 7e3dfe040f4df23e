package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Writes weights in another form; values, types and shapes stay, except that detectron2's classes
 * get the original's order, the background first.
 */
public final class WeightConversion {
  /** Key of the metadata of converted files: the form that they had. */
  static final String ORIGIN = "converted_from";

  private static final String ITERATION = "iteration";

  /** What tensors are called in the new file. */
  public enum Names {
    /** As in the old one. */
    KEEP,
    /**
     * As in maskrcnn-benchmark, from torchvision's, Detectron's, detectron2's and data-parallel.
     */
    MASKRCNN
  }

  private WeightConversion() {}

  /**
   * Converts a file. Momentum stays behind.
   *
   * @param out ends with {@code .safetensors} or {@code .pth}, which decides the form
   * @return number of tensors written
   * @throws CheckpointException if the input is damaged or the output has another ending
   * @throws dev.maskrcnn.tensor.io.TensorFileException if a file cannot be read or written
   */
  public static int convert(Path in, Path out, Names names) {
    String ending = ending(out);
    WeightFile content = WeightFile.read(in);
    Map<String, HostTensor> tensors =
        names == Names.KEEP ? new LinkedHashMap<>(content.tensors()) : renamed(content);
    tensors.keySet().removeIf(name -> name.startsWith(Checkpoint.OPTIMIZER));
    if (tensors.isEmpty()) {
      throw new CheckpointException(in + ": holds no weights");
    }
    if (ending.equals(".pth")) {
      Map<String, Object> root = new LinkedHashMap<>();
      root.put("model", tensors);
      iteration(in, content).ifPresent(n -> root.put(ITERATION, (long) n));
      TorchWriter.write(out, root);
    } else {
      Safetensors.write(out, tensors, metadata(content));
    }
    return tensors.size();
  }

  private static String ending(Path out) {
    String name = out.getFileName().toString().toLowerCase(Locale.ROOT);
    for (String ending : new String[] {".safetensors", ".pth"}) {
      if (name.endsWith(ending)) {
        return ending;
      }
    }
    throw new CheckpointException(out + ": no form has this ending; expected .safetensors or .pth");
  }

  private static OptionalInt iteration(Path in, WeightFile content) {
    String text = content.metadata().get(ITERATION);
    if (text == null) {
      return content.iteration();
    }
    try {
      return OptionalInt.of(Integer.parseInt(text));
    } catch (NumberFormatException e) {
      throw new CheckpointException(
          "%s: \"iteration\" of its metadata is \"%s\", expected a number".formatted(in, text), e);
    }
  }

  private static Map<String, String> metadata(WeightFile content) {
    Map<String, String> metadata = new LinkedHashMap<>(content.metadata());
    if (content.form() != WeightFile.Form.SAFETENSORS) {
      metadata.put(ORIGIN, content.form().name().toLowerCase(Locale.ROOT));
      content.iteration().ifPresent(n -> metadata.put(ITERATION, Integer.toString(n)));
    }
    return metadata;
  }

  /** The tensors under the original's names. */
  static Map<String, HostTensor> renamed(WeightFile content) {
    Optional<Family> family = FamilyNames.of(content);
    if (family.isPresent()) {
      return FamilyNames.tensors(family.get(), content);
    }
    boolean caffe2 = content.form() == WeightFile.Form.CAFFE2;
    Set<String> all = content.unwrapped().keySet();
    return content.renamed(name -> caffe2 ? Caffe2Places.of(name, all) : name);
  }
}

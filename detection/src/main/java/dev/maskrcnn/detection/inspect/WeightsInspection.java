package dev.maskrcnn.detection.inspect;

import dev.maskrcnn.autograd.trace.ValueStatistics;
import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.detection.weights.FamilyNames;
import dev.maskrcnn.detection.weights.WeightFile;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** What a file of weights holds. */
public final class WeightsInspection {
  private static final List<TensorType> FLOATS =
      List.of(TensorType.F32, TensorType.F64, TensorType.F16, TensorType.BF16);

  /**
   * One tensor.
   *
   * @param name as in the file
   * @param type as in the file
   * @param shape as in the file
   * @param bytes in the file
   * @param statistics of the values; empty for integers and for empty tensors
   */
  public record Entry(
      String name, String type, String shape, long bytes, Optional<ValueStatistics> statistics) {}

  /**
   * A file.
   *
   * @param form of the file
   * @param family whose names the tensors have; empty for the original's and unknown ones
   * @param iteration of a training checkpoint of PyTorch
   * @param momenta number of tensors of the optimiser that are not among the entries
   * @param entries the tensors in the order of the file
   * @param metadata what it says of itself
   */
  public record Result(
      WeightFile.Form form,
      Optional<Family> family,
      OptionalInt iteration,
      int momenta,
      List<Entry> entries,
      Map<String, String> metadata) {
    public Result {
      entries = List.copyOf(entries);
      metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
    }
  }

  private WeightsInspection() {}

  /**
   * Reads a file in any of the forms that {@link WeightFile} knows.
   *
   * @throws dev.maskrcnn.detection.weights.CheckpointException if it is damaged or in none of them
   */
  public static Result of(Path file) {
    WeightFile content = WeightFile.read(file);
    List<Entry> entries = new ArrayList<>();
    content
        .tensors()
        .forEach(
            (name, t) ->
                entries.add(
                    new Entry(
                        name,
                        t.type().toString(),
                        Arrays.toString(t.shape()),
                        t.data().remaining(),
                        statistics(t))));
    return new Result(
        content.form(),
        FamilyNames.of(content),
        content.iteration(),
        content.momenta().size(),
        entries,
        content.metadata());
  }

  private static Optional<ValueStatistics> statistics(HostTensor t) {
    return FLOATS.contains(t.type()) && t.elements() > 0
        ? Optional.of(ValueStatistics.of(t.floats()))
        : Optional.empty();
  }
}

package dev.maskrcnn.detection.inspect;

import dev.maskrcnn.autograd.trace.ValueStatistics;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import dev.maskrcnn.tensor.io.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

  /** The tensors of a file in its order, and what it says of itself. */
  public record Result(List<Entry> entries, Map<String, String> metadata) {}

  private WeightsInspection() {}

  /** Reads a file. */
  public static Result of(Path file) {
    SafetensorsFile content = Safetensors.read(file);
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
    return new Result(entries, content.metadata());
  }

  private static Optional<ValueStatistics> statistics(HostTensor t) {
    return FLOATS.contains(t.type()) && t.elements() > 0
        ? Optional.of(ValueStatistics.of(t.floats()))
        : Optional.empty();
  }
}

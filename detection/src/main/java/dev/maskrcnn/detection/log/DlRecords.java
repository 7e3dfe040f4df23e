package dev.maskrcnn.detection.log;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The last value of every metric in a file of DLLogger, of this program or the original.
 *
 * @param values numbers by name
 */
public record DlRecords(Map<String, Double> values) {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  public DlRecords {
    values = Map.copyOf(values);
  }

  /**
   * Reads a file; lines that do not begin with DLLL are left out, texts are no metrics.
   *
   * @throws RunFileException if it cannot be read, or a DLLL line is no JSON object
   */
  public static DlRecords read(Path file) {
    Map<String, Double> values = new LinkedHashMap<>();
    int number = 0;
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (line.startsWith(DlLogger.PREFIX)) {
          JsonNode data = JSON.readTree(line.substring(DlLogger.PREFIX.length())).path("data");
          data.forEachEntry(
              (name, value) -> {
                if (value.isNumber()) {
                  values.put(name, value.doubleValue());
                }
              });
        }
      }
    } catch (JsonProcessingException e) {
      throw new RunFileException(
          "%s: line %s is no JSON: %s".formatted(file, number, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new RunFileException(file + ": cannot be read: " + FileFailure.reason(e), e);
    }
    return new DlRecords(values);
  }

  /** The last value of a metric; empty if there is none. */
  public OptionalDouble number(String name) {
    Double value = values.get(name);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}

package dev.maskrcnn.detection.metrics;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.tensor.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes {@code results.json}: an object with one entry for each kind, {@code {"bbox": {"AP": ...,
 * "ARl": ..., "categories": [{"id", "name", "AP", "AP50", "AP75", "AR100"}]}, "segm": {...}}}; -1
 * where there was nothing to measure.
 */
public final class ResultsFile {
  private static final int IOU_50 = 0;
  private static final int IOU_75 = 5;

  private ResultsFile() {}

  /**
   * Writes the file; it appears as a whole or not at all.
   *
   * @param dataset whose categories the evaluations list
   * @throws dev.maskrcnn.tensor.io.TensorFileException if it cannot be written
   */
  public static void write(Path file, CocoDataset dataset, List<CocoEvaluator> evaluations) {
    AtomicFile.writeStream(
        file,
        out -> {
          JsonGenerator json = new JsonFactory().createGenerator(out).useDefaultPrettyPrinter();
          json.writeStartObject();
          for (CocoEvaluator evaluation : evaluations) {
            json.writeObjectFieldStart(evaluation.iouType().label());
            evaluation.summary().writeNumbers(json);
            json.writeArrayFieldStart("categories");
            writeCategories(json, dataset, evaluation);
            json.writeEndArray();
            json.writeEndObject();
          }
          json.writeEndObject();
          json.writeRaw('\n');
          json.flush();
        });
  }

  private static void writeCategories(
      JsonGenerator json, CocoDataset dataset, CocoEvaluator evaluation) throws IOException {
    PrecisionTable table = evaluation.table();
    int[] ids = evaluation.categoryIds();
    for (int k = 0; k < ids.length; k++) {
      CocoCategory category = dataset.categories().get(dataset.labelOf(ids[k]) - 1);
      json.writeStartObject();
      json.writeNumberField("id", category.id());
      json.writeStringField("name", category.name());
      json.writeNumberField("AP", table.averagePrecision(PrecisionTable.ALL, k, 0));
      json.writeNumberField("AP50", table.averagePrecision(IOU_50, k, 0));
      json.writeNumberField("AP75", table.averagePrecision(IOU_75, k, 0));
      json.writeNumberField("AR100", table.averageRecall(k, 0, EvalGrid.LIMIT_100));
      json.writeEndObject();
    }
  }
}

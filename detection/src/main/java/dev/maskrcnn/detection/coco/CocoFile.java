package dev.maskrcnn.detection.coco;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.maskrcnn.tensor.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;

/** Writes a data set as one JSON file in COCO's format, whole or not at all. */
public final class CocoFile {
  private CocoFile() {}

  /**
   * Writes a file.
   *
   * @throws dev.maskrcnn.tensor.io.TensorFileException if it cannot be written
   */
  public static void write(Path file, CocoDataset set) {
    AtomicFile.writeStream(
        file,
        out -> {
          JsonGenerator json = new JsonFactory().createGenerator(out);
          json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
          json.writeStartObject();
          json.writeArrayFieldStart("images");
          for (CocoImage image : set.images()) {
            image(json, image);
          }
          json.writeEndArray();
          json.writeArrayFieldStart("categories");
          for (CocoCategory category : set.categories()) {
            category(json, category);
          }
          json.writeEndArray();
          json.writeArrayFieldStart("annotations");
          for (CocoImage image : set.images()) {
            for (CocoAnnotation annotation : set.annotationsOf(image.id())) {
              annotation(json, annotation);
            }
          }
          json.writeEndArray();
          json.writeEndObject();
          json.close();
        });
  }

  private static void image(JsonGenerator json, CocoImage image) throws IOException {
    json.writeStartObject();
    json.writeNumberField("id", image.id());
    json.writeStringField("file_name", image.fileName());
    json.writeNumberField("width", image.width());
    json.writeNumberField("height", image.height());
    json.writeEndObject();
    json.writeRaw('\n');
  }

  private static void category(JsonGenerator json, CocoCategory category) throws IOException {
    json.writeStartObject();
    json.writeNumberField("id", category.id());
    json.writeStringField("name", category.name());
    json.writeStringField("supercategory", category.supercategory());
    json.writeEndObject();
  }

  private static void annotation(JsonGenerator json, CocoAnnotation a) throws IOException {
    json.writeRaw('\n');
    json.writeStartObject();
    json.writeNumberField("id", a.id());
    json.writeNumberField("image_id", a.imageId());
    json.writeNumberField("category_id", a.categoryId());
    json.writeNumberField("iscrowd", a.crowd() ? 1 : 0);
    json.writeNumberField("area", a.area());
    json.writeFieldName("bbox");
    json.writeArray(a.bbox(), 0, a.bbox().length);
    if (a.segmentation() instanceof Polygons polygons) {
      json.writeArrayFieldStart("segmentation");
      for (double[] part : polygons.parts()) {
        json.writeArray(part, 0, part.length);
      }
      json.writeEndArray();
    } else if (a.segmentation() instanceof RunLength runs) {
      Rle rle = runs.rle();
      json.writeObjectFieldStart("segmentation");
      json.writeFieldName("size");
      json.writeArray(new int[] {rle.height(), rle.width()}, 0, 2);
      json.writeStringField("counts", rle.toCompressed());
      json.writeEndObject();
    }
    json.writeEndObject();
  }
}

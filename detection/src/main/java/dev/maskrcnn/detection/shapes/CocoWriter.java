package dev.maskrcnn.detection.shapes;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.maskrcnn.detection.coco.Rle;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes an annotation file in COCO's format, one image or annotation a line. */
final class CocoWriter implements Closeable {
  /** Annotations of an image are numbered from {@code ANNOTATIONS * imageId} on. */
  static final int ANNOTATIONS = 100;

  private final JsonGenerator json;
  private final List<Entry> entries = new ArrayList<>();

  private record Entry(long imageId, int number, SceneAnnotator.Labelled object) {}

  private CocoWriter(JsonGenerator json) {
    this.json = json;
  }

  /** Starts the file with everything but images and annotations. */
  static CocoWriter create(Path file, String description) throws IOException {
    OutputStream out = Files.newOutputStream(file);
    JsonGenerator json = new JsonFactory().createGenerator(out);
    CocoWriter writer = new CocoWriter(json);
    json.writeStartObject();
    json.writeObjectFieldStart("info");
    json.writeStringField("description", description);
    json.writeStringField("version", "1.0");
    json.writeEndObject();
    json.writeArrayFieldStart("licenses");
    json.writeEndArray();
    writer.categories();
    json.writeArrayFieldStart("images");
    return writer;
  }

  /** Adds an image and remembers its objects for {@link #close}. */
  void image(long id, String fileName, int size, List<SceneAnnotator.Labelled> objects)
      throws IOException {
    json.writeRaw(json.getOutputContext().getEntryCount() == 0 ? "\n" : "");
    json.writeStartObject();
    json.writeNumberField("id", id);
    json.writeNumberField("width", size);
    json.writeNumberField("height", size);
    json.writeStringField("file_name", fileName);
    json.writeEndObject();
    json.writeRaw('\n');
    for (int i = 0; i < objects.size(); i++) {
      entries.add(new Entry(id, i, objects.get(i)));
    }
  }

  /** Writes the annotations and closes the file. */
  @Override
  public void close() throws IOException {
    try (json) {
      json.writeEndArray();
      json.writeArrayFieldStart("annotations");
      for (Entry entry : entries) {
        annotation(entry);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private void categories() throws IOException {
    json.writeArrayFieldStart("categories");
    for (ShapeKind kind : ShapeKind.values()) {
      json.writeStartObject();
      json.writeNumberField("id", kind.categoryId);
      json.writeStringField("name", kind.label());
      json.writeStringField("supercategory", kind.supercategory);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void annotation(Entry entry) throws IOException {
    SceneAnnotator.Labelled object = entry.object;
    json.writeRaw('\n');
    json.writeStartObject();
    json.writeNumberField("id", entry.imageId * ANNOTATIONS + entry.number);
    json.writeNumberField("image_id", entry.imageId);
    json.writeNumberField("category_id", object.kind().categoryId);
    json.writeNumberField("iscrowd", object.crowd() ? 1 : 0);
    json.writeNumberField("area", object.mask().area());
    json.writeFieldName("bbox");
    double[] bbox = object.mask().toBbox();
    json.writeArray(bbox, 0, bbox.length);
    json.writeFieldName("segmentation");
    if (object.polygons().isEmpty()) {
      // COCO's own files hold crowds as plain numbers; objects with holes come in both notations.
      boolean plain = object.crowd() || (entry.imageId + entry.number) % 2 == 0;
      runLengths(object.mask(), plain);
    } else {
      json.writeStartArray();
      for (double[] polygon : object.polygons()) {
        json.writeArray(polygon, 0, polygon.length);
      }
      json.writeEndArray();
    }
    json.writeEndObject();
  }

  private void runLengths(Rle mask, boolean plain) throws IOException {
    json.writeStartObject();
    json.writeFieldName("size");
    json.writeArray(new int[] {mask.height(), mask.width()}, 0, 2);
    json.writeFieldName("counts");
    if (plain) {
      json.writeArray(mask.counts(), 0, mask.counts().length);
    } else {
      json.writeString(mask.toCompressed());
    }
    json.writeEndObject();
  }
}

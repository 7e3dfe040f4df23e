package dev.maskrcnn.detection.predict;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.coco.Rle;
import dev.maskrcnn.detection.draw.DrawStyle;
import dev.maskrcnn.detection.draw.DrawnInstance;
import dev.maskrcnn.detection.draw.InstanceColors;
import dev.maskrcnn.detection.draw.MaskHeatMaps;
import dev.maskrcnn.detection.draw.Overlay;
import dev.maskrcnn.detection.draw.Picture;
import dev.maskrcnn.detection.image.RgbImage;
import dev.maskrcnn.detection.model.Detections;
import dev.maskrcnn.tensor.io.AtomicFile;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Writes what was found in single images: {@code {"image", "width", "height", "categories": [{id,
 * name}], "detections": [{category_id, category_name, bbox [x, y, w, h], score, segmentation {size
 * [h, w], counts}}]}}, best first, in original pixels, and a picture of it.
 */
public final class PredictionWriter {
  /**
   * Where masks are drawn.
   *
   * @param perSide panels in a row, and rows at most
   * @param threshold least score
   */
  record Montage(Path file, int perSide, double threshold) {}

  private final List<CocoCategory> categories;
  private final Map<Integer, String> names = new HashMap<>();
  private final DrawStyle style;

  PredictionWriter(List<CocoCategory> categories) {
    this.categories = categories;
    categories.forEach(c -> names.put(c.id(), c.name()));
    InstanceColors colors =
        InstanceColors.ofClasses(categories.stream().map(CocoCategory::name).toList());
    this.style = DrawStyle.of(colors).withZoom(0);
  }

  int categoryIdOf(int label) {
    // Proposals of an RPN alone are of the one class 0.
    return categories.get(Math.max(0, label - 1)).id();
  }

  void write(
      Path file, RgbImage image, List<DetectionRecord> found, PredictionFiles.Output output) {
    List<DetectionRecord> best =
        found.stream().sorted(Comparator.comparingDouble(d -> -d.score())).toList();
    AtomicFile.writeText(output.json(), json(file.toString(), image, best) + "\n");
    picture(image, best).writePng(output.overlay());
  }

  /** The detections of an image, best first, in the form that the class describes. */
  String json(String name, RgbImage image, List<DetectionRecord> best) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("image", name);
      json.writeNumberField("width", image.width());
      json.writeNumberField("height", image.height());
      writeCategories(json);
      json.writeArrayFieldStart("detections");
      for (DetectionRecord d : best) {
        writeDetection(json, d);
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }

  /** The image with masks, boxes, names and scores, a colour for each category. */
  Picture picture(RgbImage image, List<DetectionRecord> found) {
    return Overlay.draw(image, drawn(found, names), style);
  }

  /**
   * Writes the masks' probabilities over the photo, the best objects first.
   *
   * @param found with masks, in network pixels
   */
  void writeHeatMaps(
      RgbImage image, DetectionPaster.Image place, Detections found, Montage montage) {
    int[] best =
        IntStream.range(0, found.count())
            .filter(i -> found.scores()[i] >= montage.threshold)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -found.scores()[i]))
            .limit((long) montage.perSide * montage.perSide)
            .mapToInt(Integer::intValue)
            .toArray();
    float[] boxes = DetectionPaster.boxes(place, found, best);
    int area = found.maskSize() * found.maskSize();
    List<MaskHeatMaps.Mask> masks =
        IntStream.range(0, best.length)
            .mapToObj(
                k ->
                    new MaskHeatMaps.Mask(
                        String.format(
                            Locale.ROOT,
                            "%s %.2f",
                            names.get(categoryIdOf(found.labels()[best[k]])),
                            found.scores()[best[k]]),
                        Arrays.copyOfRange(boxes, 4 * k, 4 * k + 4),
                        Arrays.copyOfRange(found.masks(), best[k] * area, (best[k] + 1) * area),
                        found.maskSize()))
            .toList();
    MaskHeatMaps.draw(image, masks, montage.perSide).writePng(montage.file);
  }

  private void writeCategories(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("categories");
    for (CocoCategory category : categories) {
      json.writeStartObject();
      json.writeNumberField("id", category.id());
      json.writeStringField("name", category.name());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void writeDetection(JsonGenerator json, DetectionRecord d) throws IOException {
    json.writeStartObject();
    json.writeNumberField("category_id", d.categoryId());
    json.writeStringField("category_name", names.get(d.categoryId()));
    json.writeFieldName("bbox");
    json.writeArray(d.bbox(), 0, 4);
    json.writeNumberField("score", d.score());
    if (d.mask().isPresent()) {
      Rle mask = d.mask().get();
      json.writeObjectFieldStart("segmentation");
      json.writeFieldName("size");
      json.writeArray(new int[] {mask.height(), mask.width()}, 0, 2);
      json.writeStringField("counts", mask.toCompressed());
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  /** Detections as they are drawn. */
  public static List<DrawnInstance> drawn(List<DetectionRecord> found, Map<Integer, String> names) {
    return found.stream()
        .map(
            d ->
                new DrawnInstance(
                    names.getOrDefault(d.categoryId(), "proposal"),
                    d.score(),
                    corners(d.bbox()),
                    d.mask().map(Rle::decode).orElse(new byte[0])))
        .toList();
  }

  /** The outer edges: a box of width 1 surrounds one column of pixels. */
  public static float[] corners(double[] xywh) {
    return new float[] {
      (float) xywh[0], (float) xywh[1], (float) (xywh[0] + xywh[2]), (float) (xywh[1] + xywh[3])
    };
  }
}

package dev.maskrcnn.detection.convert;

import dev.maskrcnn.detection.coco.Mutations;
import dev.maskrcnn.detection.image.ImageSize;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged annotation files of other tools: refused in one line or converted, nothing else. */
class ConvertFuzzTest {
  private static final String LABELME =
      """
      {"version": "5.0", "imagePath": "photos\\\\b.jpg", "imageWidth": 60, "imageHeight": 50,
       "imageData": null, "shapes": [
        {"label": "pig", "shape_type": "polygon", "group_id": null,
         "points": [[10, 10], [20.5, 10], [20, 20], [10, 20]]},
        {"label": "ant", "shape_type": "rectangle", "group_id": 3, "points": [[30, 8], [20, 4]]},
        {"label": "ant", "shape_type": "rectangle", "group_id": 3, "points": [[40, 4], [44, 6]]},
        {"label": "pig", "shape_type": "circle", "points": [[30, 30], [40, 30]]},
        {"label": "dot", "shape_type": "point", "points": [[3, 3]]}]}
      """;

  private static final String VIA =
      """
      {"_via_settings": {"core": {"buffer_size": 18}},
       "_via_img_metadata": {
        "a.png123": {"filename": "a.png", "size": 123, "file_attributes": {}, "regions": [
          {"shape_attributes": {"name": "polygon", "all_points_x": [1, 15, 15.5, 1],
           "all_points_y": [1, 1, 9, 9]}, "region_attributes": {"class": "cat"}},
          {"shape_attributes": {"name": "rect", "x": 2, "y": 3, "width": 4, "height": 5},
           "region_attributes": {"class": {"cat": false, "dog": true}}},
          {"shape_attributes": {"name": "circle", "cx": 8, "cy": 6, "r": 3},
           "region_attributes": {"class": "cat"}},
          {"shape_attributes": {"name": "ellipse", "cx": 8, "cy": 6, "rx": 5, "ry": 2,
           "theta": 0.5}, "region_attributes": {"class": "cat"}}]}}}
      """;

  private static final String CITYSCAPES =
      """
      {"imgHeight": 20, "imgWidth": 40, "objects": [
        {"label": "road", "polygon": [[0, 0], [39, 0], [39, 19], [0, 19]]},
        {"label": "car", "polygon": [[2, 2], [12, 2], [12, 9], [2, 9]]},
        {"label": "cargroup", "polygon": [[20, 5], [30, 5], [30.5, 12], [20, 12]]},
        {"label": "person", "deleted": 0, "polygon": [[5, 4], [8, 4], [8, 8]]}]}
      """;

  @TempDir private Path folder;

  private void feed(Converter format, String original, String ending) {
    Consumer<byte[]> reader = reader(format, ending);
    Mutations.feed(
        List.of(original.getBytes(StandardCharsets.UTF_8)), ConvertException.class, reader);
    Mutations.feedValues(original, ConvertException.class, reader);
  }

  private Consumer<byte[]> reader(Converter format, String ending) {
    return bytes -> {
      boolean attribute = format instanceof ViaProject && bytes.length % 2 == 0;
      Map<String, String> choices = attribute ? Map.of("--attribute", "class") : Map.of();
      String thread = Long.toString(Thread.currentThread().getId());
      Path input = folder.resolve(thread + ending);
      try {
        Files.write(input, bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Conversion.run(
          format,
          new Converter.Request(input, Optional.of(folder), List.of(), choices),
          folder.resolve(thread + ".out"));
    };
  }

  @Test
  void labelme() {
    feed(new LabelmeFiles(), LABELME, ".json");
  }

  @Test
  void via() throws IOException {
    BufferedImage image = new BufferedImage(16, 12, BufferedImage.TYPE_INT_RGB);
    ImageIO.write(image, "png", folder.resolve("a.png").toFile());
    feed(new ViaProject(), VIA, ".json");
  }

  @Test
  void yolo() {
    ImageSize size = new ImageSize(16, 12);
    List<String> names = List.of("cat", "dog");
    Mutations.feed(
        List.of(
            "0 0.5 0.5 0.2 0.2".getBytes(StandardCharsets.UTF_8),
            "1 0.1 0.1 0.5 0.1 0.5 0.9".getBytes(StandardCharsets.UTF_8)),
        BadShapeException.class,
        bytes -> YoloFiles.outline(new String(bytes, StandardCharsets.UTF_8), size, names));
  }

  @Test
  void cityscapes() {
    feed(new CityscapesFiles(), CITYSCAPES, "_gtFine_polygons.json");
  }
}

package dev.maskrcnn.detection.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.Polygons;
import dev.maskrcnn.detection.coco.RunLength;
import dev.maskrcnn.tensor.TestData;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversionTest {
  private static final Converter LABELME = new LabelmeFiles();
  private static final Converter VIA = new ViaProject();
  private static final Converter VOC = new VocFolder();
  private static final Converter CITYSCAPES = new CityscapesFiles();

  @TempDir Path temp;
  private Path input;
  private Path output;
  private Conversion.Result result;

  @BeforeEach
  void makeFolder() throws IOException {
    input = Files.createDirectories(temp.resolve("in"));
    output = temp.resolve("out/coco.json");
  }

  private CocoDataset convert(Converter format, Path from, String attribute) {
    Map<String, String> choices = attribute == null ? Map.of() : Map.of("--attribute", attribute);
    return convert(format, from, List.of(), choices);
  }

  private CocoDataset convert(
      Converter format, Path from, List<String> categories, Map<String, String> choices) {
    Converter.Request request = new Converter.Request(from, Optional.empty(), categories, choices);
    result = Conversion.run(format, request, output);
    return CocoDataset.load(output, input);
  }

  private void write(String name, String json) throws IOException {
    Path file = input.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, json);
  }

  private static List<CocoAnnotation> of(CocoDataset set, int image) {
    return set.annotationsOf(set.images().get(image).id());
  }

  private static List<String> names(CocoDataset set) {
    return set.categories().stream().map(CocoCategory::name).toList();
  }

  @Test
  void labelme() throws IOException {
    write(
        "b.json",
        """
        {"imagePath": "photos\\\\b.jpg", "imageWidth": 60, "imageHeight": 50, "shapes": [
          {"label": "pig", "shape_type": "polygon", "group_id": null,
           "points": [[10, 10], [20, 10], [20, 20], [10, 20]]},
          {"label": "ant", "shape_type": "rectangle", "group_id": 3, "points": [[30, 8], [20, 4]]},
          {"label": "ant", "shape_type": "rectangle", "group_id": 3, "points": [[40, 4], [44, 6]]},
          {"label": "pig", "shape_type": "circle", "points": [[30, 30], [40, 30]]}]}
        """);
    write(
        "a.json",
        "{\"imagePath\": \"a.jpg\", \"imageWidth\": 8, \"imageHeight\": 9, \"shapes\": []}");
    CocoDataset set = convert(LABELME, input, null);
    assertEquals(
        List.of(new CocoImage(1, "a.jpg", 8, 9), new CocoImage(2, "photos/b.jpg", 60, 50)),
        set.images());
    assertEquals(List.of("ant", "pig"), names(set));
    List<CocoAnnotation> objects = of(set, 1);
    assertEquals(3, objects.size());
    assertEquals(2, objects.get(0).categoryId());
    assertArrayEquals(new double[] {10, 10, 10, 10}, objects.get(0).bbox());
    assertEquals(100, objects.get(0).area());
    // 10 x 4 and 4 x 2 pixels, together one object
    assertArrayEquals(new double[] {20, 4, 24, 4}, objects.get(1).bbox());
    assertEquals(48, objects.get(1).area());
    assertEquals(2, ((Polygons) objects.get(1).segmentation()).parts().size());
    assertArrayEquals(new double[] {20, 20, 20, 20}, objects.get(2).bbox(), 1e-9);
    assertEquals(Math.PI * 100, ((Polygons) objects.get(2).segmentation()).area(), 4);
    byte[] first = Files.readAllBytes(output);
    convert(LABELME, input, null);
    assertArrayEquals(first, Files.readAllBytes(output));
  }

  @Test
  void wrongShapesAreListedAndLeftOut() throws IOException {
    write(
        "a.json",
        """
        {"imagePath": "a.jpg", "imageWidth": 60, "imageHeight": 50, "shapes": [
          {"label": "x", "shape_type": "polygon", "points": [[1, 1], [2, 2]]},
          {"label": "", "shape_type": "rectangle", "points": [[1, 1], [9, 9]]},
          {"label": "x", "shape_type": "linestrip", "points": [[1, 1], [9, 9], [7, 2]]},
          {"label": "x", "shape_type": "rectangle", "points": [[1, 1], [9, "9"]]},
          {"label": "x", "shape_type": "rectangle", "points": [[100, 100], [120, 120]]},
          {"label": "x", "shape_type": "rectangle", "points": [[1, 1], [9, 9]]}]}
        """);
    assertEquals(1, convert(LABELME, input, null).annotationCount());
    String file = input.resolve("a.json") + ": shape ";
    assertEquals(
        List.of(
            file + "0: a polygon needs 3 points, got 2",
            file + "1: has no label",
            file + "2: a linestrip that does not end where it begins encloses nothing",
            file + "3: point 1 is no pair of numbers",
            file + "4: covers no pixel of the image of 60x50"),
        result.defects());
  }

  @Test
  void viaProject() throws IOException {
    ImageIO.write(
        new BufferedImage(60, 50, BufferedImage.TYPE_INT_RGB),
        "png",
        input.resolve("p.png").toFile());
    String regions =
        """
        [{"shape_attributes": {"name": "polygon", "all_points_x": [10, 20, 20, 10],
            "all_points_y": [10, 10, 20, 20]}, "region_attributes": {"kind": "pig", "note": "?"}},
         {"shape_attributes": {"name": "rect", "x": 5, "y": 6, "width": 7, "height": 8},
            "region_attributes": {"kind": {"ant": true, "pig": false}, "note": ""}},
         {"shape_attributes": {"name": "circle", "cx": 30, "cy": 25, "r": 10},
            "region_attributes": {"kind": "ant"}},
         {"shape_attributes": {"name": "ellipse", "cx": 30, "cy": 25, "rx": 20, "ry": 5,
            "theta": 1.5707963267948966}, "region_attributes": {"kind": "ant"}},
         {"shape_attributes": {"name": "point", "cx": 3, "cy": 3},
            "region_attributes": {"kind": "ant"}},
         {"shape_attributes": {"name": "rect", "x": 5, "y": 6, "width": 7, "height": 8},
            "region_attributes": {"note": "no kind"}}]
        """;
    String entry = "{\"p.png99\": {\"filename\": \"p.png\", \"size\": 99, \"regions\": %s}}";
    write("via.json", "{\"_via_img_metadata\": %s}".formatted(entry.formatted(regions)));
    CocoDataset set = convert(VIA, input.resolve("via.json"), "kind");
    assertEquals(List.of("ant", "pig"), names(set));
    List<CocoAnnotation> objects = of(set, 0);
    assertEquals(4, objects.size());
    assertEquals(100, objects.get(0).area());
    assertArrayEquals(new double[] {5, 6, 7, 8}, objects.get(1).bbox());
    assertEquals(56, objects.get(1).area());
    assertEquals(1, objects.get(1).categoryId());
    assertArrayEquals(new double[] {20, 15, 20, 20}, objects.get(2).bbox(), 1e-9);
    // Turned by a right angle: 5 to both sides, 20 up and down.
    assertArrayEquals(new double[] {25, 5, 10, 40}, objects.get(3).bbox(), 1e-9);
    assertEquals(Math.PI * 100, ((Polygons) objects.get(3).segmentation()).area(), 4);
    assertEquals(2, result.defects().size());
    assertTrue(result.defects().get(0).contains("p.png: region 4: a point encloses nothing"));
    assertTrue(result.defects().get(1).contains("region 5: has no value of the attribute kind"));

    write("export.json", entry.formatted(regions));
    convert(VIA, input.resolve("export.json"), null);
    assertEquals(3, result.objects(), "with several attributes one must be named");
    convert(VIA, input.resolve("export.json"), List.of(), Map.of("--category", "thing"));
    assertEquals(5, result.objects(), "all that enclose something are things");
    write("away.json", "{\"a\": {\"filename\": \"away.png\", \"regions\": []}}");
    assertRefused(List.of("away.png", "--images"), VIA, "away.json");
  }

  @Test
  void cityscapes() throws IOException {
    write(
        "aachen/aachen_000000_000019_gtFine_polygons.json",
        """
        {"imgWidth": 40, "imgHeight": 30, "objects": [
          {"label": "road", "polygon": [[0, 0], [40, 0], [40, 30], [0, 30]]},
          {"label": "car", "polygon": [[10, 10], [20, 10], [20, 20], [10, 20]]},
          {"label": "pole", "polygon": [[14, 0], [16, 0], [16, 30], [14, 30]]},
          {"label": "persongroup", "polygon": [[30, 10], [36, 10], [36, 20], [30, 20]]},
          {"label": "car", "deleted": 1, "polygon": [[0, 0], [5, 0], [5, 5], [0, 5]]},
          {"label": "bicycle", "polygon": [[1, 1], [2, 2]]}]}
        """);
    CocoDataset set = convert(CITYSCAPES, input, null);
    assertEquals("aachen/aachen_000000_000019_leftImg8bit.png", set.images().get(0).fileName());
    assertEquals(
        List.of("person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"),
        names(set));
    List<CocoAnnotation> objects = of(set, 0);
    assertEquals(2, objects.size());
    // The pole hides two columns of the car, and parts it.
    assertEquals(3, objects.get(0).categoryId());
    assertEquals(80, objects.get(0).area());
    assertArrayEquals(new double[] {10, 10, 10, 10}, objects.get(0).bbox());
    assertEquals(2, ((Polygons) objects.get(0).segmentation()).parts().size());
    assertFalse(objects.get(0).crowd());
    assertTrue(objects.get(1).crowd());
    assertEquals(1, objects.get(1).categoryId());
    assertInstanceOf(RunLength.class, objects.get(1).segmentation());
    assertEquals(60, objects.get(1).area());
    assertEquals(1, result.defects().size());
    assertTrue(result.defects().get(0).endsWith("object 5: a polygon needs 3 points, got 2"));
  }

  @Test
  void voc() throws IOException {
    write("ImageSets/Main/trainval.txt", "one\n");
    write(
        "Annotations/one.xml",
        """
        <annotation><filename>one.jpg</filename>
          <size><width>60</width><height>50</height><depth>3</depth></size>
          <object><name>dog</name><difficult>0</difficult>
            <bndbox><xmin>11</xmin><ymin>11</ymin><xmax>20</xmax><ymax>30</ymax></bndbox></object>
          <object><name>dog</name><difficult>1</difficult>
            <bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object>
        </annotation>
        """);
    CocoDataset set = convert(VOC, input, null);
    assertEquals("one.jpg", set.images().get(0).fileName());
    List<CocoAnnotation> objects = of(set, 0);
    // Pixels are counted from 1 there, with both corners inside.
    assertArrayEquals(new double[] {10, 10, 10, 20}, objects.get(0).bbox());
    assertFalse(objects.get(0).crowd());
    assertTrue(objects.get(1).crowd(), "difficult objects are not counted");
    assertEquals("dog", set.categories().get(set.labelOf(objects.get(0).categoryId()) - 1).name());
  }

  /** As labelme, VIA and others write them; before, refused or lost. */
  @Test
  void labelmeMasksOldFilesAndForeignOnes() {
    Path reports = TestData.path("reports/labelme");
    CocoDataset set = convert(LABELME, reports.resolve("a.json"), null);
    CocoAnnotation mask =
        of(set, 0).stream().filter(a -> a.area() == 200).findFirst().orElseThrow();
    assertArrayEquals(new double[] {10, 10, 20, 10}, mask.bbox());
    set = convert(LABELME, reports.resolve("old_v3.json"), null);
    assertEquals(new CocoImage(1, "img1.jpg", 120, 100), set.images().get(0));
    set = convert(LABELME, reports.resolve("folder"), null);
    assertEquals(1, set.images().size());
    assertTrue(
        result.defects().stream().anyMatch(d -> d.contains("train.json: is no file of labelme")),
        result.defects().toString());
  }

  @Test
  void wrongTypesInViaAreLines() throws IOException {
    ImageIO.write(
        new BufferedImage(60, 50, BufferedImage.TYPE_INT_RGB),
        "png",
        input.resolve("0.png").toFile());
    for (String name : new String[] {"via_seed168.json", "via_seed1255.json"}) {
      Path file = TestData.path("faults/via_types/" + name);
      Files.copy(file, input.resolve(name));
      convert(VIA, input.resolve(name), null);
      assertTrue(result.objects() > 0);
      assertTrue(result.defects().size() > 0);
    }
  }

  @Test
  void closedLinesAndIgnoredShapes() throws IOException {
    write(
        "a.json",
        """
        {"imagePath": "a.jpg", "imageWidth": 60, "imageHeight": 50, "shapes": [
          {"label": "x", "shape_type": "linestrip",
           "points": [[1, 1], [9, 1], [9, 9], [1, 9], [1, 1]]},
          {"label": "__ignore__", "shape_type": "rectangle", "points": [[1, 1], [9, 9]]},
          {"label": "y", "shape_type": "rectangle", "points": [[1, 1], [9, 9]]}]}
        """);
    CocoDataset set = convert(LABELME, input, null);
    assertEquals(List.of("x", "y"), names(set));
    assertEquals(2, set.annotationCount());
    assertEquals(64, of(set, 0).get(0).area());
    assertTrue(result.defects().get(0).contains("labelled __ignore__"));
    set = convert(LABELME, input, List.of("__ignore__", "z", "y"), Map.of());
    assertEquals(List.of("z", "y"), names(set));
    assertEquals(2, of(set, 0).get(0).categoryId());
    assertTrue(result.defects().get(0).contains("labelled x, which is not in the list"));
  }

  @Test
  void aFolderOfVocFiles() throws IOException {
    write(
        "one.xml",
        """
        <annotation><folder>x</folder><filename>one.png</filename>
          <size><width>60</width><height>50</height><depth>3</depth></size>
          <object><name>screw</name>
            <bndbox><xmin>11</xmin><ymin>11</ymin><xmax>20</xmax><ymax>30</ymax></bndbox></object>
        </annotation>
        """);
    write("bad.xml", "<annotation>");
    CocoDataset set = convert(VOC, input, null);
    assertEquals("one.png", set.images().get(0).fileName());
    assertEquals(List.of("screw"), names(set));
    assertArrayEquals(new double[] {10, 10, 10, 20}, of(set, 0).get(0).bbox());
    assertTrue(result.defects().get(0).contains("bad.xml"), result.defects().toString());
  }

  @Test
  void nothingConvertedIsAnError() throws IOException {
    write(
        "a.json",
        "{\"imagePath\": \"a.jpg\", \"imageWidth\": 8, \"imageHeight\": 9, \"shapes\": []}");
    assertRefused(List.of("0 objects converted, from 1 images"), LABELME, "");
    assertFalse(Files.exists(output));
  }

  @Test
  void whatIsNoSuchInputIsRefusedAndNothingWritten() throws IOException {
    assertRefused(List.of("none.json", "does not exist"), LABELME, "none.json");
    assertRefused(List.of("holds no file"), LABELME, "");
    write("cut.json", "{\"shapes\": [\n");
    assertRefused(List.of("cut.json", "is not JSON, line 2"), VIA, "cut.json");
    write("other.json", "{\"a\": {\"b\": 1}}");
    assertRefused(List.of("is no project"), VIA, "other.json");
    assertRefused(List.of("no file of labelme"), LABELME, "other.json");
    assertRefused(List.of("no file of Cityscapes"), CITYSCAPES, "other.json");
    assertFalse(Files.exists(output));
  }

  private void assertRefused(List<String> words, Converter format, String name) {
    String message =
        assertThrows(ConvertException.class, () -> convert(format, input.resolve(name), null))
            .getMessage();
    words.forEach(word -> assertTrue(message.contains(word), () -> word + " not in " + message));
  }
}

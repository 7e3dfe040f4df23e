package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetCommandsTest {
  @TempDir private Path temp;

  private final Cli cli = new Cli();
  private Path annotations;
  private Path images;

  @BeforeEach
  void makeData() {
    String folder = temp.resolve("data").toString();
    int code =
        cli.run(
            "dataset",
            "shapes",
            "--output-dir",
            folder,
            "--train",
            "3",
            "--val",
            "1",
            "--size",
            "64");
    assertEquals(0, code, cli::err);
    annotations = temp.resolve("data/instances_train.json");
    images = temp.resolve("data/train");
  }

  private Path write(String json) throws IOException {
    return Files.writeString(temp.resolve("bad.json"), json);
  }

  private static String coco(String image, String annotation) {
    return """
    {"images": [%s], "categories": [{"id": 1, "name": "cell"}], "annotations": [%s]}
    """
        .formatted(image, annotation);
  }

  private static final String IMAGE =
      """
      {"id": 4, "file_name": "a.png", "width": 50, "height": 40}\
      """;

  private static String annotation(String imageId, String category, String box, String polygon) {
    return """
    {"id": 7, "image_id": %s, "category_id": %s, "iscrowd": 0, "area": 100,
     "bbox": %s, "segmentation": [%s]}\
    """
        .formatted(imageId, category, box, polygon);
  }

  private static final String BOX = "[1, 1, 10, 10]";
  private static final String POLYGON = "[1, 1, 11, 1, 11, 11, 1, 11]";

  @Test
  void shapesSayHowToTrainOnThem() {
    assertTrue(cli.out().contains("3 images to train on, 1 to evaluate on"), cli.out());
    assertTrue(cli.out().contains("maskrcnn train --train-images " + images), cli.out());
    cli.fails(
        List.of("is no shapes data set"), "dataset", "shapes", "--output-dir", temp.toString());
  }

  @Test
  void archivesAreCheckedByNameAndSum() throws IOException {
    String folder = temp.toString();
    cli.fails(
        List.of(folder, "3 archives are missing or wrong"),
        "dataset",
        "verify",
        "--archives",
        folder);
    assertTrue(cli.out().contains("val2017.zip: missing"), cli.out());
    Files.writeString(temp.resolve("val2017.zip"), "x");
    String[] one = {"dataset", "verify", "--archives", folder, "--only", "val2017"};
    cli.fails(List.of("1 archives"), one);
    assertTrue(cli.out().contains("val2017.zip: wrong checksum"), cli.out());
    cli.fails(
        List.of("not a whole zip"),
        "dataset",
        "extract",
        "--archives",
        folder,
        "--only",
        "val2017");
    cli.fails(
        List.of("has no archive val", "train2017, val2017"),
        "dataset",
        "download",
        "--output-dir",
        folder,
        "--only",
        "val");
    assertEquals(2, cli.run("dataset", "verify"));
    assertEquals(2, cli.run("dataset", "verify", "--archives", folder, "--dataset", "x"));
  }

  @Test
  void labelmeFilesBecomeOneThatVerifies() throws IOException {
    Files.createDirectories(temp.resolve("lm"));
    Files.writeString(
        temp.resolve("lm/a.json"),
        """
        {"imagePath": "a.jpg", "imageWidth": 40, "imageHeight": 30, "shapes": [
          {"label": "cell", "shape_type": "rectangle", "points": [[10, 5], [20, 15]]},
          {"label": "cell", "shape_type": "line", "points": [[1, 1], [2, 2]]}]}
        """);
    String file = temp.resolve("out.json").toString();
    String input = temp.resolve("lm").toString();
    String[] words = {
      "dataset", "convert", "--from", "labelme", "--input", input, "--output", file
    };
    assertEquals(0, cli.run(words), cli::err);
    assertTrue(cli.out().contains("1 images, 1 objects, 1 categories"), cli.out());
    assertTrue(cli.err().contains("a.json: shape 1: a line encloses nothing"), cli.err());
    assertEquals(0, cli.run("dataset", "verify", "--annotations", file), cli::err);
    words[5] = input + "/none";
    cli.fails(List.of("none", "does not exist"), words);
  }

  @Test
  void statsPrintATableAndDrawCharts() throws IOException {
    Path charts = temp.resolve("charts");
    int code =
        cli.run(
            "dataset",
            "stats",
            "--annotations",
            annotations.toString(),
            "--output-dir",
            charts.toString());
    assertEquals(0, code, cli::err);
    assertTrue(cli.out().contains("images                      3"), cli.out());
    for (String name :
        List.of(
            "categories",
            "objects_per_image",
            "image_width",
            "image_height",
            "image_aspect",
            "box_size",
            "box_aspect")) {
      assertEquals(1200, ImageIO.read(charts.resolve(name + ".png").toFile()).getWidth(), name);
    }
  }

  @Test
  void aSoundDataSetHasNoDefects() {
    int code =
        cli.run(
            "dataset",
            "verify",
            "--annotations",
            annotations.toString(),
            "--images",
            images.toString(),
            "--read-images");
    assertEquals(0, code, cli::err);
    assertTrue(cli.out().contains("no defects"), cli.out());
  }

  @Test
  void eachDefectIsALineWithFileImageAndAnnotation() throws IOException {
    String box = "[1, 1, -3, 10]";
    Path file =
        write(
            coco(
                IMAGE,
                annotation("4", "1", BOX, "[1, 1, 11, 1]")
                    + ","
                    + annotation("9", "1", BOX, POLYGON).replace("\"id\": 7", "\"id\": 8")
                    + ","
                    + annotation("4", "2", BOX, POLYGON).replace("\"id\": 7", "\"id\": 9")
                    + ","
                    + annotation("4", "1", box, POLYGON).replace("\"id\": 7", "\"id\": 10")));
    assertEquals(1, cli.run("dataset", "verify", "--annotations", file.toString()));
    cli.assertOneErrorLine(List.of("bad.json", "4 defects"));
    for (String where :
        List.of("image 4: annotation 7", "annotation 8", "annotation 9", "annotation 10")) {
      assertTrue(
          cli.out().lines().anyMatch(line -> line.startsWith(file + ": ") && line.contains(where)),
          cli.out());
    }
    assertEquals(4, cli.out().lines().count(), cli.out());
  }

  @Test
  void imagesThatAreMissingOrBrokenAreDefects() throws IOException {
    List<Path> files;
    try (var listed = Files.list(images)) {
      files = listed.sorted().toList();
    }
    Files.delete(files.get(0));
    Files.write(files.get(1), Arrays.copyOf(Files.readAllBytes(files.get(1)), 200));
    assertEquals(
        1,
        cli.run(
            "dataset",
            "verify",
            "--annotations",
            annotations.toString(),
            "--images",
            images.toString(),
            "--read-images"));
    assertTrue(cli.out().contains(files.get(0) + " does not exist"), cli.out());
    assertTrue(cli.out().contains("image 2: " + files.get(1)), cli.out());
    cli.assertOneErrorLine(List.of("2 defects"));
  }

  /** Classes or counts that differ much, and a category without a name. */
  @ParameterizedTest
  @ValueSource(strings = {"imbalanced", "mostly_one", "empty_name"})
  void chartsOfUnevenData(String name) throws IOException {
    Path file = TestData.path("reports/stats_crash/" + name + ".json");
    Path charts = temp.resolve("charts");
    int code =
        cli.run(
            "dataset",
            "stats",
            "--annotations",
            file.toString(),
            "--output-dir",
            charts.toString());
    assertEquals(0, code, cli::err);
    try (var drawn = Files.list(charts)) {
      assertEquals(7, drawn.count());
    }
  }

  @Test
  void cleanWritesACopyWithoutDefects() throws IOException {
    Path file = TestData.path("reports/verify_misses/bbox_norm/ann.json");
    Path copy = temp.resolve("clean.json");
    int code =
        cli.run("dataset", "clean", "--annotations", file.toString(), "--output", copy.toString());
    assertEquals(0, code, cli::err);
    assertEquals(12, cli.out().lines().filter(l -> l.contains("elsewhere")).count(), cli::out);
    assertTrue(cli.out().contains("6 images, 12 objects, 2 categories"), cli.out());
    assertEquals(0, cli.run("dataset", "verify", "--annotations", copy.toString()), cli::out);
    cli.fails(
        List.of("is the input"),
        "dataset",
        "clean",
        "--annotations",
        copy.toString(),
        "--output",
        copy.toString());
  }

  @Test
  void cleanLeavesOutImagesThatCannotBeRead() throws IOException {
    Path broken = images.resolve("000000000001.png");
    Files.write(broken, Arrays.copyOf(Files.readAllBytes(broken), 200));
    Path copy = temp.resolve("clean.json");
    List<String> options = List.of("--images", images.toString(), "--read-images", "--annotations");
    List<String> clean = new ArrayList<>(List.of("dataset", "clean", "--output", copy.toString()));
    clean.addAll(options);
    clean.add(annotations.toString());
    assertEquals(0, cli.run(clean.toArray(String[]::new)), cli::err);
    assertTrue(cli.out().contains("image 1: " + broken), cli.out());
    List<String> verify = new ArrayList<>(List.of("dataset", "verify"));
    verify.addAll(options);
    verify.add(copy.toString());
    assertEquals(0, cli.run(verify.toArray(String[]::new)), cli::out);
  }

  @Test
  void photosAreUprightUnlessAskedOtherwise() {
    Path exif = TestData.path("reports/exif");
    String[] verify = {
      "dataset",
      "verify",
      "--annotations",
      exif.resolve("ann.json").toString(),
      "--images",
      exif.resolve("im").toString(),
      "--read-images"
    };
    assertEquals(0, cli.run(verify), cli::out);
    assertTrue(
        cli.err().contains("image 2 (orientation 3), image 3 (orientation 6), image 4 (orien"),
        cli.err());
    String[] stored = Arrays.copyOf(verify, verify.length + 1);
    stored[verify.length] = "--stored-pixels";
    assertEquals(1, cli.run(stored));
    assertEquals(2, cli.out().lines().filter(l -> l.contains("EXIF orientation")).count());
  }

  @Test
  void filesThatCannotBeUsedAreOneLine() throws IOException {
    Path charts = temp.resolve("charts");
    for (List<String> bad :
        List.of(
            List.of("", "bad.json"),
            List.of(Files.readString(annotations).substring(0, 900), "bad.json"),
            List.of("[]", "a list"),
            List.of("{\"images\": [], \"annotations\": []}", "categories"),
            List.of(coco(IMAGE, annotation("4", "2", BOX, POLYGON)), "annotation 7"),
            List.of(coco(IMAGE, annotation("4", "1", BOX, "[1, NaN, 2, 2, 3, 3]")), "bad.json"),
            List.of(coco(IMAGE, annotation("4", "1", "[1, 1, -2, 2]", POLYGON)), "annotation 7"),
            List.of(coco(IMAGE.replace("50", "0"), ""), "image 4"))) {
      Path file = write(bad.get(0));
      cli.fails(
          List.of("bad.json", bad.get(1)),
          "dataset",
          "stats",
          "--annotations",
          file.toString(),
          "--output-dir",
          charts.toString());
    }
    cli.fails(List.of("none.json"), "dataset", "stats", "--annotations", "none.json");
    cli.fails(List.of("none.json"), "dataset", "verify", "--annotations", "none.json");
    cli.fails(
        List.of("nowhere", "does not exist"),
        "dataset",
        "verify",
        "--annotations",
        annotations.toString(),
        "--images",
        "nowhere");
    cli.fails(
        List.of("coco_2017_vall", "coco_2017_val"),
        "dataset",
        "stats",
        "--dataset",
        "coco_2017_vall");
    assertFalse(Files.exists(charts), "a failed command left its folder");
  }
}

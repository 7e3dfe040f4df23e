package dev.maskrcnn.detection.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatasetCatalogTest {
  @TempDir Path folder;

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("sets.yaml"), text);
  }

  private static Config naming(String catalog) {
    return Config.defaults().with("PATHS_CATALOG", catalog);
  }

  private static String refused(Executable what) {
    return assertThrows(ConfigException.class, what).getMessage();
  }

  /** Names and places of the original's paths_catalog.py, inventory section 1.3. */
  @Test
  void theOriginalsNames() {
    DatasetCatalog catalog = DatasetCatalog.of(Config.defaults());
    assertEquals(20, catalog.names().size());
    assertEquals(
        new DatasetSource.Coco(
            "coco_2014_minival",
            Path.of("/datasets/data/val2014"),
            Path.of("/datasets/data/annotations/instances_minival2014.json")),
        catalog.source("coco_2014_minival"));
    assertEquals(
        new DatasetSource.Voc("voc_2012_val", Path.of("/datasets/data/VOC2012"), "val"),
        catalog.source("voc_2012_val"));
    assertEquals(
        new DatasetSource.Coco(
            "voc_2007_test_cocostyle",
            Path.of("/datasets/data/VOC2007/JPEGImages"),
            Path.of("/datasets/data/VOC2007/Annotations/pascal_test2007.json")),
        catalog.source("voc_2007_test_cocostyle"));
    for (String name : BuiltinConfigs.names()) {
      Config cfg = BuiltinConfigs.load(name);
      if (!name.equals("shapes_gn") && !name.startsWith("ci/")) {
        cfg.texts("DATASETS.TRAIN").forEach(catalog::source);
        cfg.texts("DATASETS.TEST").forEach(catalog::source);
      }
    }
  }

  @Test
  void theOriginalsOtherCatalogsByTheirPythonNames() {
    DatasetCatalog ci = DatasetCatalog.of(naming("maskrcnn_benchmark/config/paths_catalog_ci.py"));
    assertEquals(List.of("coco_2017_train", "coco_2017_val"), ci.names());
    assertEquals(
        Path.of("/data2/coco/coco-2017/val2017"),
        ((DatasetSource.Coco) ci.source("coco_2017_val")).images());
    DatasetCatalog dlfw = DatasetCatalog.of(naming("paths_catalog_dlfw_ci"));
    assertEquals(
        Path.of("/data/coco/coco-2014/coco_train2014"),
        ((DatasetSource.Coco) dlfw.source("coco_2014_train")).images());
  }

  @Test
  void ownFile() throws IOException {
    Path file =
        write(
            "a: {images: img, annotations: /abs/a.json}\nb:\n  voc: VOC2007\n  split: test\n"
                + "l: {list: lists/l.txt}\nm: {list: l.txt, images: photos}\n");
    DatasetCatalog catalog = DatasetCatalog.of(naming(file.toString()));
    assertEquals(List.of("a", "b", "l", "m"), catalog.names());
    assertEquals(
        new DatasetSource.ImageList("l", folder.resolve("lists/l.txt"), folder.resolve("lists")),
        catalog.source("l"));
    assertEquals(
        new DatasetSource.ImageList("m", folder.resolve("l.txt"), folder.resolve("photos")),
        catalog.source("m"));
    assertEquals(
        new DatasetSource.Coco("a", folder.resolve("img"), Path.of("/abs/a.json")),
        catalog.source("a"));
    assertEquals(
        new DatasetSource.Voc("b", Path.of("/data/VOC2007"), "test"),
        catalog.under(Path.of("/data")).source("b"));
    DatasetSource.Coco mine = new DatasetSource.Coco("c", Path.of("/i"), Path.of("/a"));
    assertEquals(mine, catalog.with(mine).source("c"));
    assertThrows(ConfigException.class, () -> catalog.source("c"));
    write("DATA_DIR: ../x\na: {images: i, annotations: a}\n");
    assertEquals(
        folder.resolveSibling("x").resolve("i"),
        ((DatasetSource.Coco) DatasetCatalog.read(file).source("a")).images());
  }

  @Test
  void unknownNameTellsWhatToDo() {
    assertEquals(
        "data set \"coco_2017_trian\": not in built-in paths_catalog.yaml; did you mean"
            + " coco_2017_train? To add it, write \"coco_2017_trian: {images: DIR, annotations:"
            + " FILE}\" into a YAML file and give its path as PATHS_CATALOG",
        refused(() -> DatasetCatalog.builtin().source("coco_2017_trian")));
  }

  @Test
  void wrongCatalogs() throws IOException {
    String message = refused(() -> DatasetCatalog.of(naming("nowhere.yaml")));
    assertTrue(
        message.startsWith("PATHS_CATALOG: no such file in code, got \"nowhere.yaml\";"), message);
    Path python = Files.writeString(folder.resolve("catalog.py"), "class DatasetCatalog: pass");
    message = refused(() -> DatasetCatalog.of(naming(python.toString())));
    assertTrue(message.startsWith("PATHS_CATALOG: cannot run a Python file in code, got"), message);
    refused(() -> DatasetCatalog.of(naming("a\u0000b")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a: b | :1: a: got \"b\", expected {images: DIR, annotations: FILE}, {voc: DIR, split:",
        "a: {images: b} | :1: a: a field is missing or too many, expected {images",
        "a: {images: b, annotations: c, split: d} | :1: a: a field is missing or too many",
        "a: {image: b, annotations: c} | :1: a: got the field \"image\", expected",
        "a: {images: [b], annotations: c} | :1: images: got a list, expected",
        "a: {images: , annotations: c} | :1: images: got \"\", expected",
        "a: {images: \"b\\0\", annotations: c} | :1: not a path, got",
        "a: [ | :1: not valid YAML"
      })
  void wrongEntries(String text, String part) throws IOException {
    Path file = write(text);
    String message = refused(() -> DatasetCatalog.read(file));
    assertTrue(message.startsWith(file + part), message);
  }

  @Test
  void emptyCatalog() throws IOException {
    DatasetCatalog empty = DatasetCatalog.read(write("# nothing yet\n"));
    assertTrue(empty.names().isEmpty());
    assertTrue(refused(() -> empty.source("a")).contains("it is empty. To add it"));
  }
}

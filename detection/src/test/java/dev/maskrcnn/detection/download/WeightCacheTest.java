package dev.maskrcnn.detection.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.log.RunLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightCacheTest {
  private static final String DETECTRON =
      "/35858933/12_2017_baselines/e2e_mask_rcnn_R-50-FPN_1x.yaml.01_48_14.DzEQe4wC/output/train/"
          + "coco_2014_train%3Acoco_2014_valminusminival/generalized_rcnn/model_final.pkl";

  @TempDir Path temp;
  private final RunLog log = RunLog.consoleOnly(new PrintStream(new ByteArrayOutputStream()));

  private WeightCache cache(FileServer server) {
    return new WeightCache(
        List.of(temp.resolve("cache"), temp.resolve("old")),
        WeightCatalog.builtin(Optional.of(server.url("/mirror/").toString())),
        log);
  }

  @Test
  void namesAreThoseOfTheOriginal() {
    WeightCatalog catalog = WeightCatalog.builtin(Optional.empty());
    WeightCatalog.Location body = catalog.locate("catalog://ImageNetPretrained/MSRA/R-50");
    assertEquals(
        "https://dl.fbaipublicfiles.com/detectron/ImageNetPretrained/MSRA/R-50.pkl",
        body.url().toString());
    assertEquals("R-50.pkl", body.fileName());
    assertEquals(Optional.of(Checksum.md5("b19105fdd7baafb40480251377de18f2")), body.checksum());
    WeightCatalog.Location model =
        catalog.locate("catalog://Caffe2Detectron/COCO/35858933/e2e_mask_rcnn_R-50-FPN_1x");
    assertEquals("https://dl.fbaipublicfiles.com/detectron" + DETECTRON, model.url().toString());
    assertEquals("_detectron" + DETECTRON.replace('/', '_'), model.fileName());
    assertEquals(13, catalog.names().size());
    WeightCatalog.Location web = catalog.locate("https://host/models/net-19c8e357.pth?v=2");
    assertEquals("net-19c8e357.pth", web.fileName());
    assertEquals(Optional.of(Checksum.sha256("19c8e357")), web.checksum());
  }

  @Test
  void everyRecipesWeightsAreKnown() {
    WeightCatalog catalog = WeightCatalog.builtin(Optional.empty());
    for (String recipe : BuiltinConfigs.names()) {
      String value = BuiltinConfigs.load(recipe).text("MODEL.WEIGHT");
      if (WeightCatalog.isRemote(value)) {
        catalog.locate(value);
      }
    }
  }

  @Test
  void whatIsNotKnownIsSaid() {
    WeightCatalog catalog = WeightCatalog.builtin(Optional.empty());
    for (String value :
        List.of("catalog://ImageNetPretrained/R-50", "ftp://h/a.pkl", "http://h/", "http://a b")) {
      String message =
          assertThrows(DownloadException.class, () -> catalog.locate(value)).getMessage();
      assertTrue(message.contains(value), message);
    }
  }

  @Test
  void theFirstUseDownloadsTheNextDoNot() throws IOException {
    try (FileServer server = new FileServer()) {
      server.put("/mirror" + DETECTRON, "weights".getBytes(StandardCharsets.UTF_8));
      String name = "catalog://Caffe2Detectron/COCO/35858933/e2e_mask_rcnn_R-50-FPN_1x";
      Path file = cache(server).get(name);
      assertEquals("weights", Files.readString(file));
      assertEquals(temp.resolve("cache"), file.getParent());
      assertEquals("_detectron" + DETECTRON.replace('/', '_'), file.getFileName().toString());
      assertEquals(file, cache(server).get(name));
      assertEquals(1, server.asked.size());
    }
  }

  @Test
  void filesOfTheOriginalsCacheAreUsedIfTheyAreRight() throws IOException {
    try (FileServer server = new FileServer()) {
      Path old = temp.resolve("old/net-ba7816bf.pth");
      Files.createDirectories(old.getParent());
      Files.writeString(old, "abc"); // FIPS 180-2: the sum begins with ba7816bf
      String url = server.url("/net-ba7816bf.pth").toString();
      assertEquals(old, cache(server).get(url));
      Files.writeString(old, "ab");
      String message =
          assertThrows(DownloadException.class, () -> cache(server).get(url)).getMessage();
      assertTrue(message.contains(old + ": does not have SHA-256 ba7816bf"), message);
      assertEquals(List.of(), server.asked);
    }
  }

  @Test
  void theFolderIsTheOriginalsUnlessSaidOtherwise() {
    Path home = Path.of("/home/me");
    Map<String, String> all =
        Map.of("MASKRCNN_HOME", "/m", "TORCH_MODEL_ZOO", "/z", "TORCH_HOME", "/t");
    assertEquals(
        List.of(Path.of("/m"), Path.of("/z"), Path.of("/t/models")),
        WeightCache.folders(all::get, home));
    assertEquals(
        List.of(Path.of("/home/me/.cache/maskrcnn"), Path.of("/home/me/.torch/models")),
        WeightCache.folders(Map.<String, String>of()::get, home));
  }
}

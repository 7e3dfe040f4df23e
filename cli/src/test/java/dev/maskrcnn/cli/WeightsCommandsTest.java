package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.download.WeightCache;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightsCommandsTest {
  @TempDir Path folder;

  private final Cli cli = new Cli();

  private static String golden(String name) {
    return TestData.golden("14_checkpoints").resolve(name).toString();
  }

  private String made(String name, Map<String, HostTensor> tensors) {
    Path file = folder.resolve(name);
    Safetensors.write(file, tensors, Map.of());
    return file.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "iter5_module.pth,torch",
    "iter5_module_legacy.pth,torch_legacy",
    "weights.safetensors,safetensors",
    "c2_mask_rcnn_fpn_py2.pkl,caffe2"
  })
  void showReadsEveryForm(String name, String form) {
    assertEquals(0, cli.run("weights", "show", golden(name), "--depth", "2"), cli::err);
    assertTrue(cli.out().startsWith("form             " + form + "\n"), cli.out());
    assertEquals(name.startsWith("iter5"), cli.out().contains("iteration        5\n"), cli.out());
  }

  /** The mean of a group is that of all its values together. */
  @Test
  void groupsAreSummedUp() {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    tensors.put("a.x", HostTensor.of(new float[] {1, 3}, 2));
    tensors.put("a.y", HostTensor.of(new float[] {5, 7}, 2));
    tensors.put("b.x", HostTensor.of(new float[] {9}, 1));
    assertEquals(0, cli.run("weights", "show", made("w.safetensors", tensors), "--depth", "1"));
    assertTrue(
        cli.out().lines().anyMatch(l -> l.matches("a +2 +4 +4\\.000 +2\\.236 +1\\.000 +7\\.000")),
        cli.out());
    cli.fails(List.of("--depth"), "weights", "show", folder + "/w.safetensors", "--depth", "0");
  }

  @Test
  void listSaysWhatIsHere() throws IOException {
    Path file = Files.write(folder.resolve("R-50.pkl"), new byte[1 << 20]);
    String before = System.setProperty(WeightCache.HOME_PROPERTY, folder.toString());
    try {
      assertEquals(0, cli.run("weights", "list", "MSRA/R-50"), cli::err);
    } finally {
      if (before == null) {
        System.clearProperty(WeightCache.HOME_PROPERTY);
      } else {
        System.setProperty(WeightCache.HOME_PROPERTY, before);
      }
    }
    List<String> lines = cli.out().lines().toList();
    assertEquals(7, lines.size(), cli.out());
    assertEquals("catalog://ImageNetPretrained/MSRA/R-50", lines.get(0));
    assertTrue(lines.get(1).startsWith("    body, trained on ImageNet; "), lines.get(1));
    assertTrue(lines.get(1).endsWith(" more recipes"), lines.get(1));
    assertEquals("    here: " + file + " (1.0 MiB)", lines.get(2));
    assertEquals("    not here; goes to " + folder.resolve("R-50-GN.pkl"), lines.get(5));
    assertEquals("2 names, 1 of them here", lines.get(6));
    cli.fails(List.of("no name of the catalog contains R-51"), "weights", "list", "R-51");
  }

  /** Files that the catalog does not know are told by the names of their tensors. */
  @Test
  void listKnowsFamilies() throws IOException {
    HostTensor one = HostTensor.of(new float[] {1}, 1);
    Map<String, HostTensor> theirs = Map.of("backbone.bottom_up.res2.0.conv1.weight", one);
    Files.write(folder.resolve("model_final_f10217.pkl"), NumpyPickle.zoo(theirs));
    Files.writeString(folder.resolve("model_final_cut.pkl"), "no weights");
    String before = System.setProperty(WeightCache.HOME_PROPERTY, folder.toString());
    try {
      assertEquals(0, cli.run("weights", "list", "model_final_"), cli::err);
    } finally {
      if (before == null) {
        System.clearProperty(WeightCache.HOME_PROPERTY);
      } else {
        System.setProperty(WeightCache.HOME_PROPERTY, before);
      }
    }
    assertEquals(
        List.of(
            folder + "/model_final_cut.pkl",
            "    not of the catalog; no weights that are known (0.0 MiB)",
            folder + "/model_final_f10217.pkl",
            "    not of the catalog; weights of detectron2 (0.0 MiB)",
            "0 names, 0 of them here"),
        cli.out().lines().toList());
  }

  @Test
  void diffNamesWhatDiffers() {
    HostTensor a = HostTensor.of(new float[] {3, 4}, 2);
    String first = made("a.safetensors", Map.of("w", a, "gone", a, "s", a, "same", a));
    Map<String, HostTensor> other = new LinkedHashMap<>();
    other.put("w", HostTensor.of(new float[] {3, 4.5f}, 2));
    other.put("new", a);
    other.put("s", HostTensor.of(new float[] {1}, 1));
    other.put("same", a);
    String second = made("b.safetensors", other);
    assertEquals(1, cli.run("weights", "diff", first, second), cli::err);
    assertTrue(cli.out().contains("only in " + first + ":\n  gone\n"), cli.out());
    assertTrue(cli.out().contains("only in " + second + ":\n  new\n"), cli.out());
    assertTrue(
        cli.out().lines().anyMatch(l -> l.matches("w +0\\.5000 +0\\.1000 +F32 \\[2\\]")),
        cli.out());
    assertTrue(cli.out().contains("F32 [2] / F32 [1]"), cli.out());
    assertTrue(cli.out().contains("1 tensors are the same, 2 differ"), cli.out());
    assertEquals(0, cli.run("weights", "diff", first, second, "--only", "same"), cli::err);
    assertEquals(0, cli.run("weights", "diff", first, first), cli::err);
  }

  @Test
  void convertThereAndBackLosesNothing() {
    String original = golden("iter5_module.pth");
    String safe = folder.resolve("x.safetensors").toString();
    String back = folder.resolve("x.pth").toString();
    assertEquals(0, cli.run("weights", "convert", original, safe), cli::err);
    assertEquals(0, cli.run("weights", "convert", safe, back), cli::err);
    assertEquals(0, cli.run("weights", "diff", original, safe), cli::out);
    assertEquals(0, cli.run("weights", "diff", original, back), cli::out);
    assertEquals(0, cli.run("weights", "show", back, "--only", "cls_score"), cli::err);
    assertTrue(cli.out().contains("iteration        5"), cli.out());
    cli.fails(List.of(".safetensors or .pth"), "weights", "convert", original, folder + "/x.bin");
    cli.fails(List.of("no such file"), "weights", "convert", folder + "/no", safe);
  }

  /** Detectron's weights get the names of the same model as maskrcnn-benchmark saves it. */
  @Test
  void namesOfDetectron() {
    String safe = folder.resolve("c2.safetensors").toString();
    String pickle = golden("c2_mask_rcnn_fpn_py2.pkl");
    assertEquals(0, cli.run("weights", "convert", pickle, safe), cli::err);
    assertEquals(1, cli.run("weights", "diff", safe, golden("weights.safetensors")));
    String only = cli.out().substring(0, cli.out().indexOf("only in " + golden("weights.safe")));
    assertTrue(!only.contains("only in " + safe), "names that the model does not have: " + only);
    assertEquals(0, cli.run("weights", "convert", pickle, safe, "--names", "keep"), cli::err);
    assertEquals(0, cli.run("weights", "diff", pickle, safe), cli::out);
  }

  /** Names of torchvision 0.13 and later and of the published weights; settings come along. */
  @Test
  void importOfTorchvision() throws IOException {
    HostTensor one = HostTensor.of(new float[] {1}, 1);
    Map<String, HostTensor> theirs = new LinkedHashMap<>();
    theirs.put("backbone.body.conv1.weight", one);
    theirs.put("backbone.body.bn1.num_batches_tracked", HostTensor.of(new long[] {7}));
    theirs.put("backbone.body.layer1.0.conv3.weight", one);
    theirs.put("backbone.fpn.inner_blocks.0.0.weight", one);
    theirs.put("backbone.fpn.layer_blocks.3.weight", one);
    theirs.put("roi_heads.box_predictor.cls_score.bias", HostTensor.of(new float[3], 3));
    theirs.put("roi_heads.mask_head.mask_fcn2.weight", one);
    theirs.put("roi_heads.mask_head.2.0.weight", one);
    String in = made("tv.safetensors", theirs);
    String out = folder.resolve("ours.safetensors").toString();
    String[] command = {"weights", "import", in, out, "--family", "torchvision"};
    assertEquals(0, cli.run(command), cli::err);
    SafetensorsFile file = Safetensors.read(Path.of(out));
    assertEquals("torchvision", file.metadata().get("conventions"));
    assertEquals(
        Set.of(
            "backbone.body.stem.conv1.weight",
            "backbone.body.layer1.0.conv3.weight",
            "backbone.fpn.fpn_inner1.weight",
            "backbone.fpn.fpn_layer4.weight",
            "roi_heads.box.predictor.cls_score.bias",
            "roi_heads.mask.feature_extractor.mask_fcn2.weight",
            "roi_heads.mask.feature_extractor.mask_fcn3.weight"),
        file.tensors().keySet());
    String image = Files.createFile(folder.resolve("a.jpg")).toString();
    assertEquals(0, cli.run("predict", image, "--weights", out), cli::err);
    assertEquals("torchvision", cli.predicted.model().config().text("MODEL.CONVENTIONS"));
    assertEquals(3, cli.predicted.model().config().integer("MODEL.ROI_BOX_HEAD.NUM_CLASSES"));
    String recipe = "e2e_mask_rcnn_R_50_FPN_1x";
    assertEquals(0, cli.run("predict", image, "--weights", out, "--config", recipe), cli::err);
    assertEquals("torchvision", cli.predicted.model().config().text("MODEL.CONVENTIONS"));
    theirs.remove("backbone.fpn.inner_blocks.0.0.weight");
    command[2] = made("other.safetensors", theirs);
    cli.fails(List.of("no names of torchvision's detectors"), command);
  }
}

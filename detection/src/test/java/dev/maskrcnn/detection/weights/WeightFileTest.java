package dev.maskrcnn.detection.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.TensorFileException;
import dev.maskrcnn.tensor.io.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of PyTorch and Detectron, against what those programs say is in them. */
class WeightFileTest {

  private static Path golden(String name) {
    return TestData.golden("14_checkpoints").resolve(name);
  }

  private static JsonNode json() {
    return TestData.json("goldens/14_checkpoints/case.json");
  }

  /** All elements, in order. */
  private static double[] values(HostTensor t) {
    ByteBuffer b = t.data().order(ByteOrder.LITTLE_ENDIAN);
    TensorType type = t.type();
    if (type == TensorType.F32 || type == TensorType.F16 || type == TensorType.BF16) {
      float[] f = t.floats();
      double[] out = new double[f.length];
      Arrays.setAll(out, i -> f[i]);
      return out;
    }
    double[] out = new double[b.remaining() / type.bytes()];
    for (int i = 0; i < out.length; i++) {
      out[i] =
          switch (type) {
            case F64 -> b.getDouble();
            case I64 -> b.getLong();
            case I32 -> b.getInt();
            case I16 -> b.getShort();
            case I8 -> b.get();
            case U8, BOOL -> b.get() & 255;
            default -> throw new AssertionError(type);
          };
    }
    return out;
  }

  private static void same(String name, JsonNode expected, HostTensor t) {
    String dtype =
        switch (t.type()) {
          case F32 -> "float32";
          case F64 -> "float64";
          case F16 -> "float16";
          case BF16 -> "bfloat16";
          case I64 -> "int64";
          case I32 -> "int32";
          case I16 -> "int16";
          case I8 -> "int8";
          case U8 -> "uint8";
          case BOOL -> "bool";
          default -> t.type().toString();
        };
    assertEquals(expected.get("dtype").asText(), dtype, name);
    long[] shape = new long[expected.get("shape").size()];
    Arrays.setAll(shape, i -> expected.get("shape").get(i).asLong());
    assertEquals(Arrays.toString(shape), Arrays.toString(t.shape()), name);
    double[] v = values(t);
    double sum = Arrays.stream(v).sum();
    double abs = Arrays.stream(v).map(Math::abs).sum();
    assertEquals(expected.get("sum").asDouble(), sum, 1e-9 * Math.max(1, abs), name);
    assertEquals(expected.get("abs_sum").asDouble(), abs, 1e-9 * Math.max(1, abs), name);
    for (int i = 0; i < expected.get("first3").size(); i++) {
      assertEquals(expected.get("first3").get(i).asDouble(), v[i], name);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "iter5.pth",
        "iter5_module.pth",
        "iter5_module_legacy.pth",
        "iter5_module_torch1.13.pth",
        "weights_bare.pth",
        "weights_legacy.pth",
        "weights.safetensors"
      })
  void tensorsOfTraining(String name) throws IOException {
    JsonNode file = json().get("files").get(name);
    WeightFile read = WeightFile.read(golden(name));
    JsonNode expected = json().get("model_tensors").get(file.get("tensors").asText());
    String prefix = file.get("key_prefix").asText();
    expected
        .fieldNames()
        .forEachRemaining(
            key -> {
              HostTensor t = read.tensors().get(prefix + key);
              assertTrue(t != null, name + " lacks " + key);
              same(key, expected.get(key), t);
            });
    assertEquals(name.startsWith("iter5") ? 5 : -1, read.iteration().orElse(-1));
    if (name.startsWith("iter5")) {
      JsonNode momenta = json().get("optimizer").get("momentum_buffers");
      JsonNode order = json().get("optimizer").get("parameter_order");
      assertEquals(order.size(), read.momenta().size());
      if (momenta != null && !name.contains("1.13")) {
        for (int i = 0; i < order.size(); i++) {
          same(order.get(i).asText(), momenta.get(order.get(i).asText()), read.momenta().get(i));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zoo.pth", "zoo_legacy.pth"})
  void everyTypeAndView(String name) throws IOException {
    WeightFile read = WeightFile.read(golden(name));
    JsonNode expected = json().get("zoo").get("tensors");
    expected
        .fieldNames()
        .forEachRemaining(key -> same(key, expected.get(key), read.tensors().get(key)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "c2_body_py2.pkl",
        "c2_body_py2_bare.pkl",
        "c2_body_py3.pkl",
        "c2_mask_rcnn_fpn_py2.pkl"
      })
  void detectron(String name) throws IOException {
    WeightFile read = WeightFile.read(golden(name));
    assertEquals(WeightFile.Form.CAFFE2, read.form());
    JsonNode expected = json().get("caffe2").get(name);
    List<String> renamed = new ArrayList<>();
    expected.get("renamed_keys").forEach(k -> renamed.add(k.asText().replace("rpn.head", "rpn")));
    TreeSet<String> ours = new TreeSet<>();
    read.tensors().keySet().forEach(k -> ours.add(k.replace("rpn.head", "rpn")));
    assertEquals(new TreeSet<>(renamed), ours);
    JsonNode blobs = expected.get("blobs");
    blobs
        .fieldNames()
        .forEachRemaining(
            blob -> {
              if (!blob.contains("_momentum")) {
                String key = Caffe2Weights.rename(blob).orElse(blob);
                same(blob, blobs.get(blob), read.tensors().get(key));
              }
            });
  }

  /**
   * Written by numpy 1.24 with Python 3.11: a float matrix [1, 2, 3] of quarters, a column-major
   * one, doubles, and means of pixels, in an ordered dict beside the author.
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 4, 5})
  void detectron2(int protocol) throws IOException {
    WeightFile read = WeightFile.ofPickles(Path.of("d2.pkl"), ByteBuffer.wrap(numpy(protocol)));
    assertEquals(WeightFile.Form.DETECTRON2, read.form());
    assertEquals(Optional.of(Family.DETECTRON2), FamilyNames.of(read));
    Map<String, HostTensor> t = read.tensors();
    assertEquals(
        List.of(
            "stem.conv1.weight",
            "res2.0.conv1.weight",
            "res2.0.conv1.norm.running_var",
            "pixel_mean"),
        List.copyOf(t.keySet()));
    assertArrayEquals(new long[] {1, 2, 3}, t.get("stem.conv1.weight").shape());
    assertArrayEquals(
        new double[] {0, 0.25, 0.5, 0.75, 1, 1.25}, values(t.get("stem.conv1.weight")));
    assertArrayEquals(new long[] {3, 4}, t.get("res2.0.conv1.weight").shape());
    assertArrayEquals(
        new double[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, values(t.get("res2.0.conv1.weight")));
    assertArrayEquals(new double[] {0.5, 2, 8}, values(t.get("res2.0.conv1.norm.running_var")));
    assertEquals(
        Set.of(
            "backbone.body.stem.conv1.weight",
            "backbone.body.layer1.0.conv1.weight",
            "backbone.body.layer1.0.bn1.running_var"),
        FamilyNames.tensors(Family.DETECTRON2, read).keySet());
  }

  private static byte[] numpy(int protocol) throws IOException {
    return Files.readAllBytes(
        TestData.path("cases/detectron2/detectron2_protocol%s.pkl".formatted(protocol)));
  }

  /** Python writes large arrays outside of its frames, so that a small number comes first. */
  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void largeFirstTensor(int protocol, @TempDir Path folder) throws IOException {
    Path zipped = TestData.path("cases/weights/large_first_protocol%s.pkl.gz".formatted(protocol));
    Path file = folder.resolve("model.pkl");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(zipped))) {
      Files.copy(in, file);
    }
    Map<String, HostTensor> t = WeightFile.read(file).tensors();
    assertArrayEquals(new long[] {7, 10_000}, t.get("stem.conv1.weight").shape());
    double[] values = values(t.get("stem.conv1.weight"));
    for (int i = 0; i < values.length; i++) {
      assertEquals(i % 7, values[i]);
    }
    assertArrayEquals(new double[] {0, 1, 2, 3, 4, 5}, values(t.get("res2.0.conv1.weight")));
  }

  @Test
  void aHostilePickleExecutesNothing(@TempDir Path folder) throws IOException {
    Path evidence = folder.resolve("executed");
    String attack = "cos\nsystem\n(S'touch " + evidence + "'\ntR.";
    byte[] bytes = ("\u0080\u0002" + attack).getBytes(StandardCharsets.ISO_8859_1);
    Path file = Files.write(folder.resolve("evil.pkl"), bytes);
    CheckpointException e = assertThrows(CheckpointException.class, () -> WeightFile.read(file));
    assertTrue(e.getMessage().contains("no weights that are known"), e.getMessage());
    assertTrue(Files.notExists(evidence));
  }

  @Test
  void damagedFilesAreNamed(@TempDir Path folder) throws IOException {
    byte[] whole = Files.readAllBytes(golden("zoo_legacy.pth"));
    for (int length : new int[] {1, 20, 500, whole.length - 1}) {
      Path file = Files.write(folder.resolve("cut.pth"), Arrays.copyOf(whole, length));
      CheckpointException e = assertThrows(CheckpointException.class, () -> WeightFile.read(file));
      assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
    }
    byte[] zip = Files.readAllBytes(golden("zoo.pth"));
    Path cut = Files.write(folder.resolve("cutzip.pth"), Arrays.copyOf(zip, zip.length / 2));
    assertTrue(
        assertThrows(CheckpointException.class, () -> WeightFile.read(cut))
            .getMessage()
            .contains("zip archive"));
  }

  /** No other exception, no hang, no memory beyond the file's measure. */
  @ParameterizedTest
  @ValueSource(strings = {"zoo.pth", "zoo_legacy.pth", "c2", "d2"})
  void mutatedFiles(String name, @TempDir Path folder) throws IOException {
    byte[] good =
        switch (name) {
          case "c2" -> smallCaffe2();
          case "d2" -> numpy(5);
          default -> Files.readAllBytes(golden(name));
        };
    Random random = new Random(14);
    Path file = folder.resolve("mutated");
    int refused = 0;
    int mutations = 10_000;
    for (int i = 0; i < mutations; i++) {
      byte[] bad = good.clone();
      for (int k = random.nextInt(4); k >= 0; k--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      if (random.nextInt(8) == 0) {
        bad = Arrays.copyOf(bad, random.nextInt(bad.length));
      }
      try {
        WeightFile content = read(name, file, bad);
        assertTrue(content.tensors().size() < 1000);
        FamilyNames.of(content).ifPresent(family -> FamilyNames.tensors(family, content));
      } catch (CheckpointException | TensorFileException e) {
        refused++;
      }
    }
    assertTrue(refused > mutations / 20, "only " + refused + " were refused");
  }

  /** A zip archive has to be a file, a pickle need not be. */
  private static WeightFile read(String name, Path file, byte[] bytes) throws IOException {
    if (!name.equals("zoo.pth")) {
      return WeightFile.ofPickles(file, ByteBuffer.wrap(bytes));
    }
    return WeightFile.read(Files.write(file, bytes));
  }

  /** Two blobs as protocol 0 writes them. */
  private static byte[] smallCaffe2() throws IOException {
    String array =
        "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I2\nI3\ntcnumpy\n"
            + "dtype\n(S'f4'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS'"
            + "abcdabcdabcdabcdabcdabcd'\ntb";
    String text = "(dS'blobs'\n(dS'conv1_w'\n" + array + "sS'fc6_b'\n" + array + "ss.";
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void protocolZero(@TempDir Path folder) throws IOException {
    WeightFile read = WeightFile.read(Files.write(folder.resolve("p0.pkl"), smallCaffe2()));
    assertEquals(List.of("conv1.weight", "fc6.bias"), List.copyOf(read.tensors().keySet()));
    assertEquals(2, read.tensors().get("fc6.bias").shape()[0]);
  }
}

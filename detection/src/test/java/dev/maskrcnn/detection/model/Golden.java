package dev.maskrcnn.detection.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.data.GroundTruth;
import dev.maskrcnn.detection.data.PolygonSet;
import dev.maskrcnn.nn.Layout;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import dev.maskrcnn.tensor.shape.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A recorded case of the original systems: tensors, numbers, tolerances. */
final class Golden {
  private final Path folder;
  private final SafetensorsFile file;
  private final JsonNode json;

  private Golden(Path folder) {
    this.folder = folder;
    this.file = Safetensors.read(folder.resolve("tensors.safetensors"));
    this.json = TestData.json(folder.resolve("case.json"));
  }

  static Golden open(String name) {
    return new Golden(TestData.golden(name));
  }

  Config config() {
    return Config.defaults().merge(folder.resolve("config.yaml"));
  }

  JsonNode json() {
    return json;
  }

  double tolerance(String key) {
    JsonNode t = json.get("tolerances").get(key);
    return t == null ? Double.NaN : t.asDouble();
  }

  boolean has(String name) {
    return file.tensors().containsKey(name);
  }

  List<String> names(String prefix) {
    return file.tensors().keySet().stream().filter(n -> n.startsWith(prefix)).sorted().toList();
  }

  float[] floats(String name) {
    return file.tensor(name).floats();
  }

  int[] ints(String name) {
    return file.tensor(name).ints();
  }

  int[] shape(String name) {
    return Arrays.stream(file.tensor(name).shape()).mapToInt(Math::toIntExact).toArray();
  }

  /** A recorded NCHW tensor in NHWC order. */
  float[] nhwc(String name) {
    HostTensor t = file.tensor(name);
    int[] s = shape(name);
    return Layout.CONVOLUTION.fromCheckpoint(t.floats(), Shape.of(s[0], s[2], s[3], s[1]));
  }

  Input input(Device d) {
    int[] s = shape("input/batch");
    return new Input(
        d.of(Shape.of(s[0], s[2], s[3], s[1]), nhwc("input/batch")),
        d.of(Shape.of(s[0], 2), ints("input/image_sizes")));
  }

  /** The recorded truth, with polygons where they were recorded. */
  List<GroundTruth> truth() {
    List<GroundTruth> all = new ArrayList<>();
    for (int i = 0; has("target/" + i + "/labels"); i++) {
      String p = "target/" + i + "/";
      all.add(new GroundTruth(floats(p + "boxes"), ints(p + "labels"), polygons(p)));
    }
    return all;
  }

  private PolygonSet polygons(String p) {
    return has(p + "poly_coords")
        ? new PolygonSet(
            floats(p + "poly_coords"), ints(p + "poly_offsets"), ints(p + "poly_instance"))
        : PolygonSet.empty();
  }

  /** max |a−b| / max |b| within a tolerance. */
  static void close(String what, float[] expected, float[] actual, double tolerance) {
    assertEquals(expected.length, actual.length, what + ": number of elements");
    double worst = 0;
    double scale = 1e-30;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs(expected[i] - (double) actual[i]));
      scale = Math.max(scale, Math.abs(expected[i]));
      assertTrue(Float.isFinite(actual[i]), what + ": element " + i + " is " + actual[i]);
    }
    assertTrue(
        worst <= tolerance * scale,
        what + ": max difference " + worst / scale + " of the maximum, allowed " + tolerance);
  }

  /** ‖a−b‖ / ‖b‖ within a tolerance. */
  static void closeL2(String what, float[] expected, float[] actual, double tolerance) {
    assertEquals(expected.length, actual.length, what + ": number of elements");
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      double d = expected[i] - (double) actual[i];
      difference += d * d;
      norm += (double) expected[i] * expected[i];
    }
    assertTrue(
        Math.sqrt(difference) <= tolerance * Math.sqrt(norm) + 1e-12,
        what + ": relative L2 " + Math.sqrt(difference / norm) + ", allowed " + tolerance);
  }

  static void closeAbsolute(String what, float[] expected, float[] actual, double tolerance) {
    assertEquals(expected.length, actual.length, what + ": number of elements");
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], tolerance, what + " at " + i);
    }
  }

  static void same(String what, int[] expected, int[] actual) {
    assertArrayEquals(expected, actual, what);
  }
}

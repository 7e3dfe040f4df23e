package dev.maskrcnn.tensor.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.maskrcnn.tensor.TestData;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  static byte[] resource(String name) throws IOException {
    try (InputStream in = SafetensorsTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  /** A file put together by hand from the format's description. */
  static byte[] file(String header, byte... data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .put(data)
        .array();
  }

  static SafetensorsFile parse(byte[] content) {
    return Safetensors.parse(ByteBuffer.wrap(content), "x.safetensors");
  }

  /** A file of every type by the Python library, values by numpy and ml_dtypes. */
  @Test
  void readsTheReferenceLibrarysFile() throws IOException {
    SafetensorsFile zoo = parse(resource("zoo.safetensors"));
    assertEquals(Map.of("format", "np", "made by", "safetensors 0.8.0"), zoo.metadata());
    JsonNode wanted = JSON.readTree(resource("zoo.json")).get("tensors");
    assertEquals(wanted.size(), zoo.tensors().size());
    for (Map.Entry<String, JsonNode> named : wanted.properties()) {
      HostTensor tensor = zoo.tensor(named.getKey());
      JsonNode expected = named.getValue();
      assertEquals(expected.get("dtype").asText(), tensor.type().name());
      assertArrayEquals(JSON.convertValue(expected.get("shape"), long[].class), tensor.shape());
      JsonNode values = expected.get("values");
      assertEquals(values.size(), tensor.elements());
      for (int i = 0; i < values.size(); i++) {
        checkElement(named.getKey() + "[" + i + "]", values.get(i).asText(), tensor, i);
      }
    }
  }

  private static void checkElement(String what, String expected, HostTensor tensor, int i) {
    double number = Double.parseDouble(expected);
    assertEquals(number, tensor.doubles()[i], what);
    assertEquals((float) number, tensor.floats()[i], what);
    if (!tensor.type().isFloating()) {
      BigInteger integer = new BigInteger(expected);
      if (integer.bitLength() < 64 && tensor.type() != TensorType.U64) {
        assertEquals(integer.longValueExact(), tensor.longs()[i], what);
      }
      if (tensor.type().bytes() < 4 || tensor.type() == TensorType.I32) {
        assertEquals(integer.intValueExact(), tensor.ints()[i], what);
      }
    }
  }

  @Test
  void integersThatDoNotFitAreRefused() throws IOException {
    SafetensorsFile zoo = parse(resource("zoo.safetensors"));
    assertThrows(TensorFileException.class, () -> zoo.tensor("int64").ints());
    assertThrows(TensorFileException.class, () -> zoo.tensor("uint32").ints());
    assertThrows(TensorFileException.class, () -> zoo.tensor("uint64").longs());
    String message =
        assertThrows(TensorFileException.class, () -> zoo.tensor("f32").ints()).getMessage();
    assertEquals(
        "host tensor: wanted integers, got F32 [2, 8]; read floats() or doubles()", message);
    message = assertThrows(TensorFileException.class, () -> zoo.tensor("f33")).getMessage();
    assertEquals("x.safetensors: no tensor \"f33\" among its 18", message);
  }

  @Test
  void writesWhatTheFormatSays() throws IOException {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    tensors.put("b", HostTensor.of(new byte[] {7, 8, 9}, 3));
    tensors.put("a", HostTensor.of(new float[] {1, -2}, 1, 2));
    Path path = folder.resolve("t.safetensors");
    Safetensors.write(path, tensors, Map.of("k", "v"));
    String header =
        "{\"__metadata__\":{\"k\":\"v\"},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}";
    header += " ".repeat(-header.length() & 7);
    byte[] data = {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0, 7, 8, 9};
    assertArrayEquals(file(header, data), Files.readAllBytes(path));
    SafetensorsFile back = Safetensors.read(path);
    assertEquals(tensors, back.tensors());
    assertEquals(List.of("b", "a"), new ArrayList<>(back.tensors().keySet()));
  }

  @Test
  void everyTensorIsAlignedAndComesBack() throws IOException {
    SafetensorsFile zoo = parse(resource("zoo.safetensors"));
    Path path = folder.resolve("zoo.safetensors");
    Safetensors.write(path, zoo.tensors(), zoo.metadata());
    SafetensorsFile back = Safetensors.read(path);
    assertEquals(zoo.tensors(), back.tensors());
    assertEquals(zoo.metadata(), back.metadata());
    byte[] bytes = Files.readAllBytes(path);
    long start = 8 + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    JsonNode header = JSON.readTree(bytes, 8, (int) start - 8);
    assertEquals(0, start % 8);
    for (Map.Entry<String, HostTensor> named : back.tensors().entrySet()) {
      long begin = header.get(named.getKey()).get("data_offsets").get(0).asLong();
      assertEquals(0, (start + begin) % named.getValue().type().bytes(), named.getKey());
    }
  }

  @Test
  void emptyFile() {
    Path path = folder.resolve("none.safetensors");
    Safetensors.write(path, Map.of(), Map.of());
    assertTrue(Safetensors.read(path).tensors().isEmpty());
  }

  @Test
  void lazyTensorsAreFetchedOneAtATimeAndMustBeAsAnnounced() {
    Path path = folder.resolve("lazy.safetensors");
    HostTensor one = HostTensor.of(new float[] {1}, 1);
    Safetensors.writeLazily(
        path, Map.of("t", new LazyTensor(TensorType.F32, new long[] {1}, () -> one)), Map.of());
    assertEquals(Map.of("t", one), Safetensors.read(path).tensors());
    LazyTensor lying = new LazyTensor(TensorType.F32, new long[] {2}, () -> one);
    String message =
        assertThrows(
                TensorFileException.class,
                () -> Safetensors.writeLazily(path, Map.of("t", lying), Map.of()))
            .getMessage();
    assertTrue(message.endsWith("announced as F32 [2], but its content is F32 [1]"), message);
    assertEquals(Map.of("t", one), Safetensors.read(path).tensors(), "old file stays");
    assertThrows(
        TensorFileException.class,
        () -> Safetensors.write(path, Map.of("__metadata__", one), Map.of()));
  }

  @Test
  void largeTensorPassesInBlocks() {
    float[] values = new float[3_000_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    Path path = folder.resolve("large.safetensors");
    Safetensors.write(path, Map.of("t", HostTensor.of(values, values.length)), Map.of());
    assertArrayEquals(values, Safetensors.read(path).tensor("t").floats());
  }

  @Test
  void messagesNameFileAndFault() {
    refused("", "not a safetensors file, it has 0 bytes", new byte[0]);
    refused("", "not a safetensors file, it has 7 bytes", new byte[7]);
    byte[] huge = file("{}");
    huge[3] = 0x7f;
    refused("", "announces a header of 2130706434 bytes", huge);
    byte[] longer = file("{}");
    longer[0] = 9;
    refused("", "cut off, its header has 9 bytes but only 2 follow", longer);
    refused("[]", "expected START_OBJECT");
    refused("{", "damaged header at character");
    refused("{} x", "damaged header at character");
    refused("{} {}", "something follows its last brace");
    refused("{\"a\":3}", "tensor \"a\": got VALUE_NUMBER_INT");
    refused("{\"__metadata__\":{\"k\":1}}", "__metadata__.\"k\": got VALUE_NUMBER_INT");
    refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[0]}}", "needs a dtype, a shape and two");
    refused(entry("F32", "[-1]", "[0,4]"), "shape has a negative number -1");
    refused(entry("F32", "[1.5]", "[0,4]"), "got VALUE_NUMBER_FLOAT, expected VALUE_NUMBER_INT");
    refused(entry("F32", "[9999999999999999999]", "[0,4]"), "damaged header at character");
    refused(entry("F32", "[4611686018427387904,4]", "[0,4]"), "more than 2^63 bytes in shape");
    refused(entry("F32", "[2]", "[0,4]"), "[0, 4], but F32 [2] takes 8 bytes");
    refused(entry("F32", "[1]", "[4,0]"), "[4, 0], but F32 [1] takes 4 bytes");
    refused(entry("F32", "[2]", "[0,8]"), "ends at byte 8 of the data, but the file has only 4");
    refused(entry("U8", "[2]", "[2,4]"), "starts at byte 2 of the data, expected 0; tensors leave");
    refused(entry("U8", "[2]", "[0,2]"), "4 bytes of data, but the header describes 2");
    String two = entry("U8", "[3]", "[0,3]").replaceFirst("}$", ",");
    refused(two + "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]}}", "overlap");
    refused(two + "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[3,4]}}", "Duplicate");
    refused("{\"a\\nb\":3}", "tensor \"a?b\"");
  }

  private static String entry(String type, String shape, String offsets) {
    return "{\"a\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}"
        .formatted(type, shape, offsets);
  }

  /** A tensor that nobody asks for does not stop the others from being read. */
  @Test
  void typesThatAreNotKnown() {
    String two =
        "{\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,3]},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[3,4]}}";
    SafetensorsFile read = parse(file(two, (byte) 1, (byte) 2, (byte) 3, (byte) 4));
    assertEquals(List.of("b"), List.copyOf(read.tensors().keySet()));
    assertEquals(4, read.tensor("b").ints()[0]);
    String message = assertThrows(TensorFileException.class, () -> read.tensor("a")).getMessage();
    assertTrue(message.contains("tensor \"a\" has dtype \"F31\", expected one of"), message);
  }

  /** A header of many words is refused before it fills the memory. */
  @Test
  void headerOfTooManyWords() {
    String words = "\"x\":[" + "0,".repeat(2_100_000) + "0]";
    refused("{\"a\":{" + words + "}}", "its header has more than 2000000 words");
  }

  private static void refused(String header, String part) {
    refused(header, part, file(header, (byte) 1, (byte) 2, (byte) 3, (byte) 4));
  }

  private static void refused(String header, String part, byte[] content) {
    String message =
        assertThrows(TensorFileException.class, () -> parse(content), header).getMessage();
    assertTrue(message.startsWith("x.safetensors: "), message);
    assertTrue(message.contains(part), message);
    assertFalse(message.contains("\n"), message);
  }

  @Test
  void missingFileAndFolder() {
    Path missing = folder.resolve("none.safetensors");
    String message =
        assertThrows(TensorFileException.class, () -> Safetensors.read(missing)).getMessage();
    assertEquals(missing + ": no such file", message);
    message = assertThrows(TensorFileException.class, () -> Safetensors.read(folder)).getMessage();
    assertTrue(message.startsWith(folder + ": cannot read, "), message);
  }

  /** Reads every recorded file and compares the sums that the recording tools took. */
  @Test
  void recordedFiles() throws IOException {
    Path goldens = TestData.path("goldens");
    List<Path> files;
    try (Stream<Path> all = Files.walk(goldens)) {
      files = all.filter(p -> p.toString().endsWith(".safetensors")).sorted().toList();
    }
    assertTrue(files.size() >= 12, files.toString());
    for (Path path : files) {
      SafetensorsFile content = Safetensors.read(path);
      assertFalse(content.tensors().isEmpty());
      assertEquals("pt", content.metadata().getOrDefault("format", "pt"));
      JsonNode losses = JSON.readTree(path.resolveSibling("case.json").toFile()).path("losses");
      if (losses.isObject() && content.tensors().containsKey("loss")) {
        float[] loss = content.tensor("loss").floats();
        int i = 0;
        for (JsonNode expected : losses) {
          assertEquals((float) expected.asDouble(), loss[i++], path.toString());
        }
      }
    }
  }

  @Test
  void recordedChecksums() throws IOException {
    Path path = TestData.golden("14_checkpoints").resolve("weights.safetensors");
    JsonNode wanted =
        TestData.json("goldens/14_checkpoints/case.json").at("/model_tensors/initial");
    SafetensorsFile content = Safetensors.read(path);
    assertEquals(wanted.size(), content.tensors().size());
    for (Map.Entry<String, JsonNode> named : wanted.properties()) {
      HostTensor tensor = content.tensor(named.getKey());
      JsonNode expected = named.getValue();
      assertArrayEquals(JSON.convertValue(expected.get("shape"), long[].class), tensor.shape());
      double sum = 0;
      double absolute = 0;
      double[] values = tensor.doubles();
      for (double value : values) {
        sum += value;
        absolute += Math.abs(value);
      }
      double size = expected.get("abs_sum").asDouble();
      assertEquals(size, absolute, 1e-9 * size, named.getKey());
      assertEquals(expected.get("sum").asDouble(), sum, 1e-9 * size, named.getKey());
      for (int i = 0; i < expected.get("first3").size(); i++) {
        assertEquals(expected.get("first3").get(i).asDouble(), values[i], named.getKey());
      }
    }
  }
}

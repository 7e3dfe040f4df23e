package dev.maskrcnn.detection.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against values that Python and PyYAML gave, recorded in {@code python_literals.json}. */
class PythonLiteralTest {

  private static JsonNode cases() throws IOException {
    try (InputStream in = PythonLiteralTest.class.getResourceAsStream("python_literals.json")) {
      return new ObjectMapper().readTree(in).get("cases");
    }
  }

  private static Object value(JsonNode recorded) {
    if (recorded.has("none")) {
      return null;
    }
    if (recorded.has("bool")) {
      return recorded.get("bool").asBoolean();
    }
    if (recorded.has("int")) {
      return PythonLiteral.narrowed(new BigInteger(recorded.get("int").asText()));
    }
    if (recorded.has("float")) {
      return switch (recorded.get("float").asText()) {
        case "inf" -> Double.POSITIVE_INFINITY;
        case "-inf" -> Double.NEGATIVE_INFINITY;
        case "nan" -> Double.NaN;
        default -> Double.valueOf(recorded.get("float").asText());
      };
    }
    if (recorded.has("str")) {
      return recorded.get("str").asText();
    }
    List<Object> list = new ArrayList<>();
    recorded.get("seq").forEach(element -> list.add(value(element)));
    return list;
  }

  @Test
  void asPythonReadsThem() throws IOException {
    int literals = 0;
    for (JsonNode one : cases()) {
      String text = one.get("text").asText();
      Object expected = value(one.get("literal"));
      assertEquals(expected, PythonLiteral.parse(text), () -> "<" + text + ">");
      literals += text.equals(expected) ? 0 : 1;
    }
    assertTrue(literals > 200, "only " + literals + " literals");
  }

  @Test
  void asPyYamlReadsThem() throws IOException {
    int count = 0;
    for (JsonNode one : cases()) {
      if (one.has("yaml")) {
        String text = one.get("text").asText();
        YamlTree.Item item =
            YamlTree.items(YamlTree.root("K: " + text, "t").orElseThrow(), "t").get(0);
        assertEquals(
            value(one.get("yaml")), YamlTree.value(item.value(), "t"), () -> "<" + text + ">");
        count++;
      }
    }
    assertTrue(count > 150, "only " + count + " values");
  }

  /** The only known difference to PyYAML, which takes 1e-3 in a list for a string. */
  @Test
  void exponentWithoutPointInAListIsANumber() {
    YamlTree.Item item = YamlTree.items(YamlTree.root("K: [1e-3]", "t").orElseThrow(), "t").get(0);
    assertEquals(List.of(0.001), YamlTree.value(item.value(), "t"));
  }

  @Test
  void hostileTextIsOnlyText() {
    for (String text :
        List.of("(".repeat(100_000), "[".repeat(5_000) + "]".repeat(5_000), "9".repeat(100_000))) {
      assertEquals(text, PythonLiteral.parse(text));
    }
  }

  @Test
  void writtenTextReadsBack() {
    Random random = new Random(11);
    for (int i = 0; i < 20_000; i++) {
      double number = Double.longBitsToDouble(random.nextLong());
      if (!Double.isNaN(number)) {
        assertEquals(number, PythonLiteral.parse(PythonRepr.of(number, false)));
      }
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(6); n > 0; n--) {
        text.append(
            (char) (random.nextInt(3) == 0 ? random.nextInt(1 << 16) : random.nextInt(256)));
      }
      assertEquals(text.toString(), PythonLiteral.parse(PythonRepr.quoted(text.toString())));
    }
  }

  /** Values as Python 3.11 prints them. */
  @Test
  void numbersLookLikePythons() {
    assertEquals("0.1", PythonRepr.number(0.1));
    assertEquals("1e-05", PythonRepr.number(1e-5));
    assertEquals("0.0001", PythonRepr.number(1e-4));
    assertEquals("0.3333333333333333", PythonRepr.number(1.0 / 3));
    assertEquals("1e+16", PythonRepr.number(1e16));
    assertEquals("1000000000000000.0", PythonRepr.number(1e15));
    assertEquals("1.5e+300", PythonRepr.number(1.5e300));
    assertEquals("2e+23", PythonRepr.number(2e23));
    assertEquals("5e-324", PythonRepr.number(Double.MIN_VALUE));
    assertEquals("1.7976931348623157e+308", PythonRepr.number(Double.MAX_VALUE));
    assertEquals("-0.0", PythonRepr.number(-0.0));
    assertEquals("102.9801", PythonRepr.number(102.9801));
    assertEquals("(1,)", PythonRepr.of(List.of(1), false));
    assertEquals("[('a', 1.0), ()]", PythonRepr.of(List.of(List.of("a", 1.0), List.of()), true));
    assertEquals("\"it's\"", PythonRepr.of("it's", false));
  }
}

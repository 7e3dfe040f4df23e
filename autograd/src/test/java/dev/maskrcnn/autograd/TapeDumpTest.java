package dev.maskrcnn.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.Shape;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TapeDumpTest {
  private final Device device = Device.reference();
  private Tape tape;

  @BeforeEach
  void record() {
    tape = new Tape(device);
    Variable x = Variable.constant(device.of(Shape.of(1, 1, 2, 1), 1.0, 2));
    Variable w = tape.leaf(device.of(Shape.of(1, 1, 1, 1), 3.0), "body \"stem\".weight");
    Variable b = tape.leaf(device.of(Shape.of(1), 0.5), "bias");
    device.enter("body");
    device.enter("stem");
    Variable y = x.conv2d(w, b, Window.of(1, 0), true);
    device.leave();
    Variable z = y.reshape(Shape.of(2)).exp();
    device.leave();
    tape.backward(z.sum()).close();
  }

  @AfterEach
  void close() {
    tape.close();
    device.close();
  }

  @Test
  void textHasOneLinePerEntry() {
    String[] lines = TapeDump.text(tape).split("\n");
    assertEquals(6, lines.length);
    assertEquals("%0 = leaf body \"stem\".weight : [1, 1, 1, 1] f64", lines[0]);
    assertTrue(lines[2].startsWith("%2 = Conv2d["), lines[2]);
    assertTrue(lines[2].contains("(constant [1, 1, 2, 1] f64, %0, %1) : [1, 1, 2, 1] f64"));
    assertTrue(lines[2].contains("keeps in0 out0 (32 B)"), lines[2]);
    assertTrue(lines[2].endsWith("@ body.stem"), lines[2]);
    assertTrue(lines[5].startsWith("3 ops, forward "), lines[5]);
  }

  @Test
  void jsonIsValidAndComplete() throws IOException {
    JsonNode root = new ObjectMapper().readTree(TapeDump.json(tape));
    assertEquals("reference", root.get("device").asText());
    JsonNode conv = root.get("entries").get(2);
    assertEquals("Conv2d", conv.get("op").asText());
    assertEquals("body.stem", conv.get("path").asText());
    assertEquals(1, conv.at("/attributes/window/stride").asInt());
    assertTrue(conv.at("/attributes/epilogue/relu").asBoolean());
    assertTrue(conv.at("/inputs/0/id").isNull());
    assertEquals(0, conv.at("/inputs/1/id").asInt());
    assertEquals("[1,1,2,1]", conv.at("/outputs/0/shape").toString());
    assertEquals("f64", conv.at("/outputs/0/dtype").asText());
    assertEquals(16, conv.at("/outputs/0/bytes").asInt());
    assertEquals(32, conv.get("keptBytes").asInt());
    assertEquals("out0", conv.at("/kept/1/slot").asText());
    assertTrue(conv.get("forwardNanos").isIntegralNumber());
    assertTrue(conv.get("backwardNanos").isIntegralNumber());
    assertEquals("leaf", root.at("/entries/1/kind").asText());
  }

  @Test
  void dotNestsModulesAndBalances() {
    String dot = TapeDump.dot(tape);
    int body = dot.indexOf("label=\"body\"");
    int stem = dot.indexOf("label=\"stem\"");
    assertTrue(body > 0 && stem > body, dot);
    assertTrue(dot.contains("body \\\"stem\\\".weight\\n[1, 1, 1, 1] f64"), dot);
    assertTrue(dot.contains("n0 -> n2") && dot.contains("n2 -> n3 [label=\"[2]\"]"), dot);
    assertEquals(count(dot, "\\{"), count(dot, "\\}"));
    Set<String> defined = new HashSet<>();
    Matcher m = Pattern.compile("\\b(n\\d+) \\[(shape|label)").matcher(dot);
    while (m.find()) {
      defined.add(m.group(1));
    }
    assertTrue(defined.containsAll(Set.of("n0", "n1", "n2", "n3", "n4")), defined.toString());
  }

  private static long count(String text, String regex) {
    return Pattern.compile(regex).matcher(text).results().count();
  }
}

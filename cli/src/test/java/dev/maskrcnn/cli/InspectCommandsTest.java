package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.maskrcnn.autograd.DerivativeDocument;
import dev.maskrcnn.tensor.contract.Catalogue;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.op.Op;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandsTest {
  @TempDir Path folder;

  private final Cli cli = new Cli();

  private void has(String... parts) {
    for (String part : parts) {
      assertTrue(cli.out().contains(part), part + " is not in: " + cli.out());
    }
  }

  @Test
  void opShowsEverythingOfIt() {
    assertEquals(0, cli.run("inspect", "op", "matmul", "--device", "cpu"), cli::err);
    has(
        "MatMul(boolean transposeA",
        "tensor/src/main/java/dev/maskrcnn/tensor/op/LinearAlgebra.java:",
        "y = relu(A·B + bias)",
        "OpBenchmark -p op=MatMul",
        "dA = dy·Bᵀ",
        "autograd/src/main/java/dev/maskrcnn/autograd/Derivatives.java:",
        "DerivativeRules::matMul",
        " cases in f64, largest relative difference ",
        "LinearAlgebraReference.java",
        "takes f32 f64 f16 bf16",
        "MatMulKernels.java",
        ", within tolerance");
  }

  @Test
  void opWithoutDerivativeSaysWhy() {
    assertEquals(0, cli.run("inspect", "op", "Nms", "--device", "cpu"), cli::err);
    has("derivative      none: it selects or assigns; its result is a constant", "NmsJava.java");
    cli.fails(
        List.of("no op has this name", "names that contain it: RoiAlign"),
        "inspect",
        "op",
        "roialig");
    cli.fails(List.of("gpu9", "no such device"), "inspect", "op", "Nms", "--device", "gpu9");
  }

  @Test
  void opsListsTheCatalogue() {
    assertEquals(0, cli.run("inspect", "ops", "--device", "cpu"), cli::err);
    long rows = cli.out().lines().filter(l -> l.matches("\\w+ +[A-Z]\\w+ +(rule|-) .*")).count();
    assertEquals(Catalogue.ops().size(), rows, cli.out());
    has("Cast                         Pointwise         rule       f32 f64 f16 bf16");
    assertTrue(cli.out().lines().anyMatch(l -> l.matches("IndexWhere .* i32 +i32")), cli.out());
  }

  @Test
  void gradcheckOfOneOp() {
    assertEquals(0, cli.run("inspect", "gradcheck", "Softmax"), cli::err);
    has("Softmax[], [33, 2]", " cases, largest relative difference ");
    cli.fails(List.of("Nms: has no derivative"), "inspect", "gradcheck", "Nms");
  }

  @Test
  void gradcheckOfEveryOpThatHasARule() {
    assertEquals(0, cli.run("inspect", "gradcheck"), cli::err);
    for (Class<? extends Op> op : Catalogue.ops()) {
      long lines =
          cli.out()
              .lines()
              .filter(l -> l.matches(op.getSimpleName() + " +[1-9]\\d* cases, .*"))
              .count();
      assertEquals(DerivativeDocument.of(op).differentiable() ? 1 : 0, lines, op::getSimpleName);
    }
    assertEquals(0, cli.run("inspect", "gradcheck", "Sigmoid"), cli::err);
  }

  @Test
  void weightsShowsTensorsAndFindsWhatIsNotFinite() {
    Path file = folder.resolve("w.safetensors");
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    tensors.put("a.weight", HostTensor.of(new float[] {1, 2, 3, 6}, 2, 2));
    tensors.put("b.steps", HostTensor.of(new long[] {7}, 1));
    Safetensors.write(file, tensors, Map.of("format", "pt"));
    assertEquals(0, cli.run("inspect", "weights", file.toString()), cli::err);
    has("format           pt", "2 tensors, 0.0 MiB");
    assertTrue(
        cli.out()
            .lines()
            .anyMatch(l -> l.matches("a.weight +F32 +\\[2, 2\\] +3.000 +1.871 +1.000 +6.000")),
        cli.out());
    tensors.put("c.bias", HostTensor.of(new float[] {0, Float.NaN}, 2));
    Safetensors.write(file, tensors, Map.of());
    cli.fails(List.of("1 tensors are not finite"), "inspect", "weights", file.toString());
    cli.fails(List.of("no such file"), "inspect", "weights", folder.resolve("x").toString());
  }

  @Test
  void configSaysWhereEachValueCameFrom() throws IOException {
    Path file = folder.resolve("mine.yaml");
    Files.writeString(file, "SOLVER:\n  BASE_LR: 0.5\n");
    assertEquals(0, cli.run("inspect", "config", file.toString(), "SOLVER.GAMMA", "0.2"), cli::err);
    String[] lines = cli.out().split("\n");
    assertEquals(5, lines.length, cli.out());
    assertTrue(lines[0].matches("SOLVER.BASE_LR +0.5"), lines[0]);
    assertEquals("    from " + file + ":2; default 0.001", lines[1]);
    assertTrue(lines[2].matches("SOLVER.GAMMA +0.2"), lines[2]);
    assertEquals("    from command line; default 0.1", lines[3]);
    assertTrue(lines[4].matches("2 of \\d+ keys differ"), lines[4]);
  }

  /** The same step as JSON, text and graph; the JSON adds up. */
  @Test
  void stepAsJsonTextAndDot() throws IOException {
    Path json = folder.resolve("step.json");
    Path text = folder.resolve("step.txt");
    Path dot = folder.resolve("step.dot");
    String[] args = {
      "inspect",
      "step",
      "--warm-up",
      "0",
      "--json",
      json.toString(),
      "--text",
      text.toString(),
      "--dot",
      dot.toString(),
      "MODEL.MASK_ON",
      "False"
    };
    assertEquals(0, cli.run(args), cli::err);
    JsonNode step = JsonMapper.builder().build().readTree(json.toFile());
    int taped = 0;
    for (JsonNode op : step.get("ops")) {
      taped += op.get("t").asInt() >= 0 ? 1 : 0;
      assertFalse(step.at("/types/" + op.get("n").asText()).isMissingNode(), op.toString());
      for (JsonNode input : op.get("i")) {
        assertTrue(input.get(0).asInt() >= 0 ^ input.get(1).asInt() >= 0, op.toString());
      }
    }
    assertEquals(taped, step.get("backward").size(), "every op on the tape was differentiated");
    assertEquals(4, step.get("losses").size());
    String lines = Files.readString(text);
    assertTrue(lines.contains(taped + " ops, forward"), lines);
    assertTrue(lines.contains("slowest ops"), lines);
    assertTrue(Files.readString(dot).startsWith("digraph tape {"));
  }
}

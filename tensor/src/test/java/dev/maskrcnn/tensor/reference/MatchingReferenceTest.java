package dev.maskrcnn.tensor.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.contract.Golden;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.shape.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The rule of matching, on overlaps that others recorded rather than on boxes. */
class MatchingReferenceTest {
  private static final Rounding FLOAT = Rounding.of(DType.F32);

  @TestFactory
  List<DynamicTest> matcherOfMaskrcnnBenchmark() {
    Golden golden = Golden.operators();
    List<DynamicTest> tests = new ArrayList<>();
    for (int i = 0; i < golden.json("matcher").size(); i++) {
      JsonNode rule = golden.json("matcher").get(i);
      String at = "matcher/" + i + "/";
      tests.add(
          DynamicTest.dynamicTest(
              i + ", " + rule.get("note").asText(),
              () -> {
                MatchBoxes op =
                    new MatchBoxes(
                        rule.get("high").asDouble(),
                        rule.get("low").asDouble(),
                        rule.get("allow_low_quality").asBoolean(),
                        1);
                double[][] quality = rows(golden.tensor(at + "quality"));
                double[] expected = golden.tensor(at + "result").values();
                int[] got = MatchingReference.match(op, quality, expected.length, FLOAT);
                assertArrayEquals(expected, Arrays.stream(got).asDoubleStream().toArray());
              }));
    }
    return tests;
  }

  private static double[][] rows(Operand matrix) {
    int width = matrix.spec().shape().dim(1);
    double[][] rows = new double[matrix.spec().shape().dim(0)][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(matrix.values(), i * width, (i + 1) * width);
    }
    return rows;
  }

  /** The peer reports the best truth also for boxes that are not positive. */
  @Test
  void matcherOfDetectron2() {
    JsonNode c = Golden.literal("detectron2/matcher");
    double[][] iou = new double[3][];
    for (int i = 0; i < 3; i++) {
      iou[i] = Golden.numbers(c.at("/inputs/iou_gt_by_anchor").get(i));
      for (int k = 0; k < iou[i].length; k++) {
        iou[i][k] = FLOAT.to(iou[i][k]);
      }
    }
    int[] got = MatchingReference.match(new MatchBoxes(0.7, 0.3, true, 0), iou, 4, FLOAT);
    int[] matches = Golden.integers(c.at("/expected/matches"));
    int[] labels = Golden.integers(c.at("/expected/match_labels"));
    int[] expected = new int[4];
    for (int i = 0; i < 4; i++) {
      int notPositive = labels[i] == 0 ? MatchingReference.BELOW : MatchingReference.BETWEEN;
      expected[i] = labels[i] == 1 ? matches[i] : notPositive;
    }
    assertArrayEquals(expected, got);
  }
}

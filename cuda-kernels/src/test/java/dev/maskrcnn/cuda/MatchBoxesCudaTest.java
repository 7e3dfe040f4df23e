package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Matching at the sizes of training: the integers of the CPU. */
class MatchBoxesCudaTest {
  private static final List<Float> CELLS =
      List.of(-22f, -10f, 25f, 13f, -14f, -14f, 17f, 17f, -10f, -22f, 13f, 25f);

  private SideBySide devices;

  @BeforeEach
  void open() {
    devices = new SideBySide();
  }

  @AfterEach
  void close() {
    if (devices != null) {
      devices.close();
    }
  }

  /** Boxes whole pixels apart, with sides of 8 to 71 pixels: many equal IoUs. */
  private static double[] wholeBoxes(SplittableRandom random, int count, int extent) {
    double[] v = new double[4 * count];
    for (int i = 0; i < v.length; i += 4) {
      v[i] = random.nextInt(extent);
      v[i + 1] = random.nextInt(extent);
      v[i + 2] = v[i] + 8 + random.nextInt(64);
      v[i + 3] = v[i + 1] + 8 + random.nextInt(64);
    }
    return v;
  }

  @Test
  void anchorsOfOneLevelAgainstMoreTruthsThanAWarpTests() {
    int truths = 77;
    double[] anchors = devices.same(new AnchorGrid(41, 53, 8, 8, CELLS)).get(0);
    int count = anchors.length / 4;
    double[] truth = wholeBoxes(new SplittableRandom(1), 3 * truths, 300);
    System.arraycopy(truth, 0, truth, 4 * 40, 4); // a twin in another chunk: ties go to the first
    Operand boxes = Operand.f32(Shape.of(1, count, 4), anchors);
    Operand truthBoxes = Operand.f32(Shape.of(3, truths, 4), truth);
    MatchBoxes rule = new MatchBoxes(0.7, 0.3, true, 1);
    double[] match =
        devices
            .same(
                rule, truthBoxes, Operand.i32(truths, 0, 33), boxes, Operand.i32(count, count, 99))
            .get(0);
    boolean[] found = new boolean[truths];
    Arrays.stream(match, 0, count).filter(m -> m >= 0).forEach(m -> found[(int) m] = true);
    assertTrue(found[0], "the low-quality rule gives truth 0 an anchor");
    assertTrue(!found[40], "its twin of a higher index gets none");
  }

  @Test
  void proposalsInNoOrder() {
    SplittableRandom random = new SplittableRandom(2);
    Operand truth = Operand.f32(Shape.of(2, 33, 4), wholeBoxes(random, 66, 200));
    Operand boxes = Operand.f32(Shape.of(2, 1033, 4), wholeBoxes(random, 2066, 200));
    for (boolean lowQuality : new boolean[] {false, true}) {
      devices.same(
          new MatchBoxes(0.5, 0.5, lowQuality, 1),
          truth,
          Operand.i32(33, 32),
          boxes,
          Operand.i32(1000, 1033));
    }
  }

  /** As the original does: IoU 0 is the best of a truth that nothing touches. */
  @Test
  void aTruthThatNothingTouchesMakesEveryBoxKeepItsBest() {
    Operand truth = Operand.f32(Shape.of(1, 2, 4), 0, 0, 9, 9, 500, 500, 509, 509);
    Operand boxes = Operand.f32(Shape.of(1, 3, 4), 0, 5, 9, 9, 0, 0, 1, 1, 90, 90, 99, 99);
    MatchBoxes rule = new MatchBoxes(0.7, 0.3, true, 1);
    double[] match = devices.same(rule, truth, Operand.i32(2), boxes, Operand.i32(3)).get(0);
    assertEquals("[0.0, 0.0, 0.0]", Arrays.toString(match));
  }
}

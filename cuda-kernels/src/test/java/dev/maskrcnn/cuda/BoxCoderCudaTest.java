package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.BoxesAtLeast;
import dev.maskrcnn.tensor.op.Boxes.ClipBoxes;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Proposals decide suppressions and matches later, so they have to be the CPU's to the bit. */
class BoxCoderCudaTest {
  private static final int IMAGES = 2;
  private static final int ROWS = 1027;

  @Test
  void decodedAndClippedBoxesAreThoseOfTheCpuToTheBit() {
    SplittableRandom random = new SplittableRandom(3);
    double[] boxes = new double[IMAGES * ROWS * 4];
    double[] deltas = new double[IMAGES * ROWS * 4];
    for (int i = 0; i < boxes.length; i += 4) {
      boxes[i] = random.nextDouble(-50, 900);
      boxes[i + 1] = random.nextDouble(-50, 900);
      boxes[i + 2] = boxes[i] + random.nextDouble(1, 400);
      boxes[i + 3] = boxes[i + 1] + random.nextDouble(1, 400);
      for (int k = i; k < i + 4; k++) {
        deltas[k] = random.nextDouble(-6, 6);
      }
    }
    Operand sizes = Operand.i32(Shape.of(IMAGES, 2), 800, 1333, 640, 427);
    Shape shape = Shape.of(IMAGES, ROWS, 4);
    try (SideBySide devices = new SideBySide()) {
      for (double offset : new double[] {0, 1}) {
        double[] decoded =
            devices
                .same(
                    new BoxDecode(new CoderWeights(1, 1, 1, 1), offset, Math.log(1000.0 / 16)),
                    Operand.f32(shape, boxes),
                    Operand.f32(shape, deltas))
                .get(0);
        double[] clipped =
            devices.same(new ClipBoxes(offset), Operand.f32(shape, decoded), sizes).get(0);
        devices.same(new BoxesAtLeast(16, offset), Operand.f32(shape, clipped));
      }
    }
  }
}

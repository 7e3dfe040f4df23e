package dev.maskrcnn.detection.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TrainingLineTest {
  /** The shape and the numbers that the seed's README shows: eta, iteration, rate, memory. */
  @Test
  void lineOfTheSeed() {
    Meters meters = new Meters();
    String[] names = {
      "loss", "loss_box_reg", "loss_classifier", "loss_mask", "loss_objectness", "loss_rpn_box_reg"
    };
    for (int i = 0; i < 20; i++) {
      for (int k = 0; k < names.length; k++) {
        meters.update(names[k], k + i * 0.01);
      }
      meters.update("time", 0.33884354);
      meters.update("data", i == 0 ? 0.2 : 0);
    }
    assertEquals(
        "eta: 4:42:15  iter: 20  loss: 0.0900 (0.0950)  loss_box_reg: 1.0900 (1.0950)"
            + "  loss_classifier: 2.0900 (2.0950)  loss_mask: 3.0900 (3.0950)"
            + "  loss_objectness: 4.0900 (4.0950)  loss_rpn_box_reg: 5.0900 (5.0950)"
            + "  time: 0.3388 (0.3388)  data: 0.0000 (0.0100)  lr: 0.014347  max mem: 3508",
        new TrainingLine(20, 50_000, 0.0143466, 3508.3).format(meters));
  }

  @Test
  void dueEachTwentyAndAtTheEnd() {
    assertTrue(new TrainingLine(40, 90, 0, 0).due());
    assertTrue(new TrainingLine(90, 90, 0, 0).due());
    assertFalse(new TrainingLine(41, 90, 0, 0).due());
  }

  @Test
  void totalTime() {
    assertEquals(
        "Total training time: 4:42:15.500000 (0.1694 s / it)",
        TrainingLine.totalTime(16935.5, 100_000));
  }
}

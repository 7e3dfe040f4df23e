package dev.maskrcnn.detection.draw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.metrics.ConfusionMatrix;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConfusionPictureTest {
  private static ConfusionMatrix matrix(int categories) {
    Random random = new Random(1);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < categories; i++) {
      names.add("category " + i);
    }
    names.add(ConfusionMatrix.NOTHING);
    long[][] counts = new long[categories + 1][categories + 1];
    for (long[] row : counts) {
      for (int i = 0; i < row.length; i++) {
        row[i] = random.nextInt(10) == 0 ? random.nextInt(30) : 0;
      }
    }
    for (int i = 0; i < categories; i++) {
      counts[i][i] = 20L + random.nextInt(12_000);
    }
    return new ConfusionMatrix(names, counts);
  }

  @Test
  void growsWithTheCategories() {
    BufferedImage few = ConfusionPicture.draw("Few", matrix(3)).image();
    BufferedImage many = ConfusionPicture.draw("Many", matrix(80)).image();
    assertTrue(few.getWidth() >= 720 && many.getWidth() > 81 * 18, many.getWidth() + "");
    assertTrue(many.getHeight() < 2000);
    ConfusionPicture.draw("Few", matrix(3)).writePng(Path.of("target/charts/confusion_3.png"));
    ConfusionPicture.draw("Many", matrix(80)).writePng(Path.of("target/charts/confusion_80.png"));
    BufferedImage one = ConfusionPicture.draw("One", matrix(1)).image();
    assertEquals(few.getWidth(), one.getWidth());
  }
}

package dev.maskrcnn.detection.draw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MatrixPictureTest {
  @TempDir Path folder;

  @Test
  void zeroIsWhitePositiveOrangeNegativeBlue() throws Exception {
    // Twenty cells a side, so that no numbers are written: 36 pixels each, below a title of 40.
    float[] values = new float[400];
    values[1] = 3;
    values[2] = -3;
    values[3] = Float.NaN;
    Path file = MatrixPicture.of("four", values, 20, 20).draw().writePng(folder.resolve("a.png"));
    var image = ImageIO.read(file.toFile());
    Color[] cells = new Color[4];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = new Color(image.getRGB(16 + 36 * i + 18, 40 + 18));
    }
    assertEquals(Color.WHITE, cells[0]);
    assertTrue(cells[1].getRed() > 150 && cells[1].getBlue() < 50, cells[1]::toString);
    assertTrue(cells[2].getBlue() > 120 && cells[2].getRed() < 50, cells[2]::toString);
    assertEquals(Color.BLACK, cells[3]);
  }

  @Test
  void numberOfValuesHasToFit() {
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> MatrixPicture.of("few", new float[5], 2, 3));
    assertEquals("matrix few: 5 values do not make 2 rows of 3", e.getMessage());
  }
}

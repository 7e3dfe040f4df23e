package dev.maskrcnn.detection.voc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.NoSegmentation;
import dev.maskrcnn.detection.coco.Polygons;
import dev.maskrcnn.detection.data.CocoSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocDatasetTest {
  private static final VocDataset.Need BOXES = new VocDataset.Need(false, true);
  private static final VocDataset.Need MASKS = new VocDataset.Need(true, true);

  @TempDir private Path root;

  @BeforeEach
  void write() throws IOException {
    VocFolder.write(root);
  }

  @Test
  void boxesStartFromZeroAndDifficultObjectsAreKeptForTheEvaluation() {
    VocDataset read = VocDataset.load(root, "val", BOXES);
    assertEquals(2, read.images().images().size());
    assertEquals(20, read.images().categories().size());
    assertEquals("aeroplane", read.images().categories().get(0).name());
    List<CocoAnnotation> first = read.images().annotationsOf(1);
    assertEquals(2, first.size());
    assertArrayEquals(new double[] {4, 3, 10, 8}, first.get(0).bbox());
    assertEquals(15, first.get(0).categoryId());
    assertInstanceOf(NoSegmentation.class, first.get(0).segmentation());
    assertEquals(Set.of(2L), read.difficult());
    assertEquals(1, read.training().annotationsOf(1).size());
    // Original: x - 1 of both corners, both inside.
    float[] boxes = CocoSource.forTest(read.images(), 1).targets(0).boxes();
    assertArrayEquals(new float[] {4, 3, 13, 10}, java.util.Arrays.copyOf(boxes, 4));
  }

  @Test
  void masksAreThePixelsOfAnObject() {
    VocDataset read = VocDataset.load(root, "val", MASKS);
    assertEquals(1, read.images().images().size());
    List<CocoAnnotation> objects = read.images().annotationsOf(1);
    assertEquals(2, objects.size());
    assertEquals(15, objects.get(0).categoryId());
    assertEquals(12, objects.get(1).categoryId());
    assertEquals(Set.of(2L), read.difficult());
    assertInstanceOf(Polygons.class, objects.get(0).segmentation());
    byte[] mask = objects.get(0).mask(read.images().image(1)).decode();
    for (int y = 0; y < VocFolder.HEIGHT; y++) {
      for (int x = 0; x < VocFolder.WIDTH; x++) {
        assertEquals(
            VocFolder.objectAt(x, y) == 1 ? 1 : 0, mask[y * VocFolder.WIDTH + x], x + "," + y);
      }
    }
    assertArrayEquals(new double[] {4, 3, 10, 8}, objects.get(0).bbox(), "box of the annotation");
    assertEquals(8 * 6, objects.get(0).area());
  }

  @Test
  void ownClassesComeFromLabelsTxt() throws IOException {
    Files.writeString(root.resolve("labels.txt"), "dog\nperson\n\n");
    VocDataset read = VocDataset.load(root, "val", BOXES);
    assertEquals(2, read.images().annotationsOf(1).get(0).categoryId());
  }

  @Test
  void missingAnnotationsAreAllowedWhereNothingIsMeasured() throws IOException {
    Files.delete(root.resolve("Annotations/b.xml"));
    fails("Annotations/b.xml: does not exist");
    VocDataset read = VocDataset.load(root, "val", new VocDataset.Need(true, false));
    assertEquals(1, read.images().images().size());
    read = VocDataset.load(root, "val", new VocDataset.Need(false, false));
    assertEquals(VocFolder.WIDTH, read.images().image(2).width());
  }

  @Test
  void defectsNameFileAndObject() throws IOException {
    Path xml = root.resolve("Annotations/a.xml");
    String sound = Files.readString(xml);
    Files.writeString(xml, sound.replace("<xmax>14</xmax>", "<xmax>wide</xmax>"));
    fails("a.xml: object 1: xmax is \"wide\", expected a number in pixels");
    Files.writeString(xml, sound.replace("<xmax>14</xmax>", ""));
    fails("a.xml: object 1 has no xmax");
    Files.writeString(xml, sound.replace("<xmax>14</xmax>", "<xmax>2</xmax>"));
    fails("a.xml: object 1: object \"person\": box [5.0, 4.0, 2.0, 11.0], expected xmin <= xmax");
    Files.writeString(xml, sound.replace("<name>dog</name>", "<name>wolf</name>"));
    fails("a.xml: object 2 is a \"wolf\", which is none of the 20 classes; list yours in");
    Files.writeString(xml, sound.substring(0, sound.length() / 2));
    fails("a.xml: is not XML at line");
    Files.writeString(xml, "<html/>");
    fails("a.xml: holds <html>, expected <annotation>");
    Files.writeString(root.resolve("ImageSets/Main/val.txt"), "../a\n");
    fails("val.txt: \"../a\" is no name of an image");
    Files.delete(root.resolve("ImageSets/Main/val.txt"));
    fails("val.txt: cannot be read: ");
  }

  @Test
  void filesNameNoOtherFiles() throws IOException {
    Path secret = Files.writeString(root.resolve("secret.txt"), "15");
    Path xml = root.resolve("Annotations/a.xml");
    String sound = Files.readString(xml);
    String entity = "<!DOCTYPE annotation [<!ENTITY e SYSTEM \"" + secret.toUri() + "\">]>";
    Files.writeString(xml, entity + sound.replace("<xmax>14</xmax>", "<xmax>&e;</xmax>"));
    fails("a.xml: has a document type; VOC's files have none");
  }

  private void fails(String part) {
    VocFormatException e =
        assertThrows(VocFormatException.class, () -> VocDataset.load(root, "val", BOXES));
    assertTrue(e.getMessage().contains(part), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }
}

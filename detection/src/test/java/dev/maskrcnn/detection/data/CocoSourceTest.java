package dev.maskrcnn.detection.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.Rle;
import dev.maskrcnn.detection.coco.RunLength;
import dev.maskrcnn.tensor.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which images and objects are trained on. */
class CocoSourceTest {
  @TempDir Path folder;

  private CocoDataset dataset(String annotations) throws IOException {
    String json =
        """
        {"images": [
          {"id": 9, "file_name": "nine.jpg", "width": 20, "height": 10},
          {"id": 4, "file_name": "four.jpg", "width": 10, "height": 20},
          {"id": 7, "file_name": "seven.jpg", "width": 10, "height": 10}],
         "categories": [{"id": 30, "name": "b"}, {"id": 10, "name": "a"}],
         "annotations": [%s]}
        """
            .formatted(annotations);
    Path file = Files.writeString(folder.resolve("annotations.json"), json);
    return CocoDataset.load(file, folder);
  }

  private static String box(int id, int image, int category, int crowd, String xywh) {
    return """
    {"id": %s, "image_id": %s, "category_id": %s, "iscrowd": %s, "bbox": %s, "area": 4,
     "segmentation": [[1, 1, 3, 1, 3, 3]]}
    """
        .formatted(id, image, category, crowd, xywh);
  }

  @Test
  void imagesAscendAndThoseWithoutAnnotationsAreLeftOutOfTraining() throws IOException {
    CocoDataset dataset =
        dataset(box(1, 9, 10, 0, "[1,2,3,4]") + "," + box(2, 7, 30, 0, "[0,0,5,5]"));
    CocoSource training = CocoSource.forTraining(dataset, 1);
    assertEquals(2, training.size());
    assertEquals(7, training.image(0).imageId());
    assertEquals(9, training.image(1).imageId());
    assertEquals(folder.resolve("nine.jpg"), training.image(1).file());
    assertArrayEquals(new int[] {1}, training.targets(0).labels());
    assertArrayEquals(new int[] {2}, training.targets(1).labels());
    assertArrayEquals(new float[] {1, 2, 3, 5}, training.targets(1).boxes());
    assertEquals(3, CocoSource.forTest(dataset, 1).size());
    assertEquals(0, CocoSource.forTest(dataset, 1).targets(0).count());
    assertArrayEquals(
        new float[] {1, 2, 4, 6}, CocoSource.forTraining(dataset, 0).targets(1).boxes());
    assertArrayEquals(new int[] {1, 0}, GroupedBatchSampler.byAspect(training));
  }

  @Test
  void crowdCountsAsAnnotationButIsNoTarget() throws IOException {
    CocoSource source = CocoSource.forTraining(dataset(box(1, 9, 10, 1, "[1,2,3,4]")), 1);
    assertEquals(1, source.size());
    assertEquals(0, source.targets(0).count());
  }

  @Test
  void imageThatLosesAllBoxesStaysAsBackground() throws IOException {
    CocoSource source =
        CocoSource.forTraining(
            dataset(box(1, 9, 10, 0, "[30,2,3,4]") + "," + box(2, 9, 10, 0, "[1,2,1,4]")), 1);
    assertEquals(1, source.size());
    assertEquals(0, source.targets(0).count());
    assertEquals(0, source.targets(0).polygons().count());
  }

  @Test
  void nothingToTrainOnIsAnError() throws IOException {
    CocoDataset dataset = dataset("");
    DataException e = assertThrows(DataException.class, () -> CocoSource.forTraining(dataset, 1));
    assertTrue(e.getMessage().contains("none of 3 images"), e.getMessage());
  }

  /** Real run lengths: the polygons fill to the same masks. */
  @Test
  void runLengthsBecomePolygonsOfTheSameMask() {
    Path data = TestData.path("panoptic_rle2");
    CocoDataset dataset =
        CocoDataset.load(data.resolve("annotations/instances_val.json"), data.resolve("val"));
    CocoSource source = CocoSource.forTest(dataset, 0);
    int compared = 0;
    for (int i = 0; i < source.size(); i++) {
      List<Rle> masks = new ArrayList<>();
      for (CocoAnnotation a : dataset.annotationsOf(source.image(i).imageId())) {
        if (!a.crowd() && a.segmentation() instanceof RunLength mask) {
          masks.add(mask.rle());
        }
      }
      GroundTruth targets = source.targets(i);
      if (targets.count() != masks.size()) {
        continue; // an object was dropped, numbers would not match
      }
      for (int k = 0; k < masks.size(); k++) {
        Rle mask = masks.get(k);
        Rle filled = Rle.fromPolygons(parts(targets.polygons(), k), mask.height(), mask.width());
        assertArrayEquals(mask.decode(), filled.decode(), "image " + i + " object " + k);
        compared++;
      }
    }
    assertTrue(compared > 5, "only " + compared + " masks");
  }

  private static List<double[]> parts(PolygonSet set, int instance) {
    List<double[]> out = new ArrayList<>();
    for (int p = 0; p < set.count(); p++) {
      if (set.instance()[p] == instance) {
        float[] part = Arrays.copyOfRange(set.coords(), set.offsets()[p], set.offsets()[p + 1]);
        double[] wide = new double[part.length];
        for (int i = 0; i < part.length; i++) {
          wide[i] = part[i];
        }
        out.add(wide);
      }
    }
    return out;
  }

  @Test
  void concatenationKeepsOrder() throws IOException {
    CocoDataset dataset =
        dataset(box(1, 9, 10, 0, "[1,2,3,4]") + "," + box(2, 7, 30, 0, "[0,0,5,5]"));
    CocoSource training = CocoSource.forTraining(dataset, 1);
    CocoSource test = CocoSource.forTest(dataset, 1);
    SampleSource none = new NoImages();
    ConcatSource all = new ConcatSource(List.of(none, training, none, none, test, none));
    assertEquals(5, all.size());
    long[] ids = {7, 9, 4, 7, 9};
    for (int i = 0; i < 5; i++) {
      assertEquals(ids[i], all.image(i).imageId());
    }
    assertArrayEquals(new int[] {2}, all.targets(4).labels());
    assertThrows(DataException.class, () -> new ConcatSource(List.of()));
  }

  private static final class NoImages implements SampleSource {
    @Override
    public int size() {
      return 0;
    }

    @Override
    public ImageEntry image(int index) {
      throw new IndexOutOfBoundsException(index);
    }

    @Override
    public GroundTruth targets(int index) {
      throw new IndexOutOfBoundsException(index);
    }
  }
}

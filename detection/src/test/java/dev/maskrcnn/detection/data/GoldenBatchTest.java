package dev.maskrcnn.detection.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.Resampling;
import dev.maskrcnn.detection.image.ResizeRule;
import dev.maskrcnn.detection.image.ResizeRule.Rounding;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From annotations.json and PNG files to the batch that the original systems gave. */
class GoldenBatchTest {
  private static final SampleTransform MASKRCNN_BENCHMARK =
      new SampleTransform(new ResizeRule(120, 160), Resampling.PILLOW, 1);

  private static ImageBatch load(
      SampleTransform transform, PixelNormalization normalization, int divisibility) {
    Path folder = TestData.golden("data_set");
    CocoDataset dataset =
        CocoDataset.load(folder.resolve("annotations.json"), folder.resolve("images"));
    CocoSource source = CocoSource.forTraining(dataset, transform.boxOffset());
    EpochBatches epochs =
        new GroupedBatchSampler(
            EpochOrder.sequential(source.size()), GroupedBatchSampler.byAspect(source), 2);
    BatchLoader loader =
        new BatchLoader(
            source,
            new BatchLoader.Settings(
                List.of(transform), normalization, divisibility, Augmentation.NONE, 1));
    return loader.apply(IterationBatches.singlePass(epochs).next());
  }

  @ParameterizedTest
  @CsvSource({
    "01_mask_r50_fpn, 32", "02_faster_r50_fpn, 32", "03_mask_r50_c4, 0",
    "05_mask_r50_fpn_gn, 32", "06_mask_r50_fpn_xconv1fc_gn, 32", "07_rpn_r50_fpn, 32"
  })
  void batchAndTargets(String name, int divisibility) {
    ImageBatch batch = load(MASKRCNN_BENCHMARK, PixelNormalization.caffe2(), divisibility);
    SafetensorsFile golden = TestData.tensors(name);
    assertPixels(golden, batch, 1e-4f);
    assertArrayEquals(golden.tensor("input/image_sizes").ints(), batch.imageSizes());
    int[] original = golden.tensor("input/original_sizes").ints();
    for (int i = 0; i < 2; i++) {
      Sample sample = batch.samples().get(i);
      assertEquals(new ImageSize(original[2 * i + 1], original[2 * i]), sample.entry().size());
      assertEquals(i, sample.index());
      assertFalse(sample.flipped());
      GroundTruth targets = sample.targets();
      String prefix = "target/" + i + "/";
      assertArrayEquals(golden.tensor(prefix + "boxes").floats(), targets.boxes(), 0f);
      assertArrayEquals(golden.tensor(prefix + "labels").ints(), targets.labels());
      if (golden.tensors().containsKey(prefix + "poly_coords")) {
        PolygonSet polygons = targets.polygons();
        assertArrayEquals(golden.tensor(prefix + "poly_coords").floats(), polygons.coords(), 0f);
        assertArrayEquals(golden.tensor(prefix + "poly_offsets").ints(), polygons.offsets());
        assertArrayEquals(golden.tensor(prefix + "poly_instance").ints(), polygons.instance());
      }
    }
  }

  /** Resized in floats, RGB in 0 to 1, continuous corners. */
  @Test
  void torchvision() {
    String name = "12_torchvision_mask_rcnn";
    SampleTransform transform =
        new SampleTransform(
            new ResizeRule(120, 160, Rounding.TORCHVISION), Resampling.TENSOR_FLOATS, 0);
    ImageBatch batch = load(transform, PixelNormalization.torchvision(), 32);
    SafetensorsFile golden = TestData.tensors(name);
    assertPixels(golden, batch, 1e-4f);
    assertArrayEquals(golden.tensor("input/image_sizes").ints(), batch.imageSizes());
    for (int i = 0; i < 2; i++) {
      GroundTruth targets = batch.samples().get(i).targets();
      // The reference multiplies by a ratio that it rounded to float32 twice: an ulp apart.
      assertArrayEquals(golden.tensor("target/" + i + "/boxes").floats(), targets.boxes(), 2e-5f);
      assertArrayEquals(golden.tensor("target/" + i + "/labels").ints(), targets.labels());
    }
  }

  private static void assertPixels(SafetensorsFile golden, ImageBatch batch, float tolerance) {
    long[] shape = golden.tensor("input/batch").shape();
    int height = batch.size().height();
    int width = batch.size().width();
    assertArrayEquals(new long[] {batch.count(), 3, height, width}, shape);
    float[] nchw = golden.tensor("input/batch").floats();
    float[] expected = new float[nchw.length];
    for (int n = 0; n < batch.count(); n++) {
      for (int c = 0; c < 3; c++) {
        for (int i = 0; i < height * width; i++) {
          expected[(n * height * width + i) * 3 + c] = nchw[(n * 3 + c) * height * width + i];
        }
      }
    }
    assertArrayEquals(expected, batch.pixels(), tolerance);
  }
}

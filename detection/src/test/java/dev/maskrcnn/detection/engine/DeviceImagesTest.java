package dev.maskrcnn.detection.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.CudaDevice;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.data.CocoSource;
import dev.maskrcnn.detection.data.GroundTruth;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.ImageEntry;
import dev.maskrcnn.detection.data.PixelNormalization;
import dev.maskrcnn.detection.data.PrefetchLoader;
import dev.maskrcnn.detection.data.Sample;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.PlannedImage;
import dev.maskrcnn.detection.image.Resampling;
import dev.maskrcnn.detection.image.RgbImage;
import dev.maskrcnn.detection.model.Input;
import dev.maskrcnn.detection.train.StepFeed;
import dev.maskrcnn.detection.train.TinyRun;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The input that a device makes of decoded images is the host's, to the bit. */
@SuppressWarnings("try") // frames free what is made in them
class DeviceImagesTest {
  /** Width and height before and after: shrunk, grown, both, as it is, and very tall. */
  private static final int[][] SIZES = {
    {97, 61, 53, 33}, {20, 31, 41, 64}, {50, 20, 40, 60}, {30, 30, 30, 30}, {3, 310, 9, 100}
  };

  private static Sample sample(int index, PlannedImage plan) {
    ImageEntry entry = ImageEntry.of(index, Path.of("image"), plan.original());
    return new Sample(entry, index, plan, GroundTruth.empty(), plan.reversed());
  }

  private static List<Sample> samples(Resampling resampling) {
    SplittableRandom random = new SplittableRandom(5);
    List<Sample> samples = new ArrayList<>();
    for (int[] s : SIZES) {
      byte[] pixels = new byte[3 * s[0] * s[1]];
      random.nextBytes(pixels);
      RgbImage image = new RgbImage(s[0], s[1], pixels);
      int index = samples.size();
      PlannedImage plan =
          new PlannedImage(image, new ImageSize(s[2], s[3]), resampling, index % 2 == 1);
      samples.add(sample(index, plan));
    }
    return samples;
  }

  /** The same samples, resized and flipped on the host. */
  private static List<Sample> done(List<Sample> planned) {
    return planned.stream()
        .map(
            s ->
                new Sample(
                    s.entry(),
                    s.index(),
                    ((PlannedImage) s.pixels()).done(),
                    s.targets(),
                    s.flipped()))
        .toList();
  }

  @ParameterizedTest
  @EnumSource(Resampling.class)
  void everyResampling(Resampling resampling) {
    List<Sample> planned = samples(resampling);
    try (Device device = CudaDevice.open()) {
      for (PixelNormalization n :
          List.of(PixelNormalization.caffe2(), PixelNormalization.torchvision())) {
        ImageBatch expected = ImageBatch.of(done(planned), n, 32);
        ImageBatch batch = ImageBatch.of(planned, n, 32);
        assertTrue(batch.planned().isPresent());
        assertEquals(0, batch.pixels().length);
        try (Frame frame = device.push("batch")) {
          Input input = BatchUpload.images(device, batch);
          assertArrayEquals(expected.pixels(), input.images().toFloats(), 0f);
          assertArrayEquals(expected.imageSizes(), input.sizes().toInts());
        }
      }
    }
  }

  /** Images that nobody planned keep the host's way on any device. */
  @Test
  void aHostMakesThePixelsOfMixedBatches() {
    List<Sample> mixed = new ArrayList<>(samples(Resampling.PILLOW));
    List<Sample> done = done(mixed);
    mixed.set(0, done.get(0));
    PixelNormalization n = PixelNormalization.caffe2();
    assertArrayEquals(ImageBatch.of(done, n, 0).pixels(), ImageBatch.of(mixed, n, 0).pixels());
  }

  /** From the files of a data set, with flips, under the rules of each family. */
  @ParameterizedTest
  @ValueSource(strings = {"maskrcnn_benchmark", "torchvision", "detectron2"})
  void batchesOfARun(String family, @TempDir Path folder) {
    CudaDevice.open().close(); // skips where there is none
    DatasetSource.Coco data = TinyRun.train(TinyRun.data(folder));
    CocoSource source =
        CocoSource.forTraining(CocoDataset.load(data.annotations(), data.images()), 1);
    Config config =
        TinyRun.config()
            .merge(
                List.of(
                    "MODEL.CONVENTIONS", family,
                    "INPUT.MIN_SIZE_TRAIN", "90",
                    "INPUT.MAX_SIZE_TRAIN", "110"));
    int flipped = 0;
    try (Session host = Session.open("cpu", config, 1);
        Session cuda = Session.open(CudaDevice.name(), config, 1);
        PrefetchLoader<ImageBatch> expected = BatchPipeline.of(host).training(source, 3, 0, 3);
        PrefetchLoader<ImageBatch> loaded = BatchPipeline.of(cuda).training(source, 3, 0, 3);
        UploadedBatches<ImageBatch, StepFeed> batches =
            new UploadedBatches<>(cuda.device(), loaded, StepFeed.uploader(cuda.device(), 1))) {
      while (batches.hasNext()) {
        ImageBatch same = expected.next();
        assertTrue(same.planned().isEmpty());
        try (UploadedBatches.Batch<ImageBatch, StepFeed> batch = batches.next()) {
          batches.ahead();
          StepFeed feed = batch.tensors();
          assertArrayEquals(same.pixels(), feed.input().images().toFloats(), 0f);
          assertArrayEquals(same.imageSizes(), feed.input().sizes().toInts());
          for (int i = 0; i < same.count(); i++) {
            Sample sample = batch.host().samples().get(i);
            assertArrayEquals(
                same.samples().get(i).targets().boxes(), sample.targets().boxes(), 0f);
            flipped += sample.flipped() ? 1 : 0;
          }
        }
      }
    }
    assertTrue(flipped > 0, "no image was flipped");
  }
}

package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.contract.Comparison;
import dev.maskrcnn.tensor.contract.Golden;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import dev.maskrcnn.tensor.op.ImagePlacement;
import dev.maskrcnn.tensor.op.ImagePlacement.Colors;
import dev.maskrcnn.tensor.op.ImagePlacement.Place;
import dev.maskrcnn.tensor.op.ImagePlacement.Resampling;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Against what Pillow and PyTorch gave, and against a naive version in Java. */
@SuppressWarnings("try") // frames free what is made in them
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImagePreprocessCudaTest {
  /** Deviation 1/255 and mean 0 in RGB leave the bytes, up to the rounding of the arithmetic. */
  private static final Colors PLAIN =
      new Colors(new float[3], new float[] {1f / 255, 1f / 255, 1f / 255}, false);

  private static final Colors CAFFE2 =
      new Colors(new float[] {102.9801f, 115.9465f, 122.7717f}, new float[] {1, 1, 1}, true);

  private static final Colors TORCH =
      new Colors(new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f}, false);

  private Device device;

  @BeforeAll
  void open() {
    device = CudaTestDevice.open();
  }

  @AfterAll
  void close() {
    if (device != null) {
      device.close();
    }
  }

  @Test
  void bytesOfPillowAndOfPyTorch() {
    Golden golden = Golden.operators();
    Operand image = golden.tensor("resize/image");
    for (String size : List.of("11x37", "15x20", "45x60", "47x53")) {
      bytes(image, golden.tensor("resize/pil_" + size), Resampling.PILLOW);
      bytes(image, golden.tensor("resize/tensor_" + size), Resampling.HALF_PIXEL_BYTES);
    }
    bytes(image, image, Resampling.PILLOW);
    bytes(image, image, Resampling.HALF_PIXEL_BYTES);
  }

  private void bytes(Operand image, Operand expected, Resampling resampling) {
    Shape s = expected.spec().shape();
    Place place = new Place(0, s.dim(0), s.dim(1), false);
    double[] got = run(image, Shape.of(1, s.dim(0), s.dim(1), 3), resampling, PLAIN, place);
    Comparison.exact(
        resampling + " " + s, expected.values(), Arrays.stream(got).map(Math::rint).toArray());
  }

  /** The whole way of maskrcnn-benchmark: original image to padded batch. */
  @Test
  void batchesOfTheGoldenCases() throws IOException {
    Path path = TestData.path("goldens");
    List<Path> cases;
    try (Stream<Path> folders = Files.list(path)) {
      cases = folders.filter(f -> Files.exists(f.resolve("tensors.safetensors"))).sorted().toList();
    }
    int compared = 0;
    for (Path folder : cases) {
      SafetensorsFile file = Safetensors.read(folder.resolve("tensors.safetensors"));
      boolean caffe2 = folder.getFileName().toString().matches("0[1-7]_.*");
      for (int i = 0; caffe2 && i < 2; i++) {
        String name = "input/image." + i;
        if (file.tensors().containsKey(name + ".original")
            && file.tensors().containsKey(name + ".resized")
            && file.tensors().containsKey("input/batch")) {
          golden(file, i, folder + " " + name);
          compared++;
        }
      }
    }
    assertTrue(compared >= 2, "only " + compared + " images");
  }

  private void golden(SafetensorsFile file, int i, String what) {
    HostTensor original = file.tensor("input/image." + i + ".original");
    HostTensor resized = file.tensor("input/image." + i + ".resized");
    HostTensor batch = file.tensor("input/batch");
    int planeHeight = (int) batch.shape()[2];
    int planeWidth = (int) batch.shape()[3];
    Place place = new Place(0, (int) resized.shape()[0], (int) resized.shape()[1], false);
    int[] bytes = new int[original.bytes().length];
    for (int k = 0; k < bytes.length; k++) {
      bytes[k] = original.bytes()[k] & 0xff;
    }
    Operand image =
        Operand.u8(Shape.of((int) original.shape()[0], (int) original.shape()[1], 3), bytes);
    Shape plane = Shape.of(1, planeHeight, planeWidth, 3);
    double[] got = run(image, plane, Resampling.PILLOW, CAFFE2, place);
    float[] nchw = batch.floats();
    double[] expected = new double[got.length];
    int pixels = planeHeight * planeWidth;
    for (int k = 0; k < expected.length; k++) {
      expected[k] = nchw[(i * 3 + k % 3) * pixels + k / 3];
    }
    // The original converts by way of 0 to 1 in another order: one unit of the last place of 255.
    Comparison.within(what, expected, got, 2e-5);
  }

  /**
   * Sizes of one pixel, shrinking and growing, tall images, flips, padding, wider pixels, types.
   */
  @Test
  void naiveVersion() {
    SplittableRandom random = new SplittableRandom(11);
    int[][] sizes = { // from h, w to h, w
      {1, 1, 3, 2},
      {7, 5, 7, 5},
      {5, 9, 5, 4},
      {9, 5, 4, 5},
      {33, 31, 65, 17},
      {40, 3, 2, 7},
      {401, 3, 20, 5},
      {401, 3, 20, 3},
      {401, 3, 500, 3},
      {250, 2, 33, 1},
      {64, 257, 80, 321},
    };
    DType[] types = {DType.F32, DType.F16, DType.BF16};
    int n = 0;
    for (int[] s : sizes) {
      for (Resampling resampling : Resampling.values()) {
        Operand image = noise(random, s[0], s[1]);
        boolean flip = n % 2 == 0;
        Colors colors = n % 3 == 0 ? CAFFE2 : TORCH;
        DType type = types[n % 3 == 2 ? n / 3 % 3 : 0];
        int channels = 3 + n % 4 % 3;
        Shape batch = Shape.of(3, s[2] + n % 5, s[3] + n % 7, channels);
        Place place = new Place(n % 3, s[2], s[3], flip);
        double[] got = run(image, batch, type, resampling, colors, place);
        double[] expected = Naive.run(image, batch, resampling, colors, place);
        double bound = type == DType.F32 ? 0 : type == DType.F16 ? 0x1p-11 : 0x1p-8;
        // Fractions pass a fused multiply-add, bytes a table: the same numbers in float32.
        String what = resampling + " " + Arrays.toString(s) + " " + type + " " + place;
        Comparison.close(what, expected, got, bound);
        n++;
      }
    }
  }

  private static Operand noise(SplittableRandom random, int height, int width) {
    int[] bytes = new int[height * width * 3];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = random.nextInt(256);
    }
    return Operand.u8(Shape.of(height, width, 3), bytes);
  }

  @Test
  void placesOutsideOfTheBatchAreRejected() {
    try (Frame frame = device.push("case")) {
      Tensor image = noise(new SplittableRandom(1), 4, 4).on(device);
      Tensor batch = device.empty(new Spec(Shape.of(2, 8, 8, 3), DType.F32));
      Tensor wide = device.empty(new Spec(Shape.of(2, 8, 8, 3), DType.I32));
      for (Place place :
          List.of(
              new Place(2, 4, 4, false), new Place(0, 9, 4, false), new Place(0, 4, 0, false))) {
        assertThrows(
            DeviceException.class,
            () ->
                device.prepare(image, batch, new ImagePlacement(Resampling.PILLOW, PLAIN, place)));
      }
      Place good = new Place(0, 4, 4, false);
      assertThrows(
          DeviceException.class,
          () -> device.prepare(batch, batch, new ImagePlacement(Resampling.PILLOW, PLAIN, good)));
      assertThrows(
          DeviceException.class,
          () -> device.prepare(image, wide, new ImagePlacement(Resampling.PILLOW, PLAIN, good)));
    }
  }

  private double[] run(
      Operand image, Shape batch, Resampling resampling, Colors colors, Place place) {
    return run(image, batch, DType.F32, resampling, colors, place);
  }

  /** The plane of the place; the other images of the batch must stay. */
  private double[] run(
      Operand image, Shape shape, DType type, Resampling resampling, Colors colors, Place place) {
    try (Frame frame = device.push("case")) {
      Tensor batch = device.empty(new Spec(shape, type));
      byte[] dirt = new byte[(int) batch.spec().bytes()];
      Arrays.fill(dirt, (byte) 0x41);
      batch.write(ByteBuffer.wrap(dirt));
      device.prepare(image.on(device), batch, new ImagePlacement(resampling, colors, place));
      double[] all = Operand.read(batch);
      int size = (int) shape.size(1, 4);
      double soiled = type == DType.F32 ? 0x1.828282p3 : type == DType.F16 ? 0x1.504p1 : 0x1.82p3;
      for (int i = 0; i < all.length; i++) {
        if (i / size != place.image()) {
          assertEquals(soiled, all[i], "another image, element " + i);
        }
      }
      return Arrays.copyOfRange(all, place.image() * size, (place.image() + 1) * size);
    }
  }

  /** The definition, pixel by pixel. */
  private static final class Naive {
    private Naive() {}

    static double[] run(Operand image, Shape batch, Resampling how, Colors colors, Place place) {
      int channels = batch.dim(3);
      double[] out = new double[(int) batch.size(1, 4)];
      float[][][] resized =
          how == Resampling.PILLOW
              ? pillow(pixels(image), place.height(), place.width())
              : halfPixel(pixels(image), place, how == Resampling.HALF_PIXEL_BYTES);
      for (int y = 0; y < place.height(); y++) {
        for (int x = 0; x < place.width(); x++) {
          int column = place.flip() ? place.width() - 1 - x : x;
          for (int c = 0; c < 3; c++) {
            float v = resized[y][column][colors.bgr255() ? 2 - c : c];
            out[(y * batch.dim(2) + x) * channels + c] =
                how == Resampling.HALF_PIXEL ? fraction(v, c, colors) : whole(v, c, colors);
          }
        }
      }
      return out;
    }

    private static float whole(float v, int c, Colors colors) {
      float unit = v / 255f;
      return ((colors.bgr255() ? unit * 255f : unit) - colors.mean()[c]) / colors.deviation()[c];
    }

    private static float fraction(float v, int c, Colors colors) {
      float factor = (float) (1 / ((colors.bgr255() ? 1.0 : 255.0) * colors.deviation()[c]));
      return v * factor + (float) (-(double) colors.mean()[c] / colors.deviation()[c]);
    }

    private static float[][][] pixels(Operand image) {
      Shape s = image.spec().shape();
      float[][][] out = new float[s.dim(0)][s.dim(1)][3];
      for (int i = 0; i < image.values().length; i++) {
        out[i / 3 / s.dim(1)][i / 3 % s.dim(1)][i % 3] = (float) image.values()[i];
      }
      return out;
    }

    private static float[][][] transposed(float[][][] in) {
      float[][][] out = new float[in[0].length][in.length][];
      for (int y = 0; y < in.length; y++) {
        for (int x = 0; x < in[0].length; x++) {
          out[x][y] = in[y][x];
        }
      }
      return out;
    }

    private static float[][][] pillow(float[][][] in, int height, int width) {
      if (in.length > 100L * in[0].length && height < in.length) {
        return transposed(columns(transposed(columns(in, height)), width));
      }
      return columns(transposed(columns(transposed(in), width)), height);
    }

    /** Pillow's filter along the first axis. */
    private static float[][][] columns(float[][][] in, int size) {
      if (in.length == size) {
        return in;
      }
      double scale = (double) in.length / size;
      double support = Math.max(scale, 1);
      float[][][] out = new float[size][in[0].length][3];
      for (int o = 0; o < size; o++) {
        double center = (o + 0.5) * scale;
        int from = Math.max(0, (int) (center - support + 0.5));
        int to = Math.min(in.length, (int) (center + support + 0.5));
        List<Double> weights = new ArrayList<>();
        double sum = 0;
        for (int i = from; i < to; i++) {
          weights.add(Math.max(0, 1 - Math.abs((i - center + 0.5) * (1 / support))));
          sum += weights.get(i - from);
        }
        for (int x = 0; x < in[0].length; x++) {
          for (int c = 0; c < 3; c++) {
            long total = 1 << 21;
            for (int i = from; i < to; i++) {
              double share = sum == 0 ? weights.get(i - from) : weights.get(i - from) / sum;
              total += ((long) in[i][x][c]) * (long) (0.5 + share * (1 << 22));
            }
            out[o][x][c] = total >> 22;
          }
        }
      }
      return out;
    }

    private static float[][][] halfPixel(float[][][] in, Place place, boolean bytes) {
      float[][][] out = new float[place.height()][place.width()][3];
      for (int y = 0; y < place.height(); y++) {
        float down = center(y, in.length, place.height());
        int top = Math.min((int) down, in.length - 1);
        int bottom = Math.min(top + 1, in.length - 1);
        float v = Math.min(down - top, 1);
        for (int x = 0; x < place.width(); x++) {
          float across = center(x, in[0].length, place.width());
          int left = Math.min((int) across, in[0].length - 1);
          int right = Math.min(left + 1, in[0].length - 1);
          float u = Math.min(across - left, 1);
          for (int c = 0; c < 3; c++) {
            float sum = (1 - v) * u * in[top][right][c];
            sum = Math.fma((1 - v) * (1 - u), in[top][left][c], sum);
            sum = Math.fma(v * (1 - u), in[bottom][left][c], sum);
            sum = Math.fma(v * u, in[bottom][right][c], sum);
            out[y][x][c] = bytes ? (float) Math.rint(sum) : sum;
          }
        }
      }
      return out;
    }

    private static float center(int at, int in, int out) {
      return Math.max(0, Math.fma((float) in / out, at + 0.5f, -0.5f));
    }
  }
}

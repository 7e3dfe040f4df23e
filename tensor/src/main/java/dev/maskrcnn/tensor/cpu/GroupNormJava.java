package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Group normalisation in two passes over memory. The first takes, per chunk, sums of deviations and
 * of their squares from a sample's mean: near the true one, so that the subtraction in {@code
 * Σ(x−s)² − (Σ(x−s))²/n} cancels little. Chunks are merged in double, in their order (Chan, Golub
 * and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979).
 * The second pass is {@code relu?(a[c]·x + b[c])}.
 */
final class GroupNormJava {
  /** About how many pixels of an image the first guess of its means looks at. */
  private static final int SAMPLES = 256;

  /** It looks at no more than one pixel in so many. */
  private static final int SPARSE = 16;

  private final GroupNorm op;
  private final GroupGeometry geometry;
  private final FloatBuffer x;
  private final FloatBuffer y;

  /** Per image and group: a number near the mean, from which deviations are taken. */
  private final float[] centers;

  /** Per chunk and group: mean, and sum of squared deviations from it. */
  private final double[] means;

  private final double[] squares;

  private GroupNormJava(KernelCall<GroupNorm> call) {
    this.op = call.op();
    this.geometry = GroupGeometry.of(call.in(0).shape(), op.groups());
    this.x = call.in(0).floats();
    this.y = call.out(0).floats();
    this.centers = new float[geometry.images() * op.groups()];
    this.means = new double[geometry.chunks() * op.groups()];
    this.squares = new double[means.length];
  }

  static void run(Workers workers, KernelCall<GroupNorm> call) {
    Require.f32(call);
    if (call.in(0).shape().size() == 0) {
      return;
    }
    GroupNormJava n = new GroupNormJava(call);
    int chunks = n.geometry.chunks();
    int grain = n.geometry.grain();
    int images = n.geometry.images();
    workers.ranges(images, Math.max(1, images * grain / chunks), n::sample);
    workers.ranges(chunks, grain, n::statistics);
    FloatBuffer mean = call.out(1).floats();
    FloatBuffer scale = call.out(2).floats();
    n.merge(mean, scale);
    float[] gamma = HostRows.floats(call.in(1));
    float[] beta = HostRows.floats(call.in(2));
    workers.ranges(
        chunks,
        grain,
        (first, last) -> n.normalize(first, last, n.new Line(gamma, beta, mean, scale)));
  }

  private void statistics(int first, int last) {
    Moments moments = new Moments();
    for (int chunk = first; chunk < last; chunk++) {
      moments.of(chunk);
    }
  }

  /** Statistics of chunks; scratch of one thread. */
  private final class Moments {
    private final Tile tile = geometry.tile();
    private final float[] data = new float[tile.size()];
    private final float[] center = new float[data.length];
    private final float[] sum = new float[data.length];
    private final float[] square = new float[data.length];
    private final double[] sums = new double[tile.channels()];
    private final double[] squaresOf = new double[sums.length];
    private int current = -1;

    void of(int chunk) {
      if (geometry.image(chunk) != current) {
        current = geometry.image(chunk);
        tile.repeat(perChannel(centers, current), center);
      }
      Arrays.fill(sum, 0f);
      Arrays.fill(square, 0f);
      int end = geometry.start(chunk) + geometry.length(chunk);
      for (int i = geometry.start(chunk); i < end; i += data.length) {
        int n = Math.min(data.length, end - i);
        x.get(i, data, 0, n);
        System.arraycopy(center, n, data, n, data.length - n); // deviates by nothing
        subtract(data, center);
        add(data, sum);
        addSquares(data, square);
      }
      Arrays.fill(sums, 0);
      Arrays.fill(squaresOf, 0);
      tile.fold(sum, data, sums, 0);
      tile.fold(square, data, squaresOf, 0);
      store(chunk);
    }

    private void store(int chunk) {
      int at = chunk * op.groups();
      double count = (double) geometry.length(chunk) / op.groups();
      for (int c = 0; c < sums.length; c++) {
        means[at + c / geometry.groupWidth()] += sums[c] / count;
        squares[at + c / geometry.groupWidth()] += squaresOf[c];
      }
      for (int g = at; g < at + op.groups(); g++) {
        squares[g] = Math.max(0, squares[g] - means[g] * means[g] * count);
        means[g] += centers[geometry.image(chunk) * op.groups() + g - at];
      }
    }
  }

  private float[] perChannel(float[] groups, int image) {
    float[] row = new float[geometry.channels()];
    for (int c = 0; c < row.length; c++) {
      row[c] = groups[image * op.groups() + c / geometry.groupWidth()];
    }
    return row;
  }

  /** The mean of each group over some pixels of each image, spread evenly. */
  private void sample(int first, int last) {
    float[] pixel = new float[geometry.channels()];
    int step = Math.max(SPARSE, geometry.rows() / SAMPLES);
    int taken = (geometry.rows() + step - 1) / step;
    for (int image = first; image < last; image++) {
      double[] sum = new double[op.groups()];
      for (int r = 0; r < geometry.rows(); r += step) {
        x.get((image * geometry.rows() + r) * pixel.length, pixel);
        for (int c = 0; c < pixel.length; c++) {
          sum[c / geometry.groupWidth()] += pixel[c];
        }
      }
      for (int g = 0; g < sum.length; g++) {
        centers[image * sum.length + g] = (float) (sum[g] / taken / geometry.groupWidth());
      }
    }
  }

  private static void subtract(float[] data, float[] center) {
    for (int i = 0; i < data.length; i++) {
      data[i] -= center[i];
    }
  }

  private static void add(float[] data, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += data[i];
    }
  }

  private static void addSquares(float[] data, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += data[i] * data[i];
    }
  }

  private void merge(FloatBuffer mean, FloatBuffer scale) {
    int groups = op.groups();
    int perImage = geometry.chunksPerImage();
    for (int i = 0; i < geometry.images() * groups; i++) {
      double m = 0;
      double square = 0;
      double count = 0;
      for (int k = 0; k < perImage; k++) {
        int chunk = i / groups * perImage + k;
        double more = (double) geometry.length(chunk) / groups;
        double d = means[chunk * groups + i % groups] - m;
        square += squares[chunk * groups + i % groups] + d * d * count * more / (count + more);
        count += more;
        m += d * more / count;
      }
      mean.put(i, (float) m);
      scale.put(i, (float) (1 / Math.sqrt(square / count + op.epsilon())));
    }
  }

  /** Slope and intercept of an image's normalisation, per element of a tile; of one thread. */
  private final class Line {
    private final float[] gamma;
    private final float[] beta;
    private final FloatBuffer mean;
    private final FloatBuffer scale;
    private final float[] slope = new float[geometry.tile().size()];
    private final float[] intercept = new float[slope.length];
    private int current = -1;

    Line(float[] gamma, float[] beta, FloatBuffer mean, FloatBuffer scale) {
      this.gamma = gamma;
      this.beta = beta;
      this.mean = mean;
      this.scale = scale;
    }

    void aim(int image) {
      if (image == current) {
        return;
      }
      current = image;
      float[] a = new float[gamma.length];
      float[] b = new float[gamma.length];
      for (int c = 0; c < a.length; c++) {
        int g = image * op.groups() + c / geometry.groupWidth();
        a[c] = gamma[c] * scale.get(g);
        b[c] = beta[c] - mean.get(g) * a[c];
      }
      geometry.tile().repeat(a, slope);
      geometry.tile().repeat(b, intercept);
    }

    void apply(float[] data) {
      if (op.relu()) {
        for (int i = 0; i < data.length; i++) {
          data[i] = Math.max(data[i] * slope[i] + intercept[i], 0f);
        }
      } else {
        for (int i = 0; i < data.length; i++) {
          data[i] = data[i] * slope[i] + intercept[i];
        }
      }
    }
  }

  private void normalize(int first, int last, Line line) {
    float[] data = new float[geometry.tile().size()];
    for (int chunk = first; chunk < last; chunk++) {
      line.aim(geometry.image(chunk));
      int end = geometry.start(chunk) + geometry.length(chunk);
      for (int i = geometry.start(chunk); i < end; i += data.length) {
        int n = Math.min(data.length, end - i);
        x.get(i, data, 0, n);
        line.apply(data);
        y.put(i, data, 0, n);
      }
    }
  }
}

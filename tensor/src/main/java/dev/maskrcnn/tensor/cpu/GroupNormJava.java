package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Group normalisation in two passes over memory. The first takes mean and squared deviation of each
 * chunk (the deviation from the chunk's own mean, while it is in the cache) and merges them in
 * double, in the order of the chunks (Chan, Golub and LeVeque, "Updating formulae and a pairwise
 * algorithm for computing sample variances", 1979). The second is {@code relu?(a[c]·x + b[c])}.
 */
final class GroupNormJava {
  private final GroupNorm op;
  private final GroupGeometry geometry;
  private final FloatBuffer x;
  private final FloatBuffer y;

  /** Per chunk and group: mean, and sum of squared deviations from it. */
  private final double[] means;

  private final double[] squares;

  private GroupNormJava(KernelCall<GroupNorm> call) {
    this.op = call.op();
    this.geometry = GroupGeometry.of(call.in(0).shape(), op.groups());
    this.x = call.in(0).floats();
    this.y = call.out(0).floats();
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
    workers.ranges(chunks, grain, n::statistics);
    FloatBuffer mean = call.out(1).floats();
    FloatBuffer scale = call.out(2).floats();
    n.merge(mean, scale);
    float[] gamma = call.in(1).toFloats();
    float[] beta = call.in(2).toFloats();
    workers.ranges(
        chunks,
        grain,
        (first, last) -> n.normalize(first, last, n.new Line(gamma, beta, mean, scale)));
  }

  private void statistics(int first, int last) {
    Tile tile = geometry.tile();
    float[] data = new float[geometry.chunkRows() * geometry.channels()];
    float[] sum = new float[tile.size()];
    float[] center = new float[tile.size()];
    float[] row = new float[geometry.channels()];
    double[] sums = new double[row.length];
    for (int chunk = first; chunk < last; chunk++) {
      int n = geometry.length(chunk);
      x.get(geometry.start(chunk), data, 0, n);
      Arrays.fill(sum, 0f);
      for (int i = 0; i < n; i += sum.length) {
        add(data, i, sum, Math.min(sum.length, n - i));
      }
      Arrays.fill(sums, 0);
      tile.fold(sum, center, sums, 0);
      double count = (double) n / geometry.channels() * geometry.groupWidth();
      int at = chunk * op.groups();
      for (int c = 0; c < row.length; c++) {
        means[at + c / geometry.groupWidth()] += sums[c] / count;
      }
      for (int c = 0; c < row.length; c++) {
        row[c] = (float) means[at + c / geometry.groupWidth()];
      }
      tile.repeat(row, center);
      Arrays.fill(sum, 0f);
      for (int i = 0; i < n; i += sum.length) {
        addSquares(data, i, center, sum, Math.min(sum.length, n - i));
      }
      Arrays.fill(sums, 0);
      tile.fold(sum, center, sums, 0);
      for (int c = 0; c < row.length; c++) {
        squares[at + c / geometry.groupWidth()] += sums[c];
      }
    }
  }

  private static void add(float[] data, int from, float[] sum, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] += data[from + i];
    }
  }

  private static void addSquares(float[] data, int from, float[] center, float[] sum, int n) {
    for (int i = 0; i < n; i++) {
      float d = data[from + i] - center[i];
      sum[i] += d * d;
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
      for (int i = 0; i < data.length; i++) {
        data[i] = data[i] * slope[i] + intercept[i];
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
        if (op.relu()) {
          relu(data);
        }
        y.put(i, data, 0, n);
      }
    }
  }

  private static void relu(float[] data) {
    for (int i = 0; i < data.length; i++) {
      data[i] = Math.max(data[i], 0f);
    }
  }
}

package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Normalization.GroupNormBackward;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Gradient of group normalisation in two passes over memory. With h = (x − mean)·scale, e =
 * dy·gamma and M elements in a group: {@code dx = scale·(e − Σe/M − h·Σeh/M)}, {@code dgamma = Σ
 * dy·h}, {@code dbeta = Σ dy}. The first pass takes Σ dy and Σ dy·(x − mean) per image and channel,
 * from which everything else follows; the second is linear in dy and x.
 */
final class GroupNormBackwardJava {
  private final GroupGeometry geometry;
  private final FloatBuffer dy;
  private final FloatBuffer x;
  private final FloatBuffer dx;
  private final float[] gamma;
  private final float[] mean;
  private final float[] scale;

  /** Per chunk and channel: Σ dy and Σ dy·(x − mean). */
  private final double[] sums;

  private final double[] products;

  private GroupNormBackwardJava(KernelCall<GroupNormBackward> call) {
    this.geometry = GroupGeometry.of(call.in(1).shape(), call.op().groups());
    this.dy = call.in(0).floats();
    this.x = call.in(1).floats();
    this.gamma = HostRows.floats(call.in(2));
    this.mean = HostRows.floats(call.in(3));
    this.scale = HostRows.floats(call.in(4));
    this.dx = call.out(0).floats();
    this.sums = new double[geometry.chunks() * geometry.channels()];
    this.products = new double[sums.length];
  }

  static void run(Workers workers, KernelCall<GroupNormBackward> call) {
    Require.f32(call);
    if (call.in(1).shape().size() == 0) {
      Require.zero(call.out(1));
      Require.zero(call.out(2));
      return;
    }
    GroupNormBackwardJava n = new GroupNormBackwardJava(call);
    int chunks = n.geometry.chunks();
    int grain = n.geometry.grain();
    workers.ranges(chunks, grain, n::statistics);
    n.merge(call.out(1).floats(), call.out(2).floats());
    workers.ranges(chunks, grain, n::gradient);
  }

  private int group(int image, int channel) {
    return image * geometry.groups() + channel / geometry.groupWidth();
  }

  private void statistics(int first, int last) {
    Tile tile = geometry.tile();
    float[] center = new float[tile.size()];
    float[] gradient = new float[center.length];
    float[] data = new float[center.length];
    float[] sum = new float[center.length];
    float[] product = new float[center.length];
    int current = -1;
    for (int chunk = first; chunk < last; chunk++) {
      if (geometry.image(chunk) != current) {
        current = geometry.image(chunk);
        tile.repeat(means(current), center);
      }
      Arrays.fill(sum, 0f);
      Arrays.fill(product, 0f);
      int end = geometry.start(chunk) + geometry.length(chunk);
      for (int i = geometry.start(chunk); i < end; i += data.length) {
        int n = Math.min(data.length, end - i);
        dy.get(i, gradient, 0, n);
        Arrays.fill(gradient, n, gradient.length, 0f);
        x.get(i, data, 0, n);
        add(gradient, sum);
        addProducts(gradient, data, center, product);
      }
      tile.fold(sum, data, sums, chunk * geometry.channels());
      tile.fold(product, data, products, chunk * geometry.channels());
    }
  }

  private float[] means(int image) {
    float[] m = new float[geometry.channels()];
    for (int c = 0; c < m.length; c++) {
      m[c] = mean[group(image, c)];
    }
    return m;
  }

  // Two loops: C2 of Java 17 vectorises each, but not both in one.

  private static void add(float[] gradient, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += gradient[i];
    }
  }

  private static void addProducts(float[] gradient, float[] data, float[] center, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += gradient[i] * (data[i] - center[i]);
    }
  }

  /** Adds the chunks of each image up, into its first chunk, and the images into dgamma, dbeta. */
  private void merge(FloatBuffer dgamma, FloatBuffer dbeta) {
    int channels = geometry.channels();
    int perImage = geometry.chunksPerImage();
    double[] gammas = new double[channels];
    double[] betas = new double[channels];
    for (int image = 0; image < geometry.images(); image++) {
      int to = image * perImage * channels;
      for (int k = 1; k < perImage; k++) {
        for (int c = 0; c < channels; c++) {
          sums[to + c] += sums[to + k * channels + c];
          products[to + c] += products[to + k * channels + c];
        }
      }
      for (int c = 0; c < channels; c++) {
        gammas[c] += products[to + c] * scale[group(image, c)];
        betas[c] += sums[to + c];
      }
    }
    for (int c = 0; c < channels; c++) {
      dgamma.put(c, (float) gammas[c]);
      dbeta.put(c, (float) betas[c]);
    }
  }

  /** {@code dx = dy·p[c] + x·q[c] + s[c]}, the coefficients of one image repeated over a tile. */
  private final class Plane {
    private final float[] p = new float[geometry.tile().size()];
    private final float[] q = new float[p.length];
    private final float[] s = new float[p.length];

    void aim(int image) {
      int channels = geometry.channels();
      int at = image * geometry.chunksPerImage() * channels;
      double[] e = new double[geometry.groups()];
      double[] eh = new double[geometry.groups()];
      for (int c = 0; c < channels; c++) {
        e[c / geometry.groupWidth()] += gamma[c] * sums[at + c];
        eh[c / geometry.groupWidth()] += gamma[c] * products[at + c];
      }
      float[][] rows = new float[3][channels];
      for (int c = 0; c < channels; c++) {
        int g = c / geometry.groupWidth();
        double r = scale[group(image, c)];
        double slope = -r * r * r * eh[g] / geometry.groupSize();
        rows[0][c] = (float) (r * gamma[c]);
        rows[1][c] = (float) slope;
        rows[2][c] = (float) (-r * e[g] / geometry.groupSize() - slope * mean[group(image, c)]);
      }
      geometry.tile().repeat(rows[0], p);
      geometry.tile().repeat(rows[1], q);
      geometry.tile().repeat(rows[2], s);
    }

    void apply(float[] gradient, float[] data) {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] = gradient[i] * p[i] + (data[i] * q[i] + s[i]);
      }
    }
  }

  private void gradient(int first, int last) {
    Plane plane = new Plane();
    float[] gradient = new float[geometry.tile().size()];
    float[] data = new float[gradient.length];
    int current = -1;
    for (int chunk = first; chunk < last; chunk++) {
      if (geometry.image(chunk) != current) {
        current = geometry.image(chunk);
        plane.aim(current);
      }
      int end = geometry.start(chunk) + geometry.length(chunk);
      for (int i = geometry.start(chunk); i < end; i += data.length) {
        int n = Math.min(data.length, end - i);
        dy.get(i, gradient, 0, n);
        x.get(i, data, 0, n);
        plane.apply(gradient, data);
        dx.put(i, gradient, 0, n);
      }
    }
  }
}

package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.ByteBuffer;

/**
 * Pastes masks, one per task; only the pixels under the box are computed. Rows of the mask are
 * stretched along x once; each image row then blends two of them. Values in float and in the order
 * of the original, because the result is compared with a threshold.
 */
final class MaskPasteJava {
  private static final int ZEROS = 16384;

  private final Workers workers;

  MaskPasteJava(Workers workers) {
    this.workers = workers;
  }

  void run(KernelCall<MaskPaste> call) {
    Require.f32(call);
    float[] boxes = HostRows.floats(call.in(1));
    workers.each(boxes.length / 4, d -> paste(call, d, boxes));
  }

  private static void paste(KernelCall<MaskPaste> call, int d, float[] boxes) {
    MaskPaste op = call.op();
    ByteBuffer out = call.out(0).memory().host();
    int pixels = op.height() * op.width();
    byte[] zeros = new byte[Math.min(pixels, ZEROS)];
    for (int i = 0; i < pixels; i += ZEROS) {
      out.put(d * pixels + i, zeros, 0, Math.min(ZEROS, pixels - i));
    }
    int m = call.in(0).shape().dim(1);
    int side = m + 2 * op.padding();
    float growth = (float) (side / (double) m);
    Axis x = new Axis(boxes[4 * d], boxes[4 * d + 2], growth, side, op.width());
    Axis y = new Axis(boxes[4 * d + 1], boxes[4 * d + 3], growth, side, op.height());
    if (x.count() == 0 || y.count() == 0) {
      return;
    }
    float[] mask = new float[m * m];
    call.in(0).floats().get(d * m * m, mask);
    float[][] stretched = new float[side][x.count()];
    for (int i = 0; i < m; i++) {
      float[] padded = new float[side];
      System.arraycopy(mask, i * m, padded, op.padding(), m);
      x.stretch(padded, stretched[i + op.padding()]);
    }
    byte[] row = new byte[x.count()];
    float[] blended = new float[x.count()];
    for (int i = 0; i < y.count(); i++) {
      blend(stretched[y.lower[i]], stretched[y.upper[i]], y.share[i], blended);
      decide(blended, (float) op.threshold(), row);
      out.put(d * pixels + (y.from + i) * op.width() + x.from, row);
    }
  }

  private static void blend(float[] a, float[] b, float share, float[] to) {
    float rest = 1 - share;
    for (int i = 0; i < to.length; i++) {
      to[i] = rest * a[i] + share * b[i];
    }
  }

  private static void decide(float[] value, float threshold, byte[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] = (byte) (threshold < 0 ? (int) (value[i] * 255) : value[i] > threshold ? 1 : 0);
    }
  }

  /** One axis of a pasted box: its pixels inside of the image, and where each reads the mask. */
  private static final class Axis {
    private final int from;
    private final int[] lower;
    private final int[] upper;
    private final float[] share;

    /**
     * Expands and truncates a side of a box.
     *
     * @param side pixels of the padded mask
     * @param extent pixels of the image
     */
    Axis(float low, float high, float growth, int side, int extent) {
      float half = (high - low) * 0.5f * growth;
      float centre = (high + low) * 0.5f;
      int first = (int) (centre - half);
      int last = (int) (centre + half);
      this.from = Math.max(first, 0);
      int count = (int) Math.max(Math.min(last, extent - 1L) - from + 1, 0);
      this.lower = new int[count];
      this.upper = new int[count];
      this.share = new float[count];
      float scale = (float) side / Math.max(last - first + 1, 1);
      for (int i = 0; i < count; i++) {
        // In double, of a scale in float: so PyTorch's interpolation does on the CPU.
        double source = Math.max((double) scale * (from + i - first + 0.5) - 0.5, 0);
        lower[i] = Math.min((int) source, side - 1);
        upper[i] = Math.min(lower[i] + 1, side - 1);
        share[i] = (float) (source - lower[i]);
      }
    }

    int count() {
      return share.length;
    }

    void stretch(float[] row, float[] to) {
      for (int i = 0; i < to.length; i++) {
        to[i] = (1 - share[i]) * row[lower[i]] + share[i] * row[upper[i]];
      }
    }
  }
}

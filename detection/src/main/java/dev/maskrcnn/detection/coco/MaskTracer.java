package dev.maskrcnn.detection.coco;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns a mask into polygons that rasterise to the same mask: one for each 4-connected component,
 * on pixel corners, with holes joined to the outline by a bridge that is walked there and back.
 *
 * <p>The rasteriser fills by the even-odd rule and a line between whole coordinates changes the
 * mask exactly at its rows, so that the outline is exact and the two ways over a bridge cancel.
 * With polygons, masks given as run lengths can be flipped, scaled and cropped like all others.
 *
 * <p>The outline runs clockwise on the screen, the component on its right. At a corner where two
 * pixels touch diagonally it stays with its own pixel, which makes components 4-connected.
 */
public final class MaskTracer {
  /** Sides of a pixel in the order in which the outline walks around it. */
  private static final int TOP = 0;

  private static final int BOTTOM = 2;
  private static final int LEFT = 3;

  private static final int[] STEP_X = {1, 0, -1, 0};
  private static final int[] STEP_Y = {0, 1, 0, -1};

  /** The corner from which a side starts, relative to the upper left corner of its pixel. */
  private static final int[] START_X = {0, 1, 1, 0};

  private static final int[] START_Y = {0, 0, 1, 1};

  /** Size of the mask with a border of one empty pixel, so that neighbours always exist. */
  private final int width;

  private final int height;

  /** Component of each pixel, 0 outside, -1 for set pixels that no component has taken yet. */
  private final int[] label;

  /** Sides that an outline has passed, one bit each. */
  private final byte[] passed;

  /** The outline's point at the upper end of a pixel's left side; the border's entry is scratch. */
  private final int[] leftEnd;

  private final int[] stack;

  /** Corners of the outlines as linked rings; bordered coordinates. */
  private int[] cornerX = new int[256];

  private int[] cornerY = new int[256];
  private int[] next = new int[256];
  private int corners;

  private final List<Integer> outlines = new ArrayList<>();

  private MaskTracer(byte[] rowMajor, int height, int width) {
    this.width = width + 2;
    this.height = height + 2;
    int pixels = Math.multiplyExact(this.width, this.height);
    this.label = new int[pixels];
    this.passed = new byte[pixels];
    this.leftEnd = new int[pixels];
    int set = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if (rowMajor[y * width + x] != 0) {
          label[(y + 1) * this.width + x + 1] = -1;
          set++;
        }
      }
    }
    this.stack = new int[set];
  }

  /** The polygons {@code x, y, x, y, ...} of a mask, in pixel-corner coordinates. */
  public static List<double[]> trace(Rle mask) {
    return trace(mask.decode(), mask.height(), mask.width());
  }

  /**
   * The polygons of a row-major bitmap {@code [height, width]}, in the order of their first pixels.
   */
  public static List<double[]> trace(byte[] rowMajor, int height, int width) {
    if (rowMajor.length != (long) height * width) {
      throw new CocoFormatException(
          "trace: %s bytes for a mask of %sx%s (height x width)"
              .formatted(rowMajor.length, height, width));
    }
    MaskTracer tracer = new MaskTracer(rowMajor, height, width);
    tracer.traceAll();
    return tracer.outlines.stream().map(tracer::polygon).toList();
  }

  /** Row by row; so an outline is found before its holes, and a hole at its first pixel. */
  private void traceAll() {
    for (int y = 1; y < height; y++) {
      for (int x = 1; x < width; x++) {
        int p = y * width + x;
        if (label[p] == -1) {
          flood(p, outlines.size() + 1);
          outlines.add(corners);
          ring(p, TOP);
        } else if (label[p] == 0
            && label[p - width] > 0
            && (passed[p - width] & 1 << BOTTOM) == 0) {
          bridgeTo(x, y);
        }
      }
    }
  }

  private void flood(int seed, int component) {
    int size = 0;
    label[seed] = component;
    stack[size++] = seed;
    while (size > 0) {
      int p = stack[--size];
      for (int side = 0; side < 4; side++) {
        int q = p + STEP_X[side] + STEP_Y[side] * width;
        if (label[q] == -1) {
          label[q] = component;
          stack[size++] = q;
        }
      }
    }
  }

  /** Walks one closed outline from a side of a pixel; returns its first corner. */
  private int ring(int pixel, int side) {
    int component = label[pixel];
    int first = corners;
    int p = pixel;
    int s = side;
    int lastLeft;
    do {
      passed[p] |= (byte) (1 << s);
      int here = corner(p % width + START_X[s], p / width + START_Y[s]);
      next[here] = here + 1;
      lastLeft = s == LEFT ? p : 0;
      leftEnd[lastLeft] = here + 1;
      int ahead = p + STEP_X[s] + STEP_Y[s] * width;
      int outwards = (s + 3) & 3;
      int beyond = ahead + STEP_X[outwards] + STEP_Y[outwards] * width;
      if (label[ahead] != component) {
        s = (s + 1) & 3;
      } else if (label[beyond] != component) {
        p = ahead;
      } else {
        p = beyond;
        s = outwards;
      }
    } while (p != pixel || s != side);
    next[corners - 1] = first;
    leftEnd[lastLeft] = first;
    return first;
  }

  /**
   * Joins the hole whose first pixel is given to the outline on its left. That outline is the outer
   * one or that of a hole found before, so that in the end all hang together.
   */
  private void bridgeTo(int x, int y) {
    int hole = y * width + x;
    int component = label[hole - width];
    int first = ring(hole - width, BOTTOM);
    int inner = next[first];
    int left = hole;
    while (label[left - 1] == component) {
      left--;
    }
    int outer = leftEnd[left];
    int backInner = corner(cornerX[inner], cornerY[inner]);
    int backOuter = corner(cornerX[outer], cornerY[outer]);
    next[first] = backInner;
    next[backInner] = backOuter;
    next[backOuter] = next[outer];
    next[outer] = inner;
  }

  private int corner(int x, int y) {
    if (corners == next.length) {
      cornerX = Arrays.copyOf(cornerX, corners * 2);
      cornerY = Arrays.copyOf(cornerY, corners * 2);
      next = Arrays.copyOf(next, corners * 2);
    }
    cornerX[corners] = x;
    cornerY[corners] = y;
    return corners++;
  }

  /** The points of a ring at which it turns, without the border. */
  private double[] polygon(int first) {
    double[] out = new double[16];
    int size = 0;
    // An outline starts at the upper left corner of its first pixel, coming from below.
    int dx = 0;
    int dy = -1;
    int at = first;
    do {
      int to = next[at];
      int nextDx = Integer.signum(cornerX[to] - cornerX[at]);
      int nextDy = Integer.signum(cornerY[to] - cornerY[at]);
      if (nextDx != dx || nextDy != dy) {
        if (size == out.length) {
          out = Arrays.copyOf(out, size * 2);
        }
        out[size++] = cornerX[at] - 1;
        out[size++] = cornerY[at] - 1;
      }
      dx = nextDx;
      dy = nextDy;
      at = to;
    } while (at != first);
    return Arrays.copyOf(out, size);
  }
}

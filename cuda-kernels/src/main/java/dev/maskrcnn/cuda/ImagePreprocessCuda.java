package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.ImagePlacement;
import dev.maskrcnn.tensor.op.ImagePlacement.Colors;
import dev.maskrcnn.tensor.op.ImagePlacement.Place;
import dev.maskrcnn.tensor.op.ImagePlacement.Resampling;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.ImagePreparation;

/**
 * Launches {@code image.cu}: takes a decoded photograph to its place in the network's input,
 * resized, flipped, normalised and padded. Nothing waits for the device.
 */
final class ImagePreprocessCuda implements ImagePreparation {
  private static final int THREADS = 256;

  /** Each block fills a table first, so few blocks with many pixels. */
  private static final int MOST_BLOCKS = 1056;

  /** Images more than so many times as high as wide are shrunk vertically first. */
  private static final int TALL = 100;

  private static final int COLORS = 3;

  private final CudaRuntime cuda;
  private final KernelFunction filter;
  private final KernelFunction rows;
  private final KernelFunction columns;
  private final TypedKernel finish;
  private final TypedKernel halfPixel;

  ImagePreprocessCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.filter = cuda.function("image_filter");
    this.rows = cuda.function("image_resize_rows");
    this.columns = cuda.function("image_resize_columns");
    this.finish = TypedKernel.of(cuda, "image_finish");
    this.halfPixel = TypedKernel.of(cuda, "image_half_pixel");
  }

  @Override
  public void run(DenseArray pixels, DenseArray batch, ImagePlacement placement) {
    Place place = placement.place();
    Resampling resampling = placement.resampling();
    Colors colors = placement.colors();
    check(pixels, batch, place);
    if (batch.shape().size(1, 4) == 0) {
      return;
    }
    if (resampling == Resampling.PILLOW) {
      pillow(pixels, new Target(batch, colors, place));
    } else {
      halfPixel(
          pixels, resampling == Resampling.HALF_PIXEL_BYTES, new Target(batch, colors, place));
    }
  }

  private static void check(DenseArray pixels, DenseArray batch, Place place) {
    Shape from = pixels.shape();
    Shape to = batch.shape();
    boolean shapes =
        pixels.spec().dtype() == DType.U8
            && from.rank() == 3
            && from.dim(2) == COLORS
            && from.size() > 0
            && to.rank() == 4
            && to.dim(3) >= COLORS;
    boolean fits =
        shapes
            && place.image() >= 0
            && place.image() < to.dim(0)
            && place.height() >= 1
            && place.height() <= to.dim(1)
            && place.width() >= 1
            && place.width() <= to.dim(2);
    if (!fits) {
      throw new DeviceException(
          "image preprocess: pixels "
              + pixels.spec()
              + " as "
              + place
              + " of batch "
              + batch.spec()
              + ", expected u8 [h,w,3] of at least one pixel and a place inside of [N,H,W,3 or"
              + " more]");
    }
  }

  /** Where the result goes and how it is coloured. */
  private record Target(DenseArray batch, Colors colors, Place place) {
    long pixels() {
      return (long) batch.shape().dim(1) * batch.shape().dim(2);
    }

    Launch launch() {
      return Launch.blocks(Math.min(Launch.ceilDiv(pixels(), THREADS), MOST_BLOCKS), THREADS);
    }

    /** Appends the plane's sizes, the colours and the plane. */
    Arguments append(Arguments arguments) {
      arguments
          .integer(batch.shape().dim(1))
          .integer(batch.shape().dim(2))
          .integer(batch.shape().dim(3))
          .integer(place.height())
          .integer(place.width())
          .flag(place.flip())
          .flag(colors.bgr255());
      for (float[] three : new float[][] {colors.mean(), colors.deviation()}) {
        arguments.number(three[0]).number(three[1]).number(three[2]);
      }
      long bytes = batch.shape().size(1, 4) * batch.spec().dtype().bytes();
      return arguments.pointer(batch.memory().address() + place.image() * bytes);
    }
  }

  private void halfPixel(DenseArray pixels, boolean toBytes, Target target) {
    Arguments arguments =
        cuda.arguments()
            .pointer(pixels)
            .integer(pixels.shape().dim(0))
            .integer(pixels.shape().dim(1))
            .flag(toBytes);
    typed(halfPixel, target).launch(target.launch(), target.append(arguments));
  }

  private static KernelFunction typed(TypedKernel kernel, Target target) {
    return switch (target.batch.spec().dtype()) {
      case F32 -> kernel.f32();
      case F16 -> kernel.f16();
      case BF16 -> kernel.bf16();
      default ->
          throw new DeviceException(
              "image preprocess: batch " + target.batch.spec() + ", expected f32, f16 or bf16");
    };
  }

  /**
   * The resampling of one axis and where its tables lie: {@code first} and {@code count} of each
   * output, then the weights.
   */
  private record Filter(int in, int out, long address) {
    /** A triangle reaches so far to both sides that it meets at most so many inputs. */
    int taps() {
      return (int) Math.ceil(Math.max((double) in / out, 1)) * 2 + 1;
    }

    long bytes() {
      return (2L + taps()) * out * Integer.BYTES;
    }

    boolean changes() {
      return in != out;
    }

    Filter at(long there) {
      return new Filter(in, out, there);
    }

    /** Appends {@code taps, first, count, weights}; zeros if the side stays. */
    Arguments append(Arguments arguments) {
      long ints = (long) out * Integer.BYTES;
      return arguments
          .integer(changes() ? taps() : 0)
          .pointer(changes() ? address : 0)
          .pointer(changes() ? address + ints : 0)
          .pointer(changes() ? address + 2 * ints : 0);
    }
  }

  private void pillow(DenseArray pixels, Target target) {
    int height = pixels.shape().dim(0);
    int width = pixels.shape().dim(1);
    Place place = target.place;
    Filter x = new Filter(width, place.width(), 0);
    Filter y = new Filter(height, place.height(), 0);
    boolean tall = height > TALL * (long) width && place.height() < height;
    // The image between the passes: of the new width, or of the new height for a tall one.
    long between =
        (long) COLORS * (tall ? (long) place.height() * width : (long) height * place.width());
    long whole = tall ? (long) COLORS * place.height() * place.width() : 0;
    long scratch = cuda.scratch(x.bytes() + y.bytes() + between + whole);
    x = x.at(scratch);
    y = y.at(scratch + x.bytes());
    long first = y.address + y.bytes();
    prepare(x);
    prepare(y);
    long from = pixels.memory().address();
    if (tall) {
      columns(from, width, y, first);
      from = rows(first, place.height(), x, first + between);
      y = new Filter(place.height(), place.height(), 0);
    } else {
      from = rows(from, height, x, first);
    }
    typed(finish, target)
        .launch(target.launch(), target.append(y.append(cuda.arguments().pointer(from))));
  }

  private void prepare(Filter f) {
    if (f.changes()) {
      long ints = (long) f.out * Integer.BYTES;
      filter.launch(
          Launch.of(f.out, THREADS),
          cuda.arguments()
              .integer(f.in)
              .integer(f.out)
              .integer(f.taps())
              .pointer(f.address)
              .pointer(f.address + ints)
              .pointer(f.address + 2 * ints));
    }
  }

  /** Resizes the rows of an image; returns where the result is. */
  private long rows(long from, int height, Filter x, long to) {
    if (!x.changes()) {
      return from;
    }
    Arguments arguments = cuda.arguments().pointer(from).integer(height).integer(x.in);
    rows.launch(
        Launch.of((long) height * x.out, THREADS), x.append(arguments.integer(x.out)).pointer(to));
    return to;
  }

  private void columns(long from, int width, Filter y, long to) {
    Arguments arguments = cuda.arguments().pointer(from).integer(width).integer(y.out);
    columns.launch(
        Launch.of((long) COLORS * y.out * width, THREADS), y.append(arguments).pointer(to));
  }
}

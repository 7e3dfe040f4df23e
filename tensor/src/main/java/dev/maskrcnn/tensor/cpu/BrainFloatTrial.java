package dev.maskrcnn.tensor.cpu;

import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;

import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.Shape;
import java.nio.IntBuffer;

/**
 * Measures what bfloat16 operands are worth. The instruction set does not tell: products of
 * AVX-512's BF16 take half the time of float32 on some processors and twice the time on others.
 */
final class BrainFloatTrial {
  private static final int TRIALS = 3;
  private static final int ROUNDS = 11;

  /** The body's usual layer, small enough for the caches: 0.3 GFLOP. */
  private static final Shape IMAGES = Shape.of(1, 48, 48, 256);

  private static final Shape WEIGHT = Shape.of(256, 1, 1, 256);

  /** Two small numbers, read as bfloat16, and one as float32. */
  private static final int PATTERN = 0x3c003c00;

  private final OneDnn oneDnn;
  private final ConvolutionOneDnn compiler;

  private BrainFloatTrial(OneDnn oneDnn) {
    this.oneDnn = oneDnn;
    this.compiler = new ConvolutionOneDnn(oneDnn);
  }

  /**
   * How many times as fast a convolution is with its images rounded to bfloat16, the rounding
   * included, in the worst of several trials. Nothing is rounded afterwards.
   *
   * @throws OneDnnException if there is no such convolution on this processor
   */
  static double speed(OneDnn oneDnn) {
    try {
      BrainFloatTrial trial = new BrainFloatTrial(oneDnn);
      double least = Double.MAX_VALUE;
      for (int i = 0; i < TRIALS; i++) {
        least = Math.min(least, trial.speed());
      }
      return least;
    } finally {
      oneDnn.round(false);
    }
  }

  private double speed() {
    HostMemory images = filled(4L * IMAGES.size());
    HostMemory out = filled(4L * IMAGES.size());
    Conv2d op = new Conv2d(Window.of(1, 0), Epilogue.NONE);
    oneDnn.round(false);
    ConvolutionOneDnn.Compiled plain = compiler.forward(op, IMAGES, WEIGHT, IMAGES);
    oneDnn.round(true);
    ConvolutionOneDnn.Compiled half = compiler.forward(op, IMAGES, WEIGHT, IMAGES);
    HostMemory plainWeights = filled(dnnl_memory_desc_get_size(plain.wanted()));
    HostMemory halfWeights = filled(dnnl_memory_desc_get_size(half.wanted()));
    double plainTime = Double.MAX_VALUE;
    double halfTime = Double.MAX_VALUE;
    // In turns and the least of each: other work on the machine disturbs both or neither.
    for (int i = 0; i < ROUNDS; i++) {
      oneDnn.round(false);
      plainTime = Math.min(plainTime, nanos(plain, plainWeights, images, out));
      oneDnn.round(true);
      halfTime = Math.min(halfTime, nanos(half, halfWeights, images, out));
    }
    plain.primitive().close();
    half.primitive().close();
    for (HostMemory block : new HostMemory[] {images, out, plainWeights, halfWeights}) {
      oneDnn.pool().free(block);
    }
    return plainTime / halfTime;
  }

  private double nanos(
      ConvolutionOneDnn.Compiled c, HostMemory weights, HostMemory images, HostMemory out) {
    long start = System.nanoTime();
    HostMemory rounded = compiler.rounded(images, IMAGES);
    c.primitive().run(out, rounded, weights);
    oneDnn.release(rounded, images);
    return System.nanoTime() - start;
  }

  private HostMemory filled(long bytes) {
    HostMemory block = oneDnn.pool().allocate(bytes);
    IntBuffer values = block.host().asIntBuffer();
    for (int i = 0; i < bytes / 4; i++) {
      values.put(i, PATTERN);
    }
    return block;
  }
}

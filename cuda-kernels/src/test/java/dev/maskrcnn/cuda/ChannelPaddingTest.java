package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.maskrcnn.cuda.ConvolutionProblem.Extents;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelPaddingTest {
  private static ConvolutionProblem problem(DType type, int in, int out, Window window) {
    return new ConvolutionProblem(
        ConvolutionPass.FORWARD,
        type,
        new Extents(1, 9, 9, in),
        new Extents(out, 3, 3, in / window.groups()),
        window,
        false);
  }

  @ParameterizedTest
  @CsvSource({
    "F16, 3, 64, 8, 64",
    "BF16, 3, 64, 8, 64",
    "F16, 256, 3, 256, 8",
    "F16, 17, 81, 24, 88",
    "F32, 3, 64, 4, 64",
    "F32, 6, 5, 8, 8",
    "F32, 8, 12, 8, 12"
  })
  void channelsFillSixteenBytes(DType type, int in, int out, int wideIn, int wideOut) {
    ConvolutionProblem wide = ChannelPadding.padded(problem(type, in, out, Window.of(1, 1)), true);
    assertEquals(problem(type, wideIn, wideOut, Window.of(1, 1)), wide);
  }

  /** Padding would move the borders of groups, and without tensor cores it gains nothing. */
  @Test
  void groupsAndPlainFloatStay() {
    ConvolutionProblem grouped = problem(DType.F16, 6, 6, new Window(1, 1, 1, 3));
    assertSame(grouped, ChannelPadding.padded(grouped, true));
    ConvolutionProblem plain = problem(DType.F32, 3, 5, Window.of(1, 1));
    assertSame(plain, ChannelPadding.padded(plain, false));
  }
}

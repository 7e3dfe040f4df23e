package dev.maskrcnn.tensor.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HostTensorTest {

  @Test
  void lengthMustFitTheShape() {
    String message =
        assertThrows(TensorFileException.class, () -> HostTensor.of(new float[5], 2, 3))
            .getMessage();
    assertEquals("host tensor: wrong number of bytes, got 20, expected 24 for F32 [2, 3]", message);
    assertThrows(TensorFileException.class, () -> HostTensor.of(new float[1], -1, -1));
    assertThrows(TensorFileException.class, () -> HostTensor.of(new float[0], 1L << 40, 1L << 40));
    assertEquals(0, HostTensor.of(new float[0], 1L << 40, 0, 1L << 40).elements());
    assertEquals(1, HostTensor.of(new int[] {7}).elements());
  }

  @Test
  void isAValue() {
    float[] values = {1, 2};
    HostTensor tensor = HostTensor.of(values, 2);
    values[0] = 5;
    tensor.shape()[0] = 5;
    assertThrows(ReadOnlyBufferException.class, () -> tensor.data().put(0, (byte) 5));
    tensor.data().getFloat();
    assertArrayEquals(new float[] {1, 2}, tensor.floats());
    assertEquals(HostTensor.of(new float[] {1, 2}, 2), tensor);
    assertNotEquals(HostTensor.of(new float[] {1, 2}, 1, 2), tensor);
    assertNotEquals(HostTensor.of(new float[] {1, 3}, 2), tensor);
    assertEquals("F32 [2]", tensor.toString());
  }

  @Test
  void takesThePartOfABufferThatRemains() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(12).position(4);
    buffer.put(4, (byte) 9);
    HostTensor tensor = new HostTensor(TensorType.I32, new long[] {2}, buffer);
    assertArrayEquals(new int[] {9, 0}, tensor.ints());
  }

  /** All 65,536 halves against the definition of the format. */
  @Test
  void everyHalf() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      int exponent = bits >> 10 & 31;
      int mantissa = bits & 1023;
      double magnitude =
          exponent == 0
              ? mantissa * Math.pow(2, -24)
              : exponent == 31
                  ? (mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN)
                  : (1024 + mantissa) * Math.pow(2, exponent - 25);
      float got = SmallFloats.fromHalf((short) bits);
      assertEquals((float) (bits >> 15 == 0 ? magnitude : -magnitude), got);
      if (!Float.isNaN(got)) {
        assertEquals((short) bits, SmallFloats.toHalf(got), "back");
        assertEquals(Float.floatToRawIntBits(got) < 0, bits >> 15 == 1, "sign");
      } else {
        assertTrue(Float.isNaN(SmallFloats.fromHalf(SmallFloats.toHalf(got))));
      }
    }
  }

  /** Rounding against the two neighbours: nearest wins, a tie goes to the even one. */
  @Test
  void rounding() {
    Random random = new Random(3);
    for (int i = 0; i < 200_000; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      if (i % 2 == 0) {
        value = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(46) - 28));
      }
      if (Float.isNaN(value)) {
        continue;
      }
      short half = SmallFloats.toHalf(value);
      if (Math.abs(value) >= 65520) {
        assertEquals(Math.signum(value) * Float.POSITIVE_INFINITY, SmallFloats.fromHalf(half));
      } else {
        double error = Math.abs(SmallFloats.fromHalf(half) - (double) value);
        for (int step = -1; step <= 1; step += 2) {
          double other = Math.abs(SmallFloats.fromHalf((short) (half + step)) - (double) value);
          assertTrue(
              error < other || error == other && (half & 1) == 0 || Double.isNaN(other),
              "" + value);
        }
      }
      short brain = SmallFloats.toBrain(value);
      int bits = Float.floatToRawIntBits(value);
      int tail = bits & 0xffff;
      int up = tail > 0x8000 || tail == 0x8000 && (bits >> 16 & 1) == 1 ? 1 : 0;
      assertEquals((short) ((bits >> 16) + up), brain, "" + value);
    }
    assertTrue(Float.isNaN(SmallFloats.fromBrain(SmallFloats.toBrain(Float.NaN))));
    assertTrue(
        Float.isNaN(SmallFloats.fromBrain(SmallFloats.toBrain(Float.intBitsToFloat(0x7f800001)))));
  }

  @Test
  void ties() {
    float[] values = {1 + 0x1p-11f, 1 + 3 * 0x1p-11f, 0x1p-25f, 3 * 0x1p-25f, 65519.996f, 1e-20f};
    float[] halves = {1, 1 + 2 * 0x1p-10f, 0, 2 * 0x1p-24f, 65504, 0};
    assertArrayEquals(halves, HostTensor.halves(values, 6).floats());
    float[] brains = {1, 1, 0x1p-25f, 3 * 0x1p-25f, 65536, 1e-20f};
    float[] got = HostTensor.brains(values, 6).floats();
    for (int i = 0; i < 6; i++) {
      assertEquals(brains[i], got[i], Math.abs(brains[i]) / 256);
    }
  }
}

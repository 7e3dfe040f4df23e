package dev.maskrcnn.tensor.io;

/** Conversions of the float formats that Java 17 has no type for. */
final class SmallFloats {
  private SmallFloats() {}

  /** Half to single, exact; NaN payloads keep their upper bits. */
  static float fromHalf(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = bits >>> 10 & 0x1f;
    int mantissa = bits & 0x3ff;
    if (exponent == 0) {
      float magnitude = mantissa * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 0x1f ? 0xff : exponent + 112;
    return Float.intBitsToFloat(sign | wide << 23 | mantissa << 13);
  }

  /** Single to half, nearest even; overflow becomes infinity, NaN stays NaN. */
  static short toHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
      return (short) (sign | 0x7e00 | magnitude >>> 13 & 0x3ff);
    }
    if (magnitude >= 0x477ff000) { // 65520, halfway between the largest half and 2^16
      return (short) (sign | 0x7c00);
    }
    if (magnitude < 0x38800000) { // below 2^-14: subnormal, or zero
      // Adding 0.5 lines the last bit of the sum up with 2^-24; the FPU rounds to nearest even.
      float shifted = Float.intBitsToFloat(magnitude) + 0.5f;
      return (short) (sign | Float.floatToRawIntBits(shifted) - 0x3f000000);
    }
    int rounded = magnitude - 0x38000000 + 0xfff + (magnitude >>> 13 & 1);
    return (short) (sign | rounded >>> 13);
  }

  /** Bfloat16 to single, exact. */
  static float fromBrain(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** Single to bfloat16, nearest even; NaN stays NaN. */
  static short toBrain(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & 0x7fffffff) > 0x7f800000) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }

  /** E5M2 is the upper byte of a half. */
  static float fromE5m2(byte bits) {
    return fromHalf((short) (bits << 8));
  }

  /** E4M3 in its finite-only form: bias 7, no infinities, NaN is all ones. */
  static float fromE4m3(byte bits) {
    int exponent = bits >>> 3 & 0xf;
    int mantissa = bits & 0x7;
    float magnitude;
    if (exponent == 0) {
      magnitude = mantissa * 0x1p-9f;
    } else if (exponent == 0xf && mantissa == 0x7) {
      magnitude = Float.NaN;
    } else {
      magnitude = Float.intBitsToFloat(exponent + 120 << 23 | mantissa << 20);
    }
    return bits < 0 ? -magnitude : magnitude;
  }
}

package dev.maskrcnn.tensor.io;

import java.util.Optional;

/** Element types of the safetensors format, under the names it writes in its header. */
public enum TensorType {
  /** IEEE 754 double. */
  F64(8, true),
  /** IEEE 754 single. */
  F32(4, true),
  /** IEEE 754 half: 5 bits of exponent, 10 of mantissa. */
  F16(2, true),
  /** Upper half of a single: 8 bits of exponent, 7 of mantissa. */
  BF16(2, true),
  /** Eight-bit float with 4 bits of exponent, no infinities (OCP FP8). */
  F8_E4M3(1, true),
  /** Eight-bit float with 5 bits of exponent (OCP FP8). */
  F8_E5M2(1, true),
  /** Signed 64-bit integer. */
  I64(8, false),
  /** Signed 32-bit integer. */
  I32(4, false),
  /** Signed 16-bit integer. */
  I16(2, false),
  /** Signed byte. */
  I8(1, false),
  /** Unsigned 64-bit integer. */
  U64(8, false),
  /** Unsigned 32-bit integer. */
  U32(4, false),
  /** Unsigned 16-bit integer. */
  U16(2, false),
  /** Unsigned byte. */
  U8(1, false),
  /** One byte per element, 0 or 1. */
  BOOL(1, false);

  private final int bytes;
  private final boolean floating;

  TensorType(int bytes, boolean floating) {
    this.bytes = bytes;
    this.floating = floating;
  }

  /** Bytes per element. */
  public int bytes() {
    return bytes;
  }

  /** Whether elements are floating-point numbers. */
  public boolean isFloating() {
    return floating;
  }

  /** The type of that name in a header, or empty if the format has none or it is unsupported. */
  public static Optional<TensorType> named(String name) {
    for (TensorType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}

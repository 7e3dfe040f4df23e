package dev.maskrcnn.tensor.shape;

/** Element types of tensors. F64 exists for the reference backend and gradient checks only. */
public enum DType {
  F32(4),
  F16(2),
  BF16(2),
  F64(8),
  I32(4),
  I64(8),
  U8(1);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** True for the types that carry activations and gradients. */
  public boolean isFloat() {
    return this == F32 || this == F16 || this == BF16 || this == F64;
  }

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}

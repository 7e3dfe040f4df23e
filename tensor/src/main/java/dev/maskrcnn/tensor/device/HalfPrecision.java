package dev.maskrcnn.tensor.device;

/**
 * What a device does where 16-bit floats are asked for.
 *
 * @param use where it computes with them
 * @param reason why, or why not, in words for the user
 */
public record HalfPrecision(Use use, String reason) {
  /** Where 16-bit floats are used. */
  public enum Use {
    /** Activations are 16-bit tensors. */
    TENSORS,
    /** Tensors are f32; convolutions and matrix products round their operands to 16 bits. */
    OPERANDS,
    /** Nowhere: everything is float32. */
    NONE
  }
}

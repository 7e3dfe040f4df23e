package dev.maskrcnn.autograd;

/**
 * A place among the operands of an op, as a derivative rule declares what it wants kept.
 *
 * @param input true for an input, false for an output
 * @param index which one
 * @param forGradientOf the input whose gradient needs it, or {@link #ALWAYS}
 */
public record Slot(boolean input, int index, int forGradientOf) {
  /** Needed for the gradient of every input. */
  public static final int ALWAYS = -1;

  /** An input, needed for every gradient. */
  public static Slot in(int index) {
    return new Slot(true, index, ALWAYS);
  }

  /** An output, needed for every gradient. */
  public static Slot out(int index) {
    return new Slot(false, index, ALWAYS);
  }

  /** This slot, needed only for the gradient of one input. */
  public Slot forGradientOf(int inputIndex) {
    return new Slot(input, index, inputIndex);
  }

  boolean is(boolean wantInput, int wantIndex) {
    return input == wantInput && index == wantIndex;
  }

  @Override
  public String toString() {
    return (input ? "in" : "out") + index;
  }
}

package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.shape.Spec;

/**
 * An input of a recorded op. A reshape is not recorded: it names the same value, so the shape here
 * may differ from that of the entry, in the extents but not in the number of elements.
 *
 * @param id the entry on the tape, or {@link #CONSTANT}
 * @param spec shape and type as the op saw them
 */
public record NodeInput(int id, Spec spec) {
  /** The id of what has no gradient. */
  public static final int CONSTANT = -1;

  /** True if the value is on the tape. */
  public boolean needsGradient() {
    return id != CONSTANT;
  }
}

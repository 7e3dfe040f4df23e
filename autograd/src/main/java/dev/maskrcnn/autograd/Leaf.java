package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.shape.Spec;

/** A value with which differentiation begins: a parameter or a watched input. */
public record Leaf(int id, String name, Spec spec) implements Entry {
  @Override
  public String label() {
    return name;
  }
}

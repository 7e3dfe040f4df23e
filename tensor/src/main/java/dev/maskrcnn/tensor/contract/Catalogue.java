package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.op.Op;
import java.util.ArrayList;
import java.util.List;

/** The op types of the sealed catalogue. */
public final class Catalogue {
  private Catalogue() {}

  /** Every record that implements {@link Op}, in the order of declaration. */
  public static List<Class<? extends Op>> ops() {
    List<Class<? extends Op>> found = new ArrayList<>();
    collect(Op.class, found);
    return found;
  }

  private static void collect(Class<? extends Op> type, List<Class<? extends Op>> found) {
    if (type.isRecord()) {
      found.add(type);
      return;
    }
    if (!type.isSealed()) {
      return; // Custom ops are no part of it.
    }
    for (Class<?> permitted : type.getPermittedSubclasses()) {
      collect(permitted.asSubclass(Op.class), found);
    }
  }
}

package dev.maskrcnn.detection.weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a pickle says of objects of classes. Nothing of it is executed: a call that the pickle asks
 * for stays a description of the call, which the readers of weights interpret if they know it.
 */
sealed interface PickleValue {

  /** A class or function by its name. */
  record Name(String module, String name) implements PickleValue {
    boolean is(String fullName) {
      return fullName.equals(module + "." + name);
    }

    @Override
    public String toString() {
      return module + "." + name;
    }
  }

  /** A reference to data outside of the pickle, such as a storage of a tensor. */
  record Persistent(Object id) implements PickleValue {}

  /** An object: a call of a name with arguments, then a state and entries. */
  final class Made implements PickleValue {
    final Name callee;
    final List<?> arguments;
    Object state;
    private Map<String, Object> entries;

    Made(Name callee, List<?> arguments) {
      this.callee = callee;
      this.arguments = arguments;
    }

    /** Items of a dict, such as Python's OrderedDict. */
    Map<String, Object> entries() {
      if (entries == null) {
        entries = new LinkedHashMap<>();
      }
      return entries;
    }
  }
}

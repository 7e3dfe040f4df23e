package dev.maskrcnn.detection.config;

import java.util.List;
import java.util.OptionalInt;

/**
 * What values of a key make sense, whatever the other keys say. A sequence is in range if each of
 * its elements is.
 *
 * @param least smallest number
 * @param most largest number
 * @param none a number outside that stands for "not set"
 * @param count how many elements a sequence has; empty if any number of them, but one at least
 * @param mayBeEmpty whether a sequence may have no element
 */
public record ConfigRange(
    double least, double most, OptionalInt none, OptionalInt count, boolean mayBeEmpty) {

  /** Everything that the type allows, except numbers that are not finite. */
  static final ConfigRange ANY =
      new ConfigRange(
          -Double.MAX_VALUE, Double.MAX_VALUE, OptionalInt.empty(), OptionalInt.empty(), true);

  /** Numbers from {@code least} to {@code most}; sequences of them that are not empty. */
  static ConfigRange between(double least, double most) {
    return new ConfigRange(least, most, OptionalInt.empty(), OptionalInt.empty(), false);
  }

  /** The same, or a number that stands for "not set". */
  ConfigRange or(int notSet) {
    return new ConfigRange(least, most, OptionalInt.of(notSet), count, mayBeEmpty);
  }

  /** The same, for sequences of so many elements. */
  ConfigRange times(int elements) {
    return new ConfigRange(least, most, none, OptionalInt.of(elements), mayBeEmpty);
  }

  /** The same, for sequences that may be empty. */
  ConfigRange orEmpty() {
    return new ConfigRange(least, most, none, count, true);
  }

  /** Whether a value of the right type is in range. */
  boolean holds(Object value) {
    if (value instanceof List<?> list) {
      return (mayBeEmpty || !list.isEmpty())
          && (count.isEmpty() || list.size() == count.getAsInt())
          && list.stream().allMatch(this::holds);
    }
    if (value instanceof Number n) {
      double number = n.doubleValue();
      return number >= least && number <= most || none.isPresent() && number == none.getAsInt();
    }
    return true;
  }

  /** The range in a message. */
  String words() {
    StringBuilder text = new StringBuilder();
    if (count.isPresent()) {
      text.append(count.getAsInt()).append(" numbers, each ");
    }
    if (least == -Double.MAX_VALUE && most == Double.MAX_VALUE) {
      text.append("finite");
    } else if (most == Double.MAX_VALUE) {
      text.append(least == Double.MIN_VALUE ? "above 0" : "at least " + number(least));
    } else {
      text.append(least == Double.MIN_VALUE ? "above 0 to " : number(least) + " to ");
      text.append(number(most));
    }
    none.ifPresent(notSet -> text.append(" or ").append(notSet));
    return text.toString();
  }

  private static String number(double value) {
    return value == (long) value ? Long.toString((long) value) : Double.toString(value);
  }
}

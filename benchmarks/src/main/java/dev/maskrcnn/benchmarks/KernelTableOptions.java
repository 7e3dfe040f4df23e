package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.contract.BenchmarkCase;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Arguments of {@link KernelTable}.
 *
 * @param device what to measure
 * @param beside what to compare with, if anything
 * @param batches numbers of images
 * @param size {@code full} or {@code small}; chosen by the device if empty
 * @param seconds to spend on each op and device; chosen by the device if empty
 * @param only part of the names of cases; empty for all but the layers of the network
 */
record KernelTableOptions(
    String device,
    Optional<String> beside,
    List<Integer> batches,
    Optional<String> size,
    Optional<Double> seconds,
    String only) {

  /**
   * Reads {@code --key value} pairs.
   *
   * @throws StepException if they are wrong
   */
  static KernelTableOptions parse(List<String> args) {
    KernelTableOptions o =
        new KernelTableOptions(
            "cuda", Optional.of("cpu"), List.of(1, 8), Optional.empty(), Optional.empty(), "");
    for (int i = 0; i < args.size(); i += 2) {
      if (i + 1 == args.size()) {
        throw new StepException(args.get(i) + ": has no value");
      }
      o = o.with(args.get(i), args.get(i + 1));
    }
    return o;
  }

  private KernelTableOptions with(String key, String value) {
    Optional<String> v = Optional.of(value);
    return switch (key) {
      case "--device" -> new KernelTableOptions(value, beside, batches, size, seconds, only);
      case "--beside" ->
          new KernelTableOptions(
              device, v.filter(x -> !x.equals("none")), batches, size, seconds, only);
      case "--batch" -> new KernelTableOptions(device, beside, numbers(value), size, seconds, only);
      case "--size" ->
          new KernelTableOptions(device, beside, batches, Optional.of(named(value)), seconds, only);
      case "--seconds" ->
          new KernelTableOptions(device, beside, batches, size, Optional.of(duration(value)), only);
      case "--only" -> new KernelTableOptions(device, beside, batches, size, seconds, value);
      default -> throw new StepException(key + ": is no option");
    };
  }

  /** Whether a case goes into the table. */
  boolean wants(BenchmarkCase c) {
    return only.isEmpty() ? !c.isLayer() : c.name().contains(only);
  }

  private static String named(String value) {
    if (!List.of("full", "small").contains(value)) {
      throw new StepException("--size: got " + value + ", expected full or small");
    }
    return value;
  }

  private static double duration(String value) {
    try {
      double seconds = Double.parseDouble(value);
      if (seconds >= 0 && seconds <= 3600) {
        return seconds;
      }
    } catch (NumberFormatException e) {
      // The message below says what is wrong in the user's words.
    }
    throw new StepException("--seconds: got " + value + ", expected a number from 0 to 3600");
  }

  private static List<Integer> numbers(String value) {
    try {
      List<Integer> numbers = Arrays.stream(value.split(",")).map(Integer::valueOf).toList();
      if (!numbers.isEmpty() && numbers.stream().allMatch(n -> n >= 1 && n <= 64)) {
        return numbers;
      }
    } catch (NumberFormatException e) {
      // The message below says what is wrong in the user's words.
    }
    throw new StepException("--batch: got " + value + ", expected numbers from 1 to 64, like 1,8");
  }
}

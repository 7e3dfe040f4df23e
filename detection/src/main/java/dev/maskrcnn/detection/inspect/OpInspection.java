package dev.maskrcnn.detection.inspect;

import dev.maskrcnn.autograd.GradCheck;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Devices;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.contract.CaseError;
import dev.maskrcnn.tensor.contract.Catalogue;
import dev.maskrcnn.tensor.contract.OpCase;
import dev.maskrcnn.tensor.contract.OpCases;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.KernelSource;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.TensorException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Runs the cases of single ops on the backends, and their gradient checks. */
public final class OpInspection implements AutoCloseable {
  private static final List<DType> FLOATS = List.of(DType.F32, DType.F64, DType.F16, DType.BF16);

  /**
   * How one backend does with one type.
   *
   * @param type of the floating inputs, or of the integers if there are none
   * @param judged whether the tolerance of the cases is meant for this type
   * @param cases that ran
   * @param relative largest difference from the reference over the largest magnitude
   * @param integers elements of integer outputs that differ
   * @param within whether each case is within its tolerance
   */
  public record Measured(
      String type, boolean judged, int cases, double relative, long integers, boolean within) {}

  /**
   * The kernel of an op on a backend.
   *
   * @param device name of the backend
   * @param source where it is written; empty if it has none
   * @param absent why it has none
   * @param measured by type; empty if it has none
   */
  public record OnBackend(
      String device, Optional<KernelSource> source, String absent, List<Measured> measured) {}

  /** A backend that could not be opened, and why. */
  public record Closed(String device, String reason) {}

  private final Device reference = Device.reference();
  private final Map<Class<?>, List<OpCase>> cases =
      OpCases.all().stream().collect(Collectors.groupingBy(c -> c.op().getClass()));
  private final List<Device> devices = new ArrayList<>();
  private final List<Closed> closed = new ArrayList<>();

  private OpInspection() {}

  /**
   * Opens backends.
   *
   * @param names of devices; without any all kinds that are known, of which those that this machine
   *     lacks are left out
   * @throws DeviceException if a device that was named cannot be opened
   */
  public static OpInspection on(List<String> names) {
    OpInspection inspection = new OpInspection();
    if (names.isEmpty()) {
      Devices.kinds().stream()
          .filter(kind -> !kind.equals("reference"))
          .sorted(Comparator.comparing((String k) -> !k.equals("cpu")).thenComparing(k -> k))
          .forEach(inspection::tryToOpen);
    } else {
      names.forEach(name -> inspection.devices.add(Device.open(name)));
    }
    return inspection;
  }

  private void tryToOpen(String kind) {
    try {
      devices.add(Device.open(kind));
    } catch (DeviceException e) {
      closed.add(new Closed(kind, e.getMessage()));
    }
  }

  /** The op of a name, whatever its case. */
  public static Optional<Class<? extends Op>> find(String name) {
    return Catalogue.ops().stream()
        .filter(op -> op.getSimpleName().equalsIgnoreCase(name))
        .findFirst();
  }

  /** Names of the opened devices, the reference first. */
  public List<String> devices() {
    List<String> names = new ArrayList<>(List.of(reference.name()));
    devices.forEach(d -> names.add(d.name()));
    return names;
  }

  /** Backends that are left out. */
  public List<Closed> closed() {
    return List.copyOf(closed);
  }

  /** The cases of an op. */
  public List<OpCase> cases(Class<? extends Op> op) {
    return cases.getOrDefault(op, List.of());
  }

  /** The op on each backend, the reference first. */
  public List<OnBackend> backends(Class<? extends Op> op) {
    List<OpCase> all = cases(op);
    List<OnBackend> found = new ArrayList<>();
    found.add(on(reference, op, all));
    devices.forEach(d -> found.add(on(d, op, all)));
    return found;
  }

  /**
   * The types that an op takes on each backend, the reference first: those in which any of its
   * cases runs; empty text if it has no kernel.
   */
  public List<String> types(Class<? extends Op> op) {
    List<OpCase> small =
        cases(op).stream().sorted(Comparator.comparingLong(OpInspection::size)).toList();
    List<String> found = new ArrayList<>(List.of(types(reference, small)));
    devices.forEach(d -> found.add(types(d, small)));
    return found;
  }

  private static long size(OpCase c) {
    return c.inputs().stream().mapToLong(i -> i.values().length).sum();
  }

  private static String types(Device device, List<OpCase> cases) {
    List<String> types = new ArrayList<>();
    for (DType type : FLOATS) {
      for (OpCase c : cases) {
        boolean floats = c.inputs().stream().anyMatch(i -> i.spec().dtype() == DType.F32);
        boolean plain = floats || c.inputs().isEmpty();
        if ((type == DType.F32 || floats) && runs(device, type == DType.F32 ? c : c.in(type))) {
          types.add(plain ? type.toString() : "i32");
          break;
        }
      }
    }
    return String.join(" ", types);
  }

  private static boolean runs(Device device, OpCase c) {
    try (Frame frame = device.push("case")) {
      device.dispatch(c.op(), c.inputs().stream().map(i -> i.on(device)).toList());
      return true;
    } catch (TensorException e) {
      return false; // The backend, or the op, does not take this type.
    }
  }

  private OnBackend on(Device device, Class<? extends Op> op, List<OpCase> cases) {
    Optional<KernelSource> source = device.source(op);
    if (source.isEmpty()) {
      String why = device.missing(op).orElseThrow();
      return new OnBackend(device.name(), source, why, List.of());
    }
    List<Measured> measured = new ArrayList<>();
    for (DType type : FLOATS) {
      measure(device, cases, type).ifPresent(measured::add);
    }
    return new OnBackend(device.name(), source, "", measured);
  }

  private Optional<Measured> measure(Device device, List<OpCase> cases, DType type) {
    int ran = 0;
    boolean anyFloats = false;
    double relative = 0;
    long integers = 0;
    boolean within = true;
    for (OpCase c : cases) {
      boolean floats = c.inputs().stream().anyMatch(i -> i.spec().dtype() == DType.F32);
      anyFloats |= floats || c.inputs().isEmpty();
      if (type != DType.F32 && !floats) {
        continue; // Integers only: the same case again.
      }
      OpCase wanted = type == DType.F32 ? c : c.in(type);
      try {
        CaseError e = CaseError.of(device, reference, wanted);
        relative = Math.max(relative, e.relative());
        integers += e.integers();
        within &= e.within(wanted);
        ran++;
      } catch (TensorException e) {
        continue; // The backend, or the op, does not take this type.
      }
    }
    return ran == 0
        ? Optional.empty()
        : Optional.of(
            new Measured(
                anyFloats ? type.toString() : "i32",
                type == DType.F32,
                ran,
                relative,
                integers,
                within));
  }

  /** The cases on which the derivative of an op is checked; none if it has no derivative. */
  public List<OpCase> gradientCases(Class<? extends Op> op) {
    return cases(op).stream().filter(GradCheck::applies).toList();
  }

  /**
   * Checks the derivative of an op on a case.
   *
   * @return the largest relative difference from central differences
   * @throws dev.maskrcnn.autograd.AutogradException if the rule is wrong
   */
  public double gradcheck(OpCase c) {
    return GradCheck.check(c, reference);
  }

  /** What of the benchmarks measures an op. */
  public static String benchmark(Class<? extends Op> op) {
    return "OpBenchmark -p op=" + op.getSimpleName();
  }

  @Override
  public void close() {
    devices.forEach(Device::close);
    reference.close();
  }
}

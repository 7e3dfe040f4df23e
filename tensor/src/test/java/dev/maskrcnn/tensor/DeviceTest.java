package dev.maskrcnn.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Accumulate;
import dev.maskrcnn.tensor.op.Pointwise.Add;
import dev.maskrcnn.tensor.reference.ReferenceBackend;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.ShapeException;
import dev.maskrcnn.tensor.shape.Spec;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The one door to the kernels. */
class DeviceTest {

  @Test
  void opensByName() {
    try (Device device = Device.open("Reference:0")) {
      assertEquals("reference", device.name());
    }
    DeviceException e = assertThrows(DeviceException.class, () -> Device.open("abacus:1"));
    assertTrue(e.getMessage().startsWith("device abacus:1: no such device"), e.getMessage());
    assertTrue(e.getMessage().contains("reference"), e.getMessage());
    assertThrows(DeviceException.class, () -> Device.open("reference:x"));
    assertThrows(DeviceException.class, () -> Device.open("reference:1"));
  }

  @Test
  void shapeErrorsNameOpShapesAndPlace() {
    try (Device device = Device.reference()) {
      Tensor a = device.zeros(Spec.of(DType.F32, 2, 3));
      Tensor b = device.zeros(Spec.of(DType.F32, 3, 2));
      device.enter("roi_heads");
      device.enter("box");
      ShapeException e = assertThrows(ShapeException.class, () -> a.add(b));
      for (String part : List.of("add:", "[2, 3] f32", "[3, 2] f32", "at roi_heads.box")) {
        assertTrue(e.getMessage().contains(part), e.getMessage());
      }
      device.leave();
      device.leave();
      assertEquals("", device.path());
    }
  }

  @Test
  void refusesTensorsOfAnotherDevice() {
    try (Device one = Device.reference();
        Device two = Device.reference()) {
      Tensor a = one.of(Shape.of(1), 1f);
      Tensor b = two.of(Shape.of(1), 1f);
      DeviceException e = assertThrows(DeviceException.class, () -> a.add(b));
      assertTrue(e.getMessage().contains("[1] f32"), e.getMessage());
    }
  }

  @Test
  void opWithoutKernelSaysWhy() {
    KernelTable table = new KernelTable("toy").absent(Add.class, "it cannot count");
    DeviceException e = assertThrows(DeviceException.class, () -> table.of(new Add()));
    assertEquals("Add[]: no toy kernel; it cannot count", e.getMessage());
    table.put(Add.class, call -> {});
    assertThrows(DeviceException.class, () -> table.put(Add.class, call -> {}));
    assertTrue(table.reasonAbsent(Add.class).isEmpty());
    KernelTable other = new KernelTable("other").put(Accumulate.class, call -> {});
    assertTrue(table.inherit(other).find(Accumulate.class).isPresent());
  }

  @Test
  void tellsListenersWhatRan() {
    try (Device device = Device.reference()) {
      List<String> heard = new ArrayList<>();
      OpListener listener = (op, in, out, nanos, path) -> heard.add(path + " " + op + in.size());
      device.listen(listener);
      Tensor a = device.of(Shape.of(1), 1f);
      device.enter("neck");
      a.add(a);
      device.unlisten(listener);
      a.add(a);
      assertEquals(List.of("neck Add[]2"), heard);
    }
  }

  @Test
  void mutatingOpsAdvanceTheVersion() {
    try (Device device = Device.reference()) {
      Tensor sum = device.of(Shape.of(2), 1f, 2f);
      Tensor part = device.of(Shape.of(2), 10f, 20f);
      long before = sum.storage().version();
      long untouched = part.storage().version();
      Op op = new Accumulate();
      assertEquals(List.of(), device.dispatch(op, List.of(sum, part)));
      assertArrayEquals(new float[] {11, 22}, sum.toFloats());
      assertTrue(sum.storage().version() > before);
      assertEquals(untouched, part.storage().version());
    }
  }

  @Test
  void hostDataRoundTrips() {
    try (Device device = Device.reference()) {
      Tensor f = device.of(Shape.of(3), 1f, -0f, Float.NaN);
      assertArrayEquals(new float[] {1, -0f, Float.NaN}, f.toFloats());
      assertArrayEquals(new int[] {3, -1}, device.of(Shape.of(2), 3, -1).toInts());
      assertArrayEquals(new double[] {0.1}, device.of(Shape.of(1), 0.1).toDoubles());
      Tensor bytes = device.of(Shape.of(2), (byte) 1, (byte) 255);
      assertArrayEquals(new int[] {1, 255}, bytes.toInts());
      assertArrayEquals(new double[] {1, 255}, bytes.toDoubles());
      assertArrayEquals(new float[6], device.zeros(Spec.of(DType.F32, 2, 3)).toFloats());
      Tensor copy = f.copy();
      assertArrayEquals(f.toFloats(), copy.toFloats());
      assertEquals(7, device.of(Shape.of(), 7f).item());
      assertThrows(ShapeException.class, f::item);
      assertThrows(ShapeException.class, f::toInts);
      assertThrows(ShapeException.class, () -> device.of(Shape.of(2), 1f));
      assertThrows(ShapeException.class, () -> f.reshape(Shape.of(2)));
    }
  }

  @Test
  @SuppressWarnings("try") // the frame frees what is made in it
  void steadyStateReservesNothingNew() {
    Backend backend = new ReferenceBackend();
    try (Device device = new Device(backend)) {
      Tensor a = device.zeros(Spec.of(DType.F32, 64, 33));
      long after = 0;
      for (int step = 0; step < 5; step++) {
        try (Frame frame = device.push("step")) {
          a.add(a).relu().scale(2).sum();
        }
        if (step == 0) {
          after = device.reservedBytes();
        }
        assertEquals(after, device.reservedBytes(), "step " + step);
      }
    }
    assertEquals(0, backend.reservedBytes());
  }
}

package dev.maskrcnn.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.shape.Shape;
import org.junit.jupiter.api.Test;

/** Lifetimes of tensors. */
@SuppressWarnings("try") // a frame works by being there
class FrameTest {
  private static final Shape TWO = Shape.of(2);

  @Test
  void leavingFreesWhatWasMade() {
    try (Device device = Device.reference()) {
      Tensor kept = device.of(TWO, 1f, 2f);
      Tensor sum;
      try (Frame frame = device.push("block")) {
        sum = kept.add(kept);
        kept.scale(3);
        assertEquals(2, frame.size());
        assertEquals(3, device.liveBlocks());
        assertEquals(24, device.liveBytes());
      }
      assertEquals(1, device.liveBlocks());
      assertTrue(kept.isOpen());
      assertFalse(sum.isOpen());
      assertEquals(24, device.peakBytes());
      device.resetPeak();
      assertEquals(8, device.peakBytes());
    }
  }

  @Test
  void useAfterCloseNamesOpAndRemedy() {
    try (Device device = Device.reference()) {
      Tensor a = device.of(TWO, 1f, 2f);
      Tensor lost;
      try (Frame frame = device.push("block")) {
        lost = a.scale(2);
      }
      FrameClosedException e = assertThrows(FrameClosedException.class, () -> a.add(lost));
      assertEquals(
          "tensor [2] f32 from Scale[factor=2.0] was used after its frame closed;"
              + " return it from the module or escape it",
          e.getMessage());
      assertThrows(FrameClosedException.class, lost::toFloats);
      assertThrows(FrameClosedException.class, lost::share);
      assertThrows(FrameClosedException.class, lost::storage);
    }
  }

  @Test
  void escapeHandsToTheFrameBelow() {
    try (Device device = Device.reference()) {
      Tensor a = device.of(TWO, 1f, 2f);
      try (Frame outer = device.push("outer")) {
        Tensor result;
        try (Frame inner = device.push("inner")) {
          result = inner.escape(a.scale(2));
          inner.escape(a); // belongs to the root: stays there
        }
        assertArrayEquals(new float[] {2, 4}, result.toFloats());
        assertEquals(1, outer.size());
      }
      assertEquals(1, device.liveBlocks());
      assertTrue(a.isOpen());
    }
  }

  @Test
  void aFrameApartOutlivesThoseOnTheStack() {
    try (Device device = Device.reference()) {
      Frame apart = device.apart("next batch");
      Tensor[] kept = new Tensor[1];
      try (Frame frame = device.push("step")) {
        apart.compute(() -> kept[0] = device.of(TWO, 1f, 2f));
        kept[0].scale(2);
        assertEquals(1, frame.size());
      }
      assertArrayEquals(new float[] {1, 2}, kept[0].toFloats());
      try (Frame frame = device.push("next step")) {
        apart.close();
      }
      assertEquals(0, device.liveBlocks());
      assertThrows(FrameClosedException.class, () -> apart.compute(() -> 0));
    }
  }

  @Test
  void framesCloseInReverseOrder() {
    try (Device device = Device.reference()) {
      Frame outer = device.push("outer");
      Frame inner = device.push("inner");
      FrameClosedException e = assertThrows(FrameClosedException.class, outer::close);
      assertEquals("frame outer closed while frame inner is on top of it", e.getMessage());
      inner.close();
      inner.close();
      outer.close();
    }
  }

  @Test
  void deviceThatClosesWithPromotedTensorThrows() {
    Device device = Device.reference();
    Tensor promoted;
    try (Frame frame = device.push("block")) {
      promoted = device.of(TWO, 1f, 2f).promote();
    }
    assertArrayEquals(new float[] {1, 2}, promoted.toFloats());
    FrameClosedException e = assertThrows(FrameClosedException.class, device::close);
    assertEquals(
        "device reference closed with 1 storages alive, 8 bytes;"
            + " close the tensors that were promoted or shared",
        e.getMessage());
  }

  @Test
  void deviceClosesFramesThatAreOpen() {
    Device device = Device.reference();
    device.push("a");
    device.push("b");
    Tensor t = device.of(TWO, 1f, 2f);
    device.close();
    assertFalse(t.isOpen());
  }

  @Test
  void promotedTensorIsClosedByItsOwner() {
    try (Device device = Device.reference()) {
      Tensor t = device.of(TWO, 1f, 2f).promote();
      t.close();
      t.close();
      assertEquals(0, device.liveBlocks());
    }
  }

  @Test
  void memoryLivesAsLongAsItsLastHandle() {
    try (Device device = Device.reference()) {
      Tensor second;
      try (Frame frame = device.push("block")) {
        Tensor first = device.of(TWO, 1f, 2f);
        Tensor view = first.reshape(Shape.of(2, 1));
        second = view.share();
      }
      assertEquals(1, device.liveBlocks());
      assertArrayEquals(new float[] {1, 2}, second.toFloats());
      second.close();
      assertEquals(0, device.liveBlocks());
    }
  }

  @Test
  void attachmentsCloseWithTheMemory() {
    try (Device device = Device.reference()) {
      int[] closed = new int[1];
      try (Frame frame = device.push("block")) {
        Tensor t = device.of(TWO, 1f, 2f);
        t.storage().attach("packed", () -> closed[0]++);
        assertEquals(0, closed[0]);
        t.share().close();
        assertEquals(0, closed[0]);
      }
      assertEquals(1, closed[0]);
    }
  }
}

package dev.maskrcnn.detection.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.maskrcnn.detection.CudaDevice;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Order, lifetimes and failures of batches on their way to a device. */
class UploadedBatchesTest {
  private static final RuntimeException BROKEN = new IllegalStateException("batch 3 is broken");

  private static UploadedBatches<Integer, Tensor> batches(
      Device device, int count, List<Integer> loaded) {
    Iterator<Integer> loader =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return loaded.size() < count;
          }

          @Override
          public Integer next() {
            if (loaded.size() == 3) {
              throw BROKEN;
            }
            loaded.add(loaded.size());
            return loaded.size() - 1;
          }
        };
    return new UploadedBatches<>(
        device,
        loader,
        (batch, number) -> {
          assertEquals(batch, number);
          Tensor t = device.of(Shape.of(2), batch, batch + 1f);
          return () -> t.add(t);
        });
  }

  private static void consume(Device device, int ahead) {
    List<Integer> loaded = new ArrayList<>();
    try (UploadedBatches<Integer, Tensor> batches = batches(device, 3, loaded)) {
      for (int i = 0; i < 3; i++) {
        try (UploadedBatches.Batch<Integer, Tensor> batch = batches.next()) {
          batches.ahead();
          batches.ahead();
          assertEquals(i, batch.host());
          assertEquals(Math.min(3, i + 1 + ahead), loaded.size());
          assertEquals(2 * i, batch.tensors().toFloats()[0]);
        }
      }
      assertFalse(batches.hasNext());
    }
    assertEquals(0, device.liveBlocks());
  }

  @Test
  void aHostLoadsWhatIsAskedFor() {
    try (Device device = Device.cpu()) {
      consume(device, 0);
    }
  }

  @Test
  void aDeviceIsSentTheNextOne() {
    try (Device device = CudaDevice.open()) {
      consume(device, 1);
    }
  }

  /** The batch before the broken one is still computed. */
  @Test
  void aFailureComesWithItsBatch() {
    try (Device device = CudaDevice.open();
        UploadedBatches<Integer, Tensor> batches = batches(device, 5, new ArrayList<>())) {
      for (int i = 0; i < 3; i++) {
        try (UploadedBatches.Batch<Integer, Tensor> batch = batches.next()) {
          batches.ahead();
          assertEquals(2 * i + 2, batch.tensors().toFloats()[1]);
        }
      }
      assertSame(BROKEN, assertThrows(RuntimeException.class, batches::next));
    }
  }

  @Test
  void whatIsUnderWayCanBeDropped() {
    try (Device device = CudaDevice.open()) {
      try (UploadedBatches<Integer, Tensor> batches = batches(device, 3, new ArrayList<>())) {
        batches.next().close();
        batches.ahead();
      }
      assertEquals(0, device.liveBlocks());
    }
  }
}

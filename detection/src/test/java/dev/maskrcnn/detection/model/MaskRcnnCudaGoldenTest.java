package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.CudaDevice;
import dev.maskrcnn.tensor.Device;
import java.util.List;

/** The same steps and detections on a CUDA device, by default the emulated one. */
class MaskRcnnCudaGoldenTest extends MaskRcnnGoldenTest {
  @Override
  List<String> cases() {
    return List.of("01_mask_r50_fpn", "05_mask_r50_fpn_gn");
  }

  @Override
  Device open() {
    return CudaDevice.open();
  }
}

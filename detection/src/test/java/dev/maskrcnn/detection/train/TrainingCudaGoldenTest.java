package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.CudaDevice;
import java.util.List;

/** The same runs on a CUDA device, by default the emulated one. */
class TrainingCudaGoldenTest extends TrainingGoldenTest {
  @Override
  List<String> cases() {
    return List.of("01_mask_r50_fpn", "05_mask_r50_fpn_gn");
  }

  @Override
  String device() {
    CudaDevice.open().close();
    return CudaDevice.name();
  }
}

package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.Device;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Compares a device with numbers that other systems computed: golden case 16 (maskrcnn-benchmark,
 * torch, pycocotools) and literals of the test suites of maskrcnn-benchmark, detectron2 and
 * torchvision. The tolerances are those of the recordings. Subclass it in the backend's package.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class OperatorGoldens {
  private Device device;

  /** Opens the device under test; it is closed after the last test. */
  protected abstract Device open();

  @BeforeAll
  void openDevice() {
    device = open();
  }

  @AfterAll
  void closeDevice() {
    if (device != null) {
      device.close();
    }
  }

  @TestFactory
  List<DynamicTest> layersAndLosses() {
    return new LayerGoldens(Golden.operators(), new Bench(device)).tests();
  }

  @TestFactory
  List<DynamicTest> boxes() {
    return new BoxGoldens(Golden.operators(), new Bench(device)).tests();
  }

  @TestFactory
  List<DynamicTest> regionsAndMasks() {
    return new RegionGoldens(Golden.operators(), new Bench(device)).tests();
  }

  @TestFactory
  List<DynamicTest> literalBoxes() {
    return new BoxLiterals(new Bench(device)).tests();
  }

  @TestFactory
  List<DynamicTest> literalHeads() {
    return new HeadLiterals(new Bench(device)).tests();
  }
}

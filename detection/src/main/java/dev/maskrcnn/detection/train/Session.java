package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.model.Conventions;
import dev.maskrcnn.detection.model.MaskRcnn;
import dev.maskrcnn.detection.model.ModelSettings;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.op.Op;
import java.util.List;
import java.util.stream.Collectors;

/** A device with a model on it, as a configuration describes them. */
final class Session implements AutoCloseable {
  private static final List<Class<? extends Op>> EVERY_MODEL =
      List.of(Conv2d.class, ConvTranspose2d.class, MatMul.class);

  private final Device device;
  private final Config config;
  private final MaskRcnn model;

  private Session(Device device, Config config, MaskRcnn model) {
    this.device = device;
    this.config = config;
    this.model = model;
  }

  /**
   * Opens a device and builds the model with initial weights.
   *
   * @throws RunException if the configuration asks for what the device cannot do, or the device
   *     lacks kernels that every model needs
   */
  static Session open(String deviceName, Config config, long seed) {
    String type = config.text("DTYPE");
    if (!type.equals("float32")) {
      throw new RunException(
          "DTYPE: device %s computes in float32, got \"%s\" in %s; set DTYPE float32"
              .formatted(deviceName, type, config.origin("DTYPE")));
    }
    ModelSettings settings = ModelSettings.of(config, Conventions.MASKRCNN_BENCHMARK);
    Device device = Device.open(deviceName);
    MaskRcnn model = null;
    try {
      requireKernels(device);
      model = new MaskRcnn(device, settings, seed);
      return new Session(device, config, model);
    } finally {
      if (model == null) {
        device.close();
      }
    }
  }

  /**
   * Refuses a device that lacks what every model is made of, before a run begins on it.
   *
   * @throws RunException naming the ops and the device's reasons
   */
  static void requireKernels(Device device) {
    List<Class<? extends Op>> missing =
        EVERY_MODEL.stream().filter(op -> device.kernels().find(op).isEmpty()).toList();
    if (missing.isEmpty()) {
      return;
    }
    String reasons =
        missing.stream()
            .flatMap(op -> device.kernels().reasonAbsent(op).stream())
            .distinct()
            .collect(Collectors.joining(", "));
    throw new RunException(
        ("device %s: models need ops that have no kernel on it (%s%s); use --device cpu")
            .formatted(
                device.name(),
                missing.stream().map(Class::getSimpleName).collect(Collectors.joining(", ")),
                reasons.isEmpty() ? "" : ": " + reasons));
  }

  Device device() {
    return device;
  }

  Config config() {
    return config;
  }

  MaskRcnn model() {
    return model;
  }

  double boxOffset() {
    return model.settings().conventions().boxOffset();
  }

  /** Whether the model is an RPN alone, which finds boxes of no class. */
  boolean proposalsOnly() {
    return model.settings().rpn().alone();
  }

  boolean hasMasks() {
    return model.settings().mask().present();
  }

  @Override
  public void close() {
    try {
      model.close();
    } finally {
      device.close();
    }
  }
}

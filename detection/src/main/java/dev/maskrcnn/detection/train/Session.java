package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.model.Conventions;
import dev.maskrcnn.detection.model.MaskRcnn;
import dev.maskrcnn.detection.model.ModelSettings;
import dev.maskrcnn.tensor.Device;

/** A device with a model on it, as a configuration describes them. */
final class Session implements AutoCloseable {
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
   * @throws RunException if the configuration asks for what the device cannot do
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
      model = new MaskRcnn(device, settings, seed);
      return new Session(device, config, model);
    } finally {
      if (model == null) {
        device.close();
      }
    }
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

package dev.maskrcnn.detection.engine;

import dev.maskrcnn.autograd.Autocast;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.model.MaskRcnn;
import dev.maskrcnn.detection.model.ModelSettings;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.device.DeviceChoice;
import dev.maskrcnn.tensor.device.HalfPrecision;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** A device with a model on it, as a configuration describes them. */
public final class Session implements AutoCloseable {
  private static final List<Class<? extends Op>> EVERY_MODEL =
      List.of(Conv2d.class, ConvTranspose2d.class, MatMul.class);

  private final Device device;
  private final Config config;
  private final MaskRcnn model;
  private final Autocast precision;
  private final Optional<HalfPrecision> half;
  private final DetectionPasses detections;
  private final RunLog log;
  private final Set<String> noted = new HashSet<>();

  private Session(
      Device device,
      Config config,
      MaskRcnn model,
      Autocast precision,
      Optional<HalfPrecision> half,
      RunLog log) {
    this.device = device;
    this.config = config;
    this.model = model;
    this.precision = precision;
    this.detections =
        new DetectionPasses(
            model, PassGraphs.Limits.usual(), line -> log.warning(Loggers.INFERENCE, line));
    this.half = half;
    this.log = log;
  }

  private static Autocast precision(Config config) {
    return switch (config.text("DTYPE")) {
      case "float32" -> Autocast.OFF;
      case "float16" -> Autocast.to(DType.F16);
      case "bfloat16" -> Autocast.to(DType.BF16);
      default ->
          throw new RunException(
              "DTYPE: got \"%s\" in %s, expected float32, float16 or bfloat16"
                  .formatted(config.text("DTYPE"), config.origin("DTYPE")));
    };
  }

  /** Says where the settings ask for what this device does otherwise. */
  private void report() {
    BatchPipeline.oddSizes(config).forEach(line -> log.warning(Loggers.DATA, line));
    half.ifPresent(this::reportPrecision);
    if (device.captures() && DetectionPasses.waits(model)) {
      log.warning(
          Loggers.RUN,
          "TEST.BBOX_AUG.ENABLED True: an inference pass waits for device %s on its way, so it is"
                  .formatted(device.name())
              + " not captured as a CUDA graph");
    }
  }

  /** What a precision comes to that the device has no tensors of. */
  private void reportPrecision(HalfPrecision answer) {
    String what = "DTYPE %s on device %s: ".formatted(config.text("DTYPE"), device.name());
    if (answer.use() == HalfPrecision.Use.OPERANDS) {
      log.info(
          Loggers.RUN,
          what
              + "operands of convolutions and matrix products, all else float32; "
              + answer.reason());
    } else {
      log.warning(Loggers.RUN, what + "computing in float32; " + answer.reason());
    }
  }

  /**
   * How losses are scaled: dynamically for float16, whose gradients vanish otherwise; elsewhere
   * not, but where the loss is seen only after the update, updates that are not finite are skipped.
   */
  public LossScaling scaling() {
    if (precision.isOn() && precision.half() == DType.F16) {
      return LossScaling.dynamic();
    }
    return device.readsAreFree() ? LossScaling.none() : LossScaling.guarded();
  }

  /**
   * Opens a device and builds the model with initial weights.
   *
   * @param log is told, now and later, where the device does not do what the settings ask for
   * @throws RunException if the configuration asks for what the device cannot do, or the device
   *     lacks kernels that every model needs
   */
  public static Session open(DeviceChoice choice, Config given, long seed, RunLog log) {
    Config config = Family.withDefaults(given);
    Autocast wanted = precision(config);
    ModelSettings settings = ModelSettings.of(config, Family.conventions(config));
    Device device = Device.open(HalfDecision.applied(choice, config));
    try {
      device.warnings(line -> log.warning(Loggers.RUN, line));
      requireKernels(device);
      Optional<HalfPrecision> half =
          Optional.of(wanted)
              .filter(Autocast::isOn)
              .map(w -> device.halves(w.half()))
              .filter(answer -> answer.use() != HalfPrecision.Use.TENSORS);
      Autocast precision = half.isEmpty() ? wanted : Autocast.OFF;
      MaskRcnn model = new MaskRcnn(device, settings, seed, precision);
      Session session =
          new Session(device, HalfDecision.decided(config, half), model, precision, half, log);
      session.report();
      return session;
    } catch (RuntimeException | Error e) {
      closeAfter(e, device);
      throw e;
    }
  }

  /** The same, without a word. */
  public static Session open(String deviceName, Config config, long seed) {
    return open(DeviceChoice.of(deviceName), config, seed, RunLog.silent());
  }

  /** Closes what a failure leaves open; what that throws in turn does not hide the failure. */
  public static void closeAfter(Throwable failure, AutoCloseable open) {
    try {
      open.close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Refuses a device that lacks what every model is made of, before a run begins on it.
   *
   * @throws RunException naming the ops and the device's reasons
   */
  static void requireKernels(Device device) {
    List<Class<? extends Op>> missing =
        EVERY_MODEL.stream().filter(op -> device.missing(op).isPresent()).toList();
    if (missing.isEmpty()) {
      return;
    }
    String reasons =
        missing.stream()
            .flatMap(op -> device.missing(op).stream())
            .distinct()
            .collect(Collectors.joining(", "));
    throw new RunException(
        ("device %s: models need ops that have no kernel on it (%s%s); use --device cpu")
            .formatted(
                device.name(),
                missing.stream().map(Class::getSimpleName).collect(Collectors.joining(", ")),
                reasons.isEmpty() ? "" : ": " + reasons));
  }

  public Device device() {
    return device;
  }

  /** Writes a warning about data into the log. */
  void warn(String line) {
    log.warning(Loggers.DATA, line);
  }

  /** Writes a line into the log, unless it was written before. */
  void noteOnce(String line) {
    if (noted.add(line)) {
      log.info(Loggers.INFERENCE, line);
    }
  }

  public Config config() {
    return config;
  }

  public MaskRcnn model() {
    return model;
  }

  /** The inference passes; their graphs are freed by who changes weights. */
  public DetectionPasses detections() {
    return detections;
  }

  public double boxOffset() {
    return model.settings().conventions().boxOffset();
  }

  public boolean continuousPaste() {
    return model.settings().conventions().masks().continuousPaste();
  }

  /** Whether the model is an RPN alone, which finds boxes of no class. */
  public boolean proposalsOnly() {
    return model.settings().heads().isEmpty();
  }

  public boolean hasMasks() {
    return model.settings().mask().isPresent();
  }

  @Override
  public void close() {
    try {
      detections.close();
      model.close();
    } finally {
      device.close();
    }
  }
}

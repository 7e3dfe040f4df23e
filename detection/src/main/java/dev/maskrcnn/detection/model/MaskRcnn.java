package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Autocast;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import dev.maskrcnn.nn.StateDict;
import dev.maskrcnn.tensor.ArrayOps;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Movement.GatherRows;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Mask R-CNN (He et al. 2017) on a ResNet with or without a feature pyramid; Faster R-CNN where the
 * settings have no mask head, an RPN alone where they have no heads at all. {@link #losses} is the
 * training pass, {@link #detect} the inference pass. The caller opens a frame around either.
 */
public final class MaskRcnn implements AutoCloseable {
  private final ModelSettings settings;
  private final Device device;
  private final Autocast precision;
  private final StateDict state;
  private final ResNet body;
  private final FeaturePyramid fpn;
  private final RpnHead rpn;
  private final BoxHead box;
  private final MaskHead mask;
  private final AnchorPyramid anchors;
  private final ProposalSelector selector;
  private final RoiSampler sampler;
  private final RoiPooler boxPooler;
  private final RoiPooler maskPooler;
  private final DetectionSelector detections;

  /** Builds a model with initial weights drawn from the seed, which computes in float32. */
  public MaskRcnn(Device device, ModelSettings settings, long seed) {
    this(device, settings, seed, Autocast.OFF);
  }

  /** Builds a model that computes in a precision; its weights are float32 in any case. */
  public MaskRcnn(Device device, ModelSettings settings, long seed, Autocast precision) {
    this.settings = settings;
    this.precision = precision;
    this.device = device;
    Scope root = Scope.root(device, seed);
    this.state = root.state();
    this.body = new ResNet(root.child("backbone.body"), settings);
    this.fpn =
        settings.fpn().present()
            ? new FeaturePyramid(root.child("backbone.fpn"), settings, body.widths())
            : null;
    this.anchors = new AnchorPyramid(settings);
    this.rpn = new RpnHead(root.child("rpn.head"), settings.fpn().width(), anchors.perCell());
    Conventions conventions = settings.conventions();
    double canonical = settings.roi().canonicalSize();
    if (settings.rpn().alone()) {
      this.box = null;
      this.boxPooler = null;
    } else {
      this.box = new BoxHead(root.child("roi_heads.box"), settings);
      this.boxPooler = new RoiPooler(settings.box().pool(), canonical, conventions);
    }
    if (settings.mask().present()) {
      Scope shared = root.child("roi_heads.box.feature_extractor");
      this.mask = new MaskHead(root.child("roi_heads.mask"), settings, box, shared);
      this.maskPooler = new RoiPooler(settings.mask().pool(), canonical, conventions);
    } else {
      this.mask = null;
      this.maskPooler = null;
    }
    this.selector = new ProposalSelector(settings);
    this.sampler = new RoiSampler(settings);
    this.detections = new DetectionSelector(settings);
  }

  /** All parameters and buffers under the original's names. */
  public StateDict state() {
    return state;
  }

  /** The settings that shaped this model. */
  public ModelSettings settings() {
    return settings;
  }

  /** Where the model lives. */
  public Device device() {
    return device;
  }

  /** Pyramid, RPN outputs over all levels and anchors of a batch. */
  private record Trunk(
      List<Variable> pyramid, List<Variable> logits, List<Variable> deltas, List<Tensor> anchors) {}

  /** The levels of the pyramid, or the last map of the body alone. */
  private List<Variable> features(Pass pass, Input input) {
    List<Variable> stages = body.forward(pass, pass.constant(input.images()));
    return fpn == null
        ? stages.subList(stages.size() - 1, stages.size())
        : fpn.forward(pass, stages);
  }

  private Trunk trunk(Pass pass, Input input, Stages stages) {
    List<Variable> pyramid = features(pass, input);
    List<Variable> logits = new ArrayList<>();
    List<Variable> deltas = new ArrayList<>();
    List<Shape> shapes = new ArrayList<>();
    for (int l = 0; l < pyramid.size(); l++) {
      List<Variable> out = rpn.forward(pass, pyramid.get(l));
      logits.add(out.get(0));
      deltas.add(out.get(1));
      shapes.add(pyramid.get(l).shape());
      stages.stage("features/" + l, pyramid.get(l).value());
      stages.stage("rpn_objectness/" + l, out.get(0).value());
      stages.stage("rpn_bbox_reg/" + l, out.get(1).value());
    }
    Shape batch = input.images().shape();
    List<Tensor> grid =
        under("rpn.anchors", () -> anchors.levels(device, shapes, batch.dim(1), batch.dim(2)));
    for (int l = 0; l < grid.size(); l++) {
      stages.stage("anchors/" + l, grid.get(l));
    }
    return new Trunk(pyramid, logits, deltas, grid);
  }

  /** Runs what belongs to no layer under a path of its own, for messages and inspection. */
  private <T> T under(String path, Supplier<T> body) {
    device.enter(path);
    try {
      return body.get();
    } finally {
      device.leave();
    }
  }

  private Proposals proposals(Trunk trunk, Tensor sizes, boolean training) {
    List<ProposalSelector.Level> levels = new ArrayList<>();
    for (int l = 0; l < trunk.anchors().size(); l++) {
      levels.add(
          new ProposalSelector.Level(
              Autocast.widened(trunk.logits().get(l).value()),
              Autocast.widened(trunk.deltas().get(l).value()),
              trunk.anchors().get(l)));
    }
    return under("rpn.proposals", () -> selector.select(levels, sizes, training));
  }

  /**
   * The losses of a batch by name: {@code loss_objectness, loss_rpn_box_reg}; with heads {@code
   * loss_classifier, loss_box_reg}; with masks {@code loss_mask}.
   *
   * @param tape records the pass; differentiate the sum of the losses with it
   * @param draw random numbers of this step: streams {@code offset … offset + 2N − 1} are used
   */
  public Map<String, Variable> losses(
      Tape tape, Input input, Targets truth, Draw draw, Stages stages) {
    Pass pass = Pass.training(tape).in(precision);
    Trunk trunk = trunk(pass, input, stages);
    Map<String, Variable> losses = new LinkedHashMap<>();
    under("rpn.loss", () -> rpnLosses(trunk, input, truth, draw, stages)).forEach(losses::put);
    if (box == null) {
      return losses;
    }
    int n = input.sizes().shape().dim(0);
    Proposals proposals = proposals(trunk, input.sizes(), true);
    RoiSampler.Sample sample =
        under("roi_heads.sampling", () -> sampler.sample(proposals, truth, draw.skip(n)));
    stages.stage("proposals/boxes", sample.candidates().boxes());
    stages.stage("proposals/counts", sample.candidates().counts());
    stages.stage("proposals/scores", proposals.scores());
    stages.stage("box_matched_idxs", sample.matched());
    stages.stage("box_rois", sample.rois());
    stages.stage("box_labels", sample.labels());
    stages.stage("box_reg_targets", sample.deltas());
    stages.stage("roi_levels", under("roi_heads.sampling", () -> boxPooler.levels(sample.rois())));
    Variable pooled =
        under(
            "roi_heads.box.pooler",
            () -> boxPooler.pool(trunk.pyramid(), sample.rois(), Variable::constant));
    BoxHead.Output head = box.forward(pass, pooled);
    stages.stage("box_pooled", pooled.value());
    stages.stage("box_features", head.features().value());
    stages.stage("class_logits", head.logits().value());
    stages.stage("box_regression", head.deltas().value());
    String loss = "roi_heads.box.loss";
    double beta = settings.conventions().losses().boxBeta();
    losses.put("loss_classifier", under(loss, () -> RoiLosses.classifier(head, sample)));
    losses.put("loss_box_reg", under(loss, () -> RoiLosses.boxes(head, sample, beta)));
    if (mask != null) {
      Variable shared = settings.mask().shared() ? head.features() : null;
      losses.put("loss_mask", maskLoss(pass, trunk, truth, new Sampled(sample, shared), stages));
    }
    return losses;
  }

  private Map<String, Variable> rpnLosses(
      Trunk trunk, Input input, Targets truth, Draw draw, Stages stages) {
    Map<String, Variable> losses = new LinkedHashMap<>();
    Tensor all = join(trunk.anchors(), 0);
    RpnTargets targets = RpnTargets.of(settings, all, input.sizes(), truth, draw);
    stages.stage("rpn_matched_idxs", targets.matched());
    stages.stage("rpn_labels", targets.labels());
    stages.stage("rpn_targets", targets.deltas());
    Variable logits = join(trunk.logits(), 1);
    Variable deltas = join(trunk.deltas(), 1);
    RoiLosses.RpnRule rule = RoiLosses.RpnRule.of(settings);
    losses.put("loss_objectness", RoiLosses.objectness(logits, targets, rule));
    losses.put("loss_rpn_box_reg", RoiLosses.rpnBoxes(deltas, targets, rule));
    return losses;
  }

  private static <T extends ArrayOps<T>> T join(List<T> levels, int axis) {
    T first = levels.get(0);
    return levels.size() == 1 ? first : first.concat(levels.subList(1, levels.size()), axis);
  }

  /** The RoIs of a step, and their box features if the mask head shares them, else null. */
  private record Sampled(RoiSampler.Sample sample, Variable features) {}

  private Variable maskLoss(Pass pass, Trunk trunk, Targets truth, Sampled sampled, Stages stages) {
    RoiSampler.Positives positives =
        under("roi_heads.mask.positives", () -> sampler.positives(sampled.sample()));
    int side = settings.mask().resolution();
    Tensor targets =
        under("roi_heads.mask.targets", () -> MaskTargetMaker.of(truth, positives, side));
    Variable logits;
    if (sampled.features() == null) {
      Variable pooled = maskPool(trunk, positives.rois());
      stages.stage("mask_pooled", pooled.value());
      logits = mask.forward(pass, pooled);
    } else {
      List<Variable> rows = List.of(sampled.features(), Variable.constant(positives.rows()));
      Variable own =
          under(
              "roi_heads.mask.positives",
              () -> sampled.features().bind(new GatherRows(), rows).get(0));
      logits = mask.ofFeatures(pass, own);
    }
    stages.stage("mask_positive_index", positives.rows());
    stages.stage("mask_labels", positives.labels());
    stages.stage("mask_targets", targets);
    stages.stage("mask_logits", logits.value());
    return under("roi_heads.mask.loss", () -> RoiLosses.masks(logits, positives.labels(), targets));
  }

  private Variable maskPool(Trunk trunk, Tensor rois) {
    return under(
        "roi_heads.mask.pooler", () -> maskPooler.pool(trunk.pyramid(), rois, Variable::constant));
  }

  /**
   * Finds objects; one result per image, in order. An RPN alone gives its proposals, best first,
   * with label 0. Masks come from the images as they are, also where boxes come from the mirrored
   * ones too.
   */
  public List<Detections> detect(Input input, Stages stages) {
    try (DeviceDetections found = find(input, stages)) {
      return found.toHost();
    }
  }

  /**
   * The part of {@link #detect} that a device does. Where {@link Device#readsAreFree} says no, it
   * waits for nothing, unless the mirrored images are looked at too.
   */
  public DeviceDetections find(Input input, Stages stages) {
    Pass pass = Pass.inference(device).in(precision);
    try (Frame frame = device.push("detect")) {
      Trunk trunk = trunk(pass, input, stages);
      Proposals proposals = proposals(trunk, input.sizes(), false);
      stages.stage("proposals/boxes", proposals.boxes());
      stages.stage("proposals/scores", proposals.scores());
      stages.stage("proposals/counts", proposals.counts());
      if (box == null) {
        return DetectionSelector.withoutClasses(proposals).with(Optional.empty(), 1).promote();
      }
      Candidates candidates = candidates(pass, trunk, proposals, stages);
      if (settings.roi().mirrored()) {
        candidates = candidates.and(mirrored(pass, input));
      }
      DetectionSelector.Selection found = detections.select(candidates, input.sizes());
      Optional<Tensor> probabilities =
          mask == null ? Optional.empty() : masks(pass, trunk, found, stages);
      return found.with(probabilities, settings.mask().resolution()).promote();
    }
  }

  private Candidates candidates(Pass pass, Trunk trunk, Proposals proposals, Stages stages) {
    Tensor rois = detections.rois(proposals);
    Variable pooled = boxPooler.pool(trunk.pyramid(), rois, Variable::constant);
    BoxHead.Output head = box.forward(pass, pooled);
    stages.stage("class_logits", head.logits().value());
    stages.stage("box_regression", head.deltas().value());
    return new Candidates(
        proposals,
        Autocast.widened(head.logits().value()),
        Autocast.widened(head.deltas().value()));
  }

  /** What is found in the mirrored images, mirrored back. */
  private Candidates mirrored(Pass pass, Input input) {
    Mirror mirror = new Mirror(input.sizes(), settings.conventions().boxOffset());
    Input images = mirror.images(input);
    Trunk trunk = trunk(pass, images, Stages.NONE);
    Proposals proposals = proposals(trunk, input.sizes(), false);
    return mirror.candidates(candidates(pass, trunk, proposals, Stages.NONE));
  }

  /** Mask probabilities {@code [D,M,M]} of the class of each detection, if there is any. */
  private Optional<Tensor> masks(
      Pass pass, Trunk trunk, DetectionSelector.Selection found, Stages stages) {
    PresentRows rows = found.rows(settings.roi().detections());
    if (rows.count() == 0) {
      return Optional.empty();
    }
    Variable pooled = maskPool(trunk, found.rois(rows));
    Tensor logits = mask.forward(pass, pooled).value();
    stages.stage("mask_logits", logits);
    Tensor own = DetectionSelector.ofClass(logits, rows.labels(found.labels()));
    return Optional.of(Autocast.widened(own).sigmoid());
  }

  /** Frees the parameters. */
  @Override
  public void close() {
    state.close();
  }
}

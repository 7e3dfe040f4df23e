package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Autocast;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.config.ConfigException;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import dev.maskrcnn.nn.StateDict;
import dev.maskrcnn.tensor.ArrayOps;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Mask R-CNN (He et al. 2017) on a backbone with or without a feature pyramid; Faster R-CNN where
 * the settings have no mask head, an RPN alone where they have no heads at all. {@link #losses} is
 * the training pass, {@link #detect} the inference pass. The caller opens a frame around either.
 */
public final class MaskRcnn implements AutoCloseable {
  private final ModelSettings settings;
  private final Device device;
  private final Autocast precision;
  private final StateDict state;
  private final Backbone body;
  private final Optional<FeaturePyramid> pyramid;
  private final RpnHead rpn;
  private final AnchorPyramid anchors;
  private final ProposalSelector selector;
  private final Optional<RoiHeads> heads;

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
    Conventions conventions = settings.conventions();
    state = root.state();
    body = settings.backbone().make(root.child("backbone.body"));
    requireStrides();
    int[] widths = body.widths();
    pyramid =
        settings.pyramid().map(p -> new FeaturePyramid(root.child("backbone.fpn"), p, widths));
    int channels =
        settings.pyramid().map(ModelSettings.Pyramid::width).orElse(widths[widths.length - 1]);
    anchors = new AnchorPyramid(settings.rpn().anchors(), conventions.geometry().anchors());
    rpn = new RpnHead(root.child("rpn.head"), channels, settings.rpn().anchors().perCell());
    heads = settings.heads().map(h -> new RoiHeads(root, h, conventions, channels));
    selector = new ProposalSelector(settings.rpn().proposals(), conventions);
  }

  /** Anchors that lie elsewhere than the pixels of the maps are of no use. */
  private void requireStrides() {
    int[] maps = body.strides();
    int last = maps[maps.length - 1];
    int[] strides;
    if (settings.pyramid().isPresent()) {
      strides = Arrays.copyOf(maps, maps.length + 1);
      strides[maps.length] = 2 * last;
    } else {
      strides = new int[] {last};
    }
    int[] given = settings.rpn().anchors().strides();
    if (!Arrays.equals(strides, given)) {
      throw new ConfigException(
          "MODEL.RPN.ANCHOR_STRIDE: the maps have strides %s, got %s"
              .formatted(Arrays.toString(strides), Arrays.toString(given)));
    }
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
    List<Variable> maps = body.forward(pass, pass.constant(input.images()));
    return pyramid.isPresent()
        ? pyramid.get().forward(pass, maps)
        : maps.subList(maps.size() - 1, maps.size());
  }

  private Trunk trunk(Pass pass, Input input, Stages stages) {
    List<Variable> levels = features(pass, input);
    List<Variable> logits = new ArrayList<>();
    List<Variable> deltas = new ArrayList<>();
    List<Shape> shapes = new ArrayList<>();
    for (int l = 0; l < levels.size(); l++) {
      List<Variable> out = rpn.forward(pass, levels.get(l));
      logits.add(out.get(0));
      deltas.add(out.get(1));
      shapes.add(levels.get(l).shape());
      stages.stage("features/" + l, levels.get(l).value());
      stages.stage("rpn_objectness/" + l, out.get(0).value());
      stages.stage("rpn_bbox_reg/" + l, out.get(1).value());
    }
    Shape batch = input.images().shape();
    List<Tensor> grid =
        pass.under("rpn.anchors", () -> anchors.levels(device, shapes, batch.dim(1), batch.dim(2)));
    for (int l = 0; l < grid.size(); l++) {
      stages.stage("anchors/" + l, grid.get(l));
    }
    return new Trunk(levels, logits, deltas, grid);
  }

  private Proposals proposals(Pass pass, Trunk trunk, Tensor sizes) {
    List<ProposalSelector.Level> levels = new ArrayList<>();
    for (int l = 0; l < trunk.anchors().size(); l++) {
      levels.add(
          new ProposalSelector.Level(
              Autocast.widened(trunk.logits().get(l).value()),
              Autocast.widened(trunk.deltas().get(l).value()),
              trunk.anchors().get(l)));
    }
    return pass.under("rpn.proposals", () -> selector.select(levels, sizes, pass.training()));
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
    pass.under("rpn.loss", () -> rpnLosses(trunk, input, truth, draw, stages)).forEach(losses::put);
    if (heads.isPresent()) {
      Proposals proposals = proposals(pass, trunk, input.sizes());
      int images = input.sizes().shape().dim(0);
      RoiHeads.Work work = new RoiHeads.Work(pass, trunk.pyramid(), stages);
      losses.putAll(heads.get().losses(work, proposals, truth, draw.skip(images)));
    }
    return losses;
  }

  private Map<String, Variable> rpnLosses(
      Trunk trunk, Input input, Targets truth, Draw draw, Stages stages) {
    Map<String, Variable> losses = new LinkedHashMap<>();
    Conventions conventions = settings.conventions();
    Tensor all = join(trunk.anchors(), 0);
    RpnTargets targets =
        new RpnTargets.Rule(settings.rpn(), conventions.boxOffset())
            .targets(all, input.sizes(), truth, draw);
    stages.stage("rpn_matched_idxs", targets.matched());
    stages.stage("rpn_labels", targets.labels());
    stages.stage("rpn_targets", targets.deltas());
    Variable logits = join(trunk.logits(), 1);
    Variable deltas = join(trunk.deltas(), 1);
    RoiLosses.RpnRule rule =
        RoiLosses.RpnRule.of(conventions.losses(), settings.rpn().sampling().batch());
    losses.put("loss_objectness", RoiLosses.objectness(logits, targets, rule));
    losses.put("loss_rpn_box_reg", RoiLosses.rpnBoxes(deltas, targets, rule));
    return losses;
  }

  private static <T extends ArrayOps<T>> T join(List<T> levels, int axis) {
    T first = levels.get(0);
    return levels.size() == 1 ? first : first.concat(levels.subList(1, levels.size()), axis);
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
      Proposals proposals = proposals(pass, trunk, input.sizes());
      stages.stage("proposals/boxes", proposals.boxes());
      stages.stage("proposals/scores", proposals.scores());
      stages.stage("proposals/counts", proposals.counts());
      if (heads.isEmpty()) {
        return DeviceDetections.withoutClasses(proposals).promote();
      }
      RoiHeads.Work work = new RoiHeads.Work(pass, trunk.pyramid(), stages);
      Candidates candidates = heads.get().candidates(work, proposals);
      if (settings.heads().get().detections().mirrored()) {
        candidates = candidates.and(mirrored(pass, heads.get(), input));
      }
      return heads.get().detections(work, candidates, input.sizes()).promote();
    }
  }

  /** What is found in the mirrored images, mirrored back. */
  private Candidates mirrored(Pass pass, RoiHeads roi, Input input) {
    Mirror mirror = new Mirror(input.sizes(), settings.conventions().boxOffset());
    Trunk trunk = trunk(pass, mirror.images(input), Stages.NONE);
    Proposals proposals = proposals(pass, trunk, input.sizes());
    RoiHeads.Work work = new RoiHeads.Work(pass, trunk.pyramid(), Stages.NONE);
    return mirror.candidates(roi.candidates(work, proposals));
  }

  /** Frees the parameters. */
  @Override
  public void close() {
    state.close();
  }
}

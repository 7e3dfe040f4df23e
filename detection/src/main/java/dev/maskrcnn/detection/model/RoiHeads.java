package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Autocast;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.ModelSettings.BoxHeadFeatures;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Movement.GatherRows;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What looks at the regions that the RPN proposes: the box head and, perhaps, the mask head, with
 * sampling and losses for training and the choice of detections for inference.
 */
final class RoiHeads {
  private final ModelSettings.Heads settings;
  private final double boxBeta;
  private final RoiSampler sampler;
  private final RoiPooler boxPooler;
  private final BoxHead box;
  private final DetectionSelector selector;
  private final Optional<Masks> masks;

  /**
   * The mask head and what belongs to it.
   *
   * @param shared it works on the features of the box head
   */
  private record Masks(MaskHead head, RoiPooler pooler, boolean shared, int resolution) {}

  /** A pass over a batch: the maps to pool from, and who is shown what is computed. */
  record Work(Pass pass, List<Variable> pyramid, Stages stages) {}

  /**
   * The heads below {@code roi_heads}.
   *
   * @param channels of the maps that they pool from
   */
  RoiHeads(Scope root, ModelSettings.Heads settings, Conventions conventions, int channels) {
    this.settings = settings;
    boxBeta = conventions.losses().boxBeta();
    sampler = new RoiSampler(settings, conventions.boxOffset());
    selector = new DetectionSelector(settings, conventions);
    boxPooler = new RoiPooler(settings.box().pool(), conventions);
    box = new BoxHead(root.child("roi_heads.box"), settings.box(), channels);
    masks = settings.mask().map(m -> masks(root.child("roi_heads.mask"), m, conventions, channels));
  }

  private Masks masks(Scope scope, ModelSettings.Mask mask, Conventions conventions, int channels) {
    RoiFeatures features = MaskHead.features(scope, mask, channels, box);
    MaskHead head = new MaskHead(scope, mask, features, settings.box().classes());
    boolean shared = mask.features() instanceof BoxHeadFeatures;
    return new Masks(head, new RoiPooler(mask.pool(), conventions), shared, mask.resolution());
  }

  /** The losses of a step by name. */
  Map<String, Variable> losses(Work work, Proposals proposals, Targets truth, Draw draw) {
    Pass pass = work.pass();
    Stages stages = work.stages();
    RoiSampler.Sample sample =
        pass.under("roi_heads.sampling", () -> sampler.sample(proposals, truth, draw));
    stages.stage("proposals/boxes", sample.candidates().boxes());
    stages.stage("proposals/counts", sample.candidates().counts());
    stages.stage("proposals/scores", proposals.scores());
    stages.stage("box_matched_idxs", sample.matched());
    stages.stage("box_rois", sample.rois());
    stages.stage("box_labels", sample.labels());
    stages.stage("box_reg_targets", sample.deltas());
    stages.stage(
        "roi_levels", pass.under("roi_heads.sampling", () -> boxPooler.levels(sample.rois())));
    Variable pooled =
        pass.under("roi_heads.box.pooler", () -> boxPooler.pool(work.pyramid(), sample.rois()));
    BoxHead.Output head = box.forward(pass, pooled);
    stages.stage("box_pooled", pooled.value());
    stages.stage("box_features", head.features().value());
    stages.stage("class_logits", head.logits().value());
    stages.stage("box_regression", head.deltas().value());
    String loss = "roi_heads.box.loss";
    Map<String, Variable> losses = new LinkedHashMap<>();
    losses.put("loss_classifier", pass.under(loss, () -> RoiLosses.classifier(head, sample)));
    losses.put("loss_box_reg", pass.under(loss, () -> RoiLosses.boxes(head, sample, boxBeta)));
    masks.ifPresent(
        m -> losses.put("loss_mask", maskLoss(work, m, truth, sample, head.features())));
    return losses;
  }

  private Variable maskLoss(
      Work work, Masks mask, Targets truth, RoiSampler.Sample sample, Variable boxFeatures) {
    Pass pass = work.pass();
    Stages stages = work.stages();
    RoiSampler.Positives positives =
        pass.under("roi_heads.mask.positives", () -> sampler.positives(sample));
    Tensor targets =
        pass.under(
            "roi_heads.mask.targets",
            () -> MaskTargetMaker.of(truth, positives, mask.resolution()));
    Variable logits;
    if (mask.shared()) {
      List<Variable> rows = List.of(boxFeatures, Variable.constant(positives.rows()));
      Variable own =
          pass.under(
              "roi_heads.mask.positives", () -> boxFeatures.bind(new GatherRows(), rows).get(0));
      logits = mask.head().ofFeatures(pass, own);
    } else {
      Variable pooled = maskPool(work, mask, positives.rois());
      stages.stage("mask_pooled", pooled.value());
      logits = mask.head().forward(pass, pooled);
    }
    stages.stage("mask_positive_index", positives.rows());
    stages.stage("mask_labels", positives.labels());
    stages.stage("mask_targets", targets);
    stages.stage("mask_logits", logits.value());
    return pass.under(
        "roi_heads.mask.loss", () -> RoiLosses.masks(logits, positives.labels(), targets));
  }

  private static Variable maskPool(Work work, Masks mask, Tensor rois) {
    return work.pass()
        .under("roi_heads.mask.pooler", () -> mask.pooler().pool(work.pyramid(), rois));
  }

  /** What the box head says of all proposals. */
  Candidates candidates(Work work, Proposals proposals) {
    Tensor rois = DetectionSelector.rois(proposals);
    Variable pooled = boxPooler.pool(work.pyramid(), rois);
    BoxHead.Output head = box.forward(work.pass(), pooled);
    work.stages().stage("class_logits", head.logits().value());
    work.stages().stage("box_regression", head.deltas().value());
    return new Candidates(
        proposals,
        Autocast.widened(head.logits().value()),
        Autocast.widened(head.deltas().value()));
  }

  /** The best of the candidates, with their masks. */
  DeviceDetections detections(Work work, Candidates candidates, Tensor sizes) {
    DeviceDetections found = selector.select(candidates, sizes);
    return masks.isPresent() ? found.withMasks(masks(work, masks.get(), found)) : found;
  }

  /** Mask probabilities {@code [D,M,M]} of the class of each detection, if there is any. */
  private Optional<Tensor> masks(Work work, Masks mask, DeviceDetections found) {
    PresentRows rows = selector.rows(found);
    if (rows.count() == 0) {
      return Optional.empty();
    }
    Variable pooled = maskPool(work, mask, DetectionSelector.rois(found.boxes(), rows));
    Tensor logits = mask.head().forward(work.pass(), pooled).value();
    work.stages().stage("mask_logits", logits);
    Tensor own = DetectionSelector.ofClass(logits, rows.labels(found.labels()));
    return Optional.of(Autocast.widened(own).sigmoid());
  }
}

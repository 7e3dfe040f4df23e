package dev.maskrcnn.detection.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.function.Executable;

/** Compares the recorded stages of a golden case with those of a pass. */
final class GoldenStages {
  private final Golden g;
  private final Recorder r;
  private final List<Executable> checks;

  /** Whether the recorded proposals of training have the ground truth appended. */
  private final boolean truthRecorded;

  GoldenStages(Golden g, Recorder r, List<Executable> checks) {
    this.g = g;
    this.r = r;
    this.checks = checks;
    this.truthRecorded = g.has("train/proposals/0/objectness");
  }

  void training() {
    for (int l = 0; g.has("train/features/" + l); l++) {
      int level = l;
      close("features/" + l, g.nhwc("train/features/" + l), "features");
      close("rpn_objectness/" + l, g.nhwc("train/rpn_objectness/" + l), "rpn_out");
      close("rpn_bbox_reg/" + l, g.nhwc("train/rpn_bbox_reg/" + l), "rpn_out");
      if (g.has("anchors/" + l)) {
        checks.add(
            () ->
                Golden.closeAbsolute(
                    "anchors/" + level,
                    g.floats("anchors/" + level),
                    r.floats("anchors/" + level),
                    0));
      }
    }
    rpnTargets();
    if (!g.has("train/class_logits")) {
      return;
    }
    proposals("train", 0.02);
    boxHead();
    if (g.has("train/mask_labels")) {
      maskHead();
    }
  }

  private void close(String stage, float[] expected, String tolerance) {
    checks.add(() -> Golden.close(stage, expected, r.floats(stage), g.tolerance(tolerance)));
  }

  private int images() {
    return g.shape("input/batch")[0];
  }

  private void rpnTargets() {
    int m = r.shape("rpn_labels")[1];
    for (int i = 0; i < images(); i++) {
      int image = i;
      if (g.has("train/rpn_matched_idxs/" + i)) {
        checks.add(
            () ->
                Golden.same(
                    "rpn_matched_idxs/" + image,
                    g.ints("train/rpn_matched_idxs/" + image),
                    r.intRows("rpn_matched_idxs", image, 1, m)));
      }
      checks.add(
          () ->
              Golden.same(
                  "rpn_labels/" + image,
                  g.ints("train/rpn_labels/" + image),
                  r.intRows("rpn_labels", image, 1, m)));
      int[] positive = g.ints("train/rpn_positive_index/" + i);
      for (int k = 0; k < positive.length; k++) {
        int row = image * m + positive[k];
        int at = k;
        checks.add(
            () ->
                Golden.closeAbsolute(
                    "rpn target of anchor " + row,
                    java.util.Arrays.copyOfRange(
                        g.floats("train/rpn_positive_targets/" + image), 4 * at, 4 * at + 4),
                    r.rows("rpn_targets", row, 1, 4),
                    1e-4));
      }
    }
  }

  /** Proposals of training (with the truth appended) or inference. */
  private void proposals(String mode, double pixels) {
    int capacity = r.shape("proposals/boxes")[1];
    for (int i = 0; i < images(); i++) {
      int image = i;
      String key = mode + "/proposals/" + i + "/boxes";
      float[] expected = g.floats(key);
      int offsetRows = image * capacity;
      checks.add(
          () -> {
            int count = expected.length / 4;
            int appended =
                mode.equals("train") && !truthRecorded ? g.truth().get(image).labels().length : 0;
            assertEquals(count + appended, r.ints("proposals/counts")[image], key + ": number");
            Golden.closeAbsolute(
                key, expected, r.rows("proposals/boxes", offsetRows, count, 4), pixels);
          });
    }
  }

  private void boxHead() {
    int perImage = r.shape("box_matched_idxs")[1];
    int first = 0;
    for (int i = 0; i < images(); i++) {
      int image = i;
      int from = first;
      int rows = g.shape("train/box_rois/" + i)[0];
      String matched =
          g.has("train/box_matched_idxs/" + i)
              ? "train/box_matched_idxs/" + i
              : "train/box_matched/" + i;
      int[] expectedMatch = g.ints(matched);
      if (expectedMatch.length <= perImage && !matched.contains("box_matched/")) {
        checks.add(
            () ->
                Golden.same(
                    matched,
                    expectedMatch,
                    java.util.Arrays.copyOfRange(
                        r.ints("box_matched_idxs"),
                        image * perImage,
                        image * perImage + expectedMatch.length)));
      }
      checks.add(
          () ->
              Golden.closeAbsolute(
                  "box_rois/" + image,
                  withImage(g.floats("train/box_rois/" + image), image),
                  r.rows("box_rois", from, rows, 5),
                  0.02));
      checks.add(
          () ->
              Golden.same(
                  "box_labels/" + image,
                  g.ints("train/box_labels/" + image),
                  r.intRows("box_labels", from, rows, 1)));
      regressionTargets(image, from, rows);
      first += rows;
    }
    int rows = first;
    checks.add(() -> padding("box_labels", rows));
    if (g.has("train/roi_levels")) {
      samePrefix("roi_levels", g.ints("train/roi_levels"));
    }
    prefix("class_logits", g.floats("train/class_logits"), "class_logits");
    prefix("box_regression", g.floats("train/box_regression"), "box_regression");
    pooled();
  }

  private void regressionTargets(int image, int first, int rows) {
    float[] expected = g.floats("train/box_reg_targets/" + image);
    int[] labels = g.ints("train/box_labels/" + image);
    for (int k = 0; k < rows; k++) {
      if (labels[k] > 0) {
        int at = k;
        checks.add(
            () ->
                Golden.closeAbsolute(
                    "box_reg_targets/" + image + " row " + at,
                    java.util.Arrays.copyOfRange(expected, 4 * at, 4 * at + 4),
                    r.rows("box_reg_targets", first + at, 1, 4),
                    2e-3));
      }
    }
  }

  private static float[] withImage(float[] boxes, int image) {
    float[] rois = new float[boxes.length / 4 * 5];
    for (int i = 0; i < boxes.length / 4; i++) {
      rois[5 * i] = image;
      System.arraycopy(boxes, 4 * i, rois, 5 * i + 1, 4);
    }
    return rois;
  }

  private void pooled() {
    rowsAt("box_pooled", g.nhwc("train/box_pooled"), "box_pooled");
    boolean maps = g.shape("train/box_features").length == 4;
    float[] features = maps ? g.nhwc("train/box_features") : g.floats("train/box_features");
    rowsAt("box_features", features, "class_logits");
  }

  /** Values are recorded for some RoIs only, of a C4 head for fewer of them. */
  private void rowsAt(String stage, float[] expected, String tolerance) {
    int[] index = g.ints("train/roi_index");
    int rows = g.shape("train/" + stage)[0];
    int size = expected.length / rows;
    float[] actual = new float[expected.length];
    for (int k = 0; k < rows; k++) {
      System.arraycopy(r.floats(stage), index[k] * size, actual, k * size, size);
    }
    checks.add(() -> Golden.close(stage, expected, actual, g.tolerance(tolerance)));
  }

  private void maskHead() {
    int[] labels = g.ints("train/mask_labels");
    float[] targets = g.floats("train/mask_targets");
    samePrefix("mask_labels", labels);
    samePrefix("mask_positive_index", g.ints("train/mask_positive_index"));
    checks.add(() -> padding("mask_labels", labels.length));
    checks.add(
        () ->
            Golden.closeAbsolute(
                "mask_targets",
                targets,
                java.util.Arrays.copyOf(r.floats("mask_targets"), targets.length),
                0));
    if (g.has("train/mask_pooled")) {
      prefix("mask_pooled", g.nhwc("train/mask_pooled"), "box_pooled");
    }
    prefix("mask_logits", g.nhwc("train/mask_logits"), "mask_logits");
  }

  /** What follows the present rows must be ignored by the losses. */
  private void padding(String stage, int rows) {
    int[] labels = r.ints(stage);
    for (int i = rows; i < labels.length; i++) {
      assertEquals(-1, labels[i], stage + ": label of padding row " + i);
    }
  }

  private void samePrefix(String stage, int[] expected) {
    checks.add(
        () ->
            Golden.same(stage, expected, java.util.Arrays.copyOf(r.ints(stage), expected.length)));
  }

  /** The recorded tensor holds the first rows only. */
  private void prefix(String stage, float[] expected, String tolerance) {
    checks.add(
        () ->
            Golden.close(
                stage,
                expected,
                java.util.Arrays.copyOf(r.floats(stage), expected.length),
                g.tolerance(tolerance)));
  }

  void inference() {
    proposals("eval", 0.02);
    if (!g.has("eval/class_logits")) {
      return;
    }
    rowsOf("class_logits", "eval/class_logits", "class_logits");
    rowsOf("box_regression", "eval/box_regression", "box_regression");
  }

  /** Compares rows image by image: ours are padded to a capacity, the recorded ones are not. */
  private void rowsOf(String stage, String key, String tolerance) {
    int width = g.shape(key)[1];
    int capacity = r.shape("proposals/boxes")[1];
    List<float[]> parts = new ArrayList<>();
    int total = 0;
    for (int i = 0; i < images(); i++) {
      int count = r.ints("proposals/counts")[i];
      parts.add(r.rows(stage, i * capacity, count, width));
      total += count * width;
    }
    float[] actual = new float[total];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, actual, at, part.length);
      at += part.length;
    }
    checks.add(() -> Golden.close(stage, g.floats(key), actual, g.tolerance(tolerance)));
  }
}

package dev.maskrcnn.detection.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.detection.inspect.StageRecorder.Pooling;
import dev.maskrcnn.detection.inspect.StageRecorder.Suppression;
import dev.maskrcnn.detection.inspect.StageRecorder.Values;
import dev.maskrcnn.detection.model.Detections;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import java.util.HashSet;
import java.util.Set;

/** Stages that are boxes, as numbers that the page draws on the image. Coordinates: network px. */
final class StageBoxes {
  private static final int PER_LEVEL = 200;
  private static final int NEGATIVES = 256;
  private static final int ROIS = 24;

  private final ObjectNode data;
  private final Specimen specimen;

  StageBoxes(ObjectNode data, Specimen specimen) {
    this.data = data;
    this.specimen = specimen;
  }

  static double pixels(double v) {
    return Math.round(v * 10) / 10.0;
  }

  static double score(double v) {
    return Math.round(v * 10000) / 10000.0;
  }

  private static ArrayNode box(ArrayNode list, Values boxes, int row, int width, int from) {
    ArrayNode b = list.addArray();
    for (int c = 0; c < 4; c++) {
      b.add(pixels(boxes.at(row, width, from + c)));
    }
    return b;
  }

  /**
   * Anchors of training: those of the middle cell of each level, the positive ones, and the sample.
   */
  void anchors(StageRecorder stages) {
    ObjectNode node = data.putObject("anchors");
    Values matched = stages.get("rpn_matched_idxs");
    Values labels = stages.get("rpn_labels");
    Values sampled = stages.sampledAnchors();
    ArrayNode middle = node.putArray("middle");
    ArrayNode positive = node.putArray("positive");
    ArrayNode negative = node.putArray("negative");
    int[] counts = new int[5];
    int base = 0;
    for (int l = 0; stages.get("anchors/" + l) != null; l++) {
      Values a = stages.get("anchors/" + l);
      Values map = stages.get("features/" + l);
      int perCell = a.dim(0) / (map.dim(1) * map.dim(2));
      int cell = map.dim(1) / 2 * map.dim(2) + map.dim(2) / 2;
      for (int k = 0; k < perCell; k++) {
        box(middle, a, cell * perCell + k, 4, 0).add(l);
      }
      for (int i = 0; i < a.dim(0); i++) {
        int label = (int) labels.numbers()[base + i];
        int drawn = sampled == null ? -1 : (int) sampled.numbers()[base + i];
        counts[label < 0 ? 2 : label == 0 ? 1 : 0]++;
        if (label > 0) {
          box(positive, a, i, 4, 0)
              .add(l)
              .add((int) matched.numbers()[base + i])
              .add(drawn > 0 ? 1 : 0);
        }
        counts[3] += drawn > 0 ? 1 : 0;
        counts[4] += drawn == 0 ? 1 : 0;
        if (drawn == 0 && negative.size() < NEGATIVES) {
          box(negative, a, i, 4, 0).add(l);
        }
      }
      base += a.dim(0);
    }
    node.put("positives", counts[0]).put("negatives", counts[1]).put("ignored", counts[2]);
    node.put("sampledPositives", counts[3]).put("sampledNegatives", counts[4]);
  }

  /** Per level the best boxes before NMS with a flag for those that stay, then the final ones. */
  void proposals(StageRecorder stages) {
    ArrayNode before = data.putArray("candidates");
    ArrayNode counts = data.putArray("candidateCounts");
    int level = 0;
    for (Suppression s : stages.suppressions()) {
      int rows = s.boxes().dim(1);
      Set<Integer> kept = new HashSet<>();
      for (double k : s.kept().numbers()) {
        kept.add((int) k);
      }
      kept.remove(-1);
      counts.addArray().add(rows).add(kept.size());
      for (int i = 0; i < Math.min(rows, PER_LEVEL); i++) {
        box(before, s.boxes(), i, 4, 0)
            .add(level)
            .add(score(s.scores().numbers()[i]))
            .add(kept.contains(i) ? 1 : 0);
      }
      level++;
    }
    Values boxes = stages.get("proposals/boxes");
    Values scores = stages.get("proposals/scores");
    int count = (int) stages.get("proposals/counts").numbers()[0];
    ArrayNode after = data.putArray("proposals");
    for (int i = 0; i < count; i++) {
      box(after, boxes, i, 4, 0).add(score(scores.numbers()[i]));
    }
  }

  /** Level of each region, and where RoIAlign reads for the best ones. */
  void pooling(StageRecorder stages, Detections found) {
    ArrayNode rois = data.putArray("rois");
    ArrayNode aligned = data.putArray("aligned");
    for (int n = 0; n < stages.poolings().size(); n++) {
      Pooling p = stages.poolings().get(n);
      boolean masks = n > 0;
      for (int i = 0; i < p.rois().dim(0); i++) {
        if (p.rois().at(i, 5, 0) < 0) {
          continue;
        }
        int level = (int) p.levels().numbers()[i];
        if (!masks) {
          box(rois, p.rois(), i, 5, 1).add(level);
        }
        if (masks ? i < Math.min(ROIS, found.count()) : i < ROIS) {
          ObjectNode a = aligned.addObject().put("head", masks ? "mask" : "box");
          if (masks) {
            a.put("name", specimen.className(found.labels()[i]));
          }
          align(a, p, i, level);
        }
      }
    }
  }

  private static void align(ObjectNode a, Pooling p, int row, int level) {
    Grid grid = p.op().grid();
    double scale = p.op().scales().get(level);
    box(a.putArray("boxes"), p.rois(), row, 5, 1);
    a.put("level", level).put("stride", Math.round(1 / scale));
    a.put("rows", grid.height()).put("columns", grid.width());
    a.put("aligned", grid.aligned());
    double w = Math.max(1, (p.rois().at(row, 5, 3) - p.rois().at(row, 5, 1)) * scale);
    double h = Math.max(1, (p.rois().at(row, 5, 4) - p.rois().at(row, 5, 2)) * scale);
    int ratio = grid.samplingRatio();
    a.put("perRow", ratio > 0 ? ratio : (int) Math.ceil(w / grid.width()));
    a.put("perColumn", ratio > 0 ? ratio : (int) Math.ceil(h / grid.height()));
  }

  /** The regions that the heads learn from. */
  void sampled(StageRecorder stages) {
    Values rois = stages.get("box_rois");
    Values labels = stages.get("box_labels");
    Values levels = stages.get("roi_levels");
    ArrayNode list = data.putArray("sampled");
    for (int i = 0; i < rois.dim(0); i++) {
      int label = (int) labels.numbers()[i];
      box(list, rois, i, 5, 1)
          .add((int) levels.numbers()[i])
          .add(label)
          .add(label > 0 ? specimen.className(label) : "background");
    }
  }

  /** What was found. */
  void detections(Detections found) {
    ArrayNode list = data.putArray("detections");
    for (int i = 0; i < found.count(); i++) {
      ArrayNode d = list.addArray();
      for (int c = 0; c < 4; c++) {
        d.add(pixels(found.boxes()[4 * i + c]));
      }
      d.add(score(found.scores()[i])).add(specimen.className(found.labels()[i]));
      d.add(found.labels()[i]);
    }
  }
}

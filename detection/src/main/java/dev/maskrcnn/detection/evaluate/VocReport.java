package dev.maskrcnn.detection.evaluate;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.voc.VocDataset;
import dev.maskrcnn.detection.voc.VocMetric;
import dev.maskrcnn.tensor.io.AtomicFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Pascal VOC's measure of a data set of that format: {@code result.txt} and lines in the log. */
final class VocReport {
  private static final double OVERLAP = 0.5;

  private VocReport() {}

  /**
   * Measures and writes.
   *
   * @param judged the images that count
   * @param found the detections of each of them, in their order
   */
  static void write(
      Path folder,
      VocDataset truth,
      CocoDataset judged,
      List<List<DetectionRecord>> found,
      RunLog log) {
    List<VocMetric.Image> images = images(truth, judged, found);
    List<String> names = judged.categories().stream().map(CocoCategory::name).toList();
    VocMetric.Result result = measure(VocMetric.withDetections(images), names, true, true);
    AtomicFile.writeText(folder.resolve("result.txt"), result.text(names));
    log.info(Loggers.INFERENCE, "VOC results\n" + result.text(names).stripTrailing());
    log.info(
        Loggers.INFERENCE,
        String.format(
            Locale.ROOT,
            "VOC mAP as the challenge's program measures: 2007 %.4f, area %.4f",
            measure(images, names, true, false).map(),
            measure(images, names, false, false).map()));
  }

  private static VocMetric.Result measure(
      List<VocMetric.Image> images, List<String> names, boolean elevenPoints, boolean reference) {
    return VocMetric.evaluate(
        images, names.size(), new VocMetric.Rule(OVERLAP, elevenPoints, reference));
  }

  private static List<VocMetric.Image> images(
      VocDataset truth, CocoDataset data, List<List<DetectionRecord>> found) {
    List<VocMetric.Image> out = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      List<DetectionRecord> dt = found.get(i);
      List<CocoAnnotation> gt = data.annotationsOf(data.images().get(i).id());
      boolean[] difficult = new boolean[gt.size()];
      for (int g = 0; g < difficult.length; g++) {
        difficult[g] = truth.difficult().contains(gt.get(g).id());
      }
      out.add(
          new VocMetric.Image(
              corners(dt.stream().map(DetectionRecord::bbox).toList()),
              dt.stream().mapToInt(d -> data.labelOf(d.categoryId())).toArray(),
              dt.stream().mapToDouble(DetectionRecord::score).toArray(),
              corners(gt.stream().map(CocoAnnotation::bbox).toList()),
              gt.stream().mapToInt(a -> data.labelOf(a.categoryId())).toArray(),
              difficult));
    }
    return out;
  }

  /** {@code xywh} to {@code xyxy} with both corners inside. */
  private static float[] corners(List<double[]> boxes) {
    float[] out = new float[4 * boxes.size()];
    for (int i = 0; i < boxes.size(); i++) {
      double[] b = boxes.get(i);
      out[4 * i] = (float) b[0];
      out[4 * i + 1] = (float) b[1];
      out[4 * i + 2] = (float) (b[0] + b[2] - 1);
      out[4 * i + 3] = (float) (b[1] + b[3] - 1);
    }
    return out;
  }
}

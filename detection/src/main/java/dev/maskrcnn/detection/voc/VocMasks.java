package dev.maskrcnn.detection.voc;

import dev.maskrcnn.detection.coco.MaskTracer;
import dev.maskrcnn.detection.coco.Polygons;
import dev.maskrcnn.detection.coco.Rle;
import dev.maskrcnn.detection.coco.RunLength;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.LabelImage;
import dev.maskrcnn.detection.metrics.BoxOverlap;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * The objects of the segmentation task: each number in {@code SegmentationObject} is one, 255 is
 * the border between them. Its class is the one that most of its pixels have in {@code
 * SegmentationClass}; its box and whether it is difficult come from the annotation that fits best.
 */
final class VocMasks {
  private static final int BORDER = 255;

  /** The boxes of files differ from those of masks by the border, which belongs to no object. */
  private static final double LEAST_OVERLAP = 0.5;

  private final Path root;
  private final VocClasses classes;

  VocMasks(Path root, VocClasses classes) {
    this.root = root;
    this.classes = classes;
  }

  List<VocImageReader.Labelled> objects(
      String name, ImageSize size, List<VocImageReader.Labelled> boxes) {
    Path objectFile = root.resolve("SegmentationObject").resolve(name + ".png");
    LabelImage objects = sized(objectFile, size);
    Path classFile = root.resolve("SegmentationClass").resolve(name + ".png");
    LabelImage classOf = Files.isRegularFile(classFile) ? sized(classFile, size) : null;
    TreeSet<Integer> numbers = new TreeSet<>();
    for (int label : objects.labels()) {
      if (label != 0 && label != BORDER) {
        numbers.add(label);
      }
    }
    List<VocImageReader.Labelled> out = new ArrayList<>();
    for (int number : numbers) {
      Rle mask = Rle.encode(objects.mask(number), size.height(), size.width());
      int label = classOf == null ? 0 : mostFrequent(objects, classOf, number, classFile);
      out.add(object(mask, label, boxes, objectFile, number));
    }
    return out;
  }

  private static LabelImage sized(Path file, ImageSize size) {
    LabelImage image = LabelImage.read(file);
    if (image.width() != size.width() || image.height() != size.height()) {
      throw new VocFormatException(
          "%s: is %sx%s, its image is %sx%s"
              .formatted(file, image.width(), image.height(), size.width(), size.height()));
    }
    return image;
  }

  private int mostFrequent(LabelImage objects, LabelImage classOf, int number, Path file) {
    int[] count = new int[classes.count() + 1];
    for (int i = 0; i < objects.labels().length; i++) {
      int label = classOf.labels()[i];
      if (objects.labels()[i] == number && label > 0 && label < count.length) {
        count[label]++;
      }
    }
    int best = 1;
    for (int label = 2; label < count.length; label++) {
      best = count[label] > count[best] ? label : best;
    }
    if (count[best] == 0) {
      throw new VocFormatException(
          "%s: gives object %s none of the %s classes".formatted(file, number, classes.count()));
    }
    return best;
  }

  /** An object with the annotation whose box fits its mask best, if any does. */
  private static VocImageReader.Labelled object(
      Rle mask, int label, List<VocImageReader.Labelled> boxes, Path file, int number) {
    double[] own = mask.toBbox();
    VocImageReader.Labelled match = null;
    double best = LEAST_OVERLAP;
    for (VocImageReader.Labelled box : boxes) {
      double overlap =
          BoxOverlap.iou(new double[][] {own}, new double[][] {box.xywh()}, new boolean[1])[0][0];
      if ((label == 0 || box.label() == label) && overlap >= best) {
        best = overlap;
        match = box;
      }
    }
    if (match == null && label == 0) {
      throw new VocFormatException(
          "%s: object %s fits no box of the annotation file, and there is no SegmentationClass"
              .formatted(file, number));
    }
    return new VocImageReader.Labelled(
        match == null ? label : match.label(),
        match == null ? own : match.xywh(),
        match != null && match.difficult(),
        OptionalLong.of(mask.area()),
        outline(mask));
  }

  private static dev.maskrcnn.detection.coco.Segmentation outline(Rle mask) {
    List<double[]> polygons = MaskTracer.trace(mask);
    return polygons.isEmpty() ? new RunLength(mask) : new Polygons(polygons);
  }
}

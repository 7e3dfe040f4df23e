package dev.maskrcnn.detection.voc;

import dev.maskrcnn.detection.coco.NoSegmentation;
import dev.maskrcnn.detection.coco.Segmentation;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.ImageSize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads what a data set knows of one image. */
final class VocImageReader {
  static final String IMAGES = "JPEGImages";

  private final Path root;
  private final VocDataset.Need need;
  private final VocClasses classes;

  VocImageReader(Path root, VocDataset.Need need) {
    this.root = root;
    this.need = need;
    this.classes = VocClasses.of(root);
  }

  VocClasses classes() {
    return classes;
  }

  /**
   * An image.
   *
   * @param fileName below {@value #IMAGES}
   */
  record Image(String fileName, ImageSize size, List<Labelled> objects) {}

  /**
   * An object.
   *
   * @param xywh pixels from 0
   * @param pixels how many its mask has, if it has one
   */
  record Labelled(
      int label,
      double[] xywh,
      boolean difficult,
      OptionalLong pixels,
      Segmentation segmentation) {}

  Image read(String name) {
    Path xml = root.resolve("Annotations").resolve(name + ".xml");
    boolean annotated = need.truth() || Files.isRegularFile(xml);
    Optional<VocAnnotation> annotation =
        annotated ? Optional.of(VocAnnotation.read(xml)) : Optional.empty();
    String fileName = fileName(name, annotation);
    ImageSize size =
        annotation
            .flatMap(VocAnnotation::size)
            .orElseGet(() -> ImageReader.size(root.resolve(IMAGES).resolve(fileName)));
    List<Labelled> boxes = annotation.map(a -> boxes(a, xml)).orElse(List.of());
    if (!need.masks() || !need.truth()) {
      return new Image(fileName, size, boxes);
    }
    return new Image(fileName, size, new VocMasks(root, classes).objects(name, size, boxes));
  }

  private List<Labelled> boxes(VocAnnotation annotation, Path xml) {
    List<Labelled> out = new ArrayList<>();
    for (VocObject object : annotation.objects()) {
      out.add(
          new Labelled(
              classes.labelOf(object.name(), xml, out.size() + 1),
              object.xywh(),
              object.difficult(),
              OptionalLong.empty(),
              new NoSegmentation()));
    }
    return out;
  }

  /** As the challenge names it; data sets of other tools may have other formats. */
  private String fileName(String name, Optional<VocAnnotation> annotation) {
    String usual = name + ".jpg";
    if (Files.isRegularFile(root.resolve(IMAGES).resolve(usual))) {
      return usual;
    }
    return annotation
        .flatMap(VocAnnotation::fileName)
        .map(
            stated ->
                stated.substring(1 + Math.max(stated.lastIndexOf('/'), stated.lastIndexOf('\\'))))
        .filter(stated -> Files.isRegularFile(root.resolve(IMAGES).resolve(stated)))
        .orElse(usual);
  }
}

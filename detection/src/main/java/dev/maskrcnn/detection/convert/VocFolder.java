package dev.maskrcnn.detection.convert;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.NoSegmentation;
import dev.maskrcnn.detection.image.ImageFormatException;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.voc.VocAnnotation;
import dev.maskrcnn.detection.voc.VocDataset;
import dev.maskrcnn.detection.voc.VocFormatException;
import dev.maskrcnn.detection.voc.VocObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Pascal VOC's folders with their lists of images, or one folder of XML files, as other tools write
 * them. Difficult objects become crowds, which are not trained on and not counted either.
 */
final class VocFolder implements Converter {
  private static final Choice SPLIT =
      new Choice("--split", "NAME", "list in ImageSets; default: trainval");
  private static final Choice MASKS =
      new Choice("--masks", "", "the images with instance masks, instead of all with boxes");

  @Override
  public String name() {
    return "voc";
  }

  @Override
  public String input() {
    return "folder with ImageSets, or any folder of XML files";
  }

  @Override
  public List<Choice> choices() {
    return List.of(SPLIT, MASKS);
  }

  @Override
  public Labels read(Request request, Consumer<String> defects) {
    boolean lists = Files.isDirectory(request.input().resolve("ImageSets"));
    if (lists || request.choice(SPLIT.name()).isPresent()) {
      return split(request);
    }
    List<LabelledImage> images = new ArrayList<>();
    for (Path xml : Json.files(request.input(), ".xml")) {
      try {
        images.add(image(request, xml, VocAnnotation.read(xml)));
      } catch (VocFormatException | ImageFormatException e) {
        defects.accept(e.getMessage());
      }
    }
    return new Labels(images, List.of());
  }

  private static Labels split(Request request) {
    VocDataset.Need need = new VocDataset.Need(request.choice(MASKS.name()).isPresent(), true);
    String split = request.choice(SPLIT.name()).orElse("trainval");
    VocDataset read = VocDataset.load(request.input(), split, need);
    CocoDataset set = read.images();
    List<LabelledImage> images = new ArrayList<>();
    for (CocoImage image : set.images()) {
      List<Outline> outlines = new ArrayList<>();
      for (CocoAnnotation a : set.annotationsOf(image.id())) {
        String label = set.categories().get(set.labelOf(a.categoryId()) - 1).name();
        boolean difficult = read.difficult().contains(a.id());
        outlines.add(new Outline(label, a.segmentation(), a.bbox(), a.area(), difficult));
      }
      ImageSize size = new ImageSize(image.width(), image.height());
      images.add(new LabelledImage(image.fileName(), size, outlines));
    }
    return new Labels(images, set.categories().stream().map(CocoCategory::name).toList());
  }

  private static LabelledImage image(Request request, Path xml, VocAnnotation annotation) {
    String stem = xml.getFileName().toString().replaceFirst("\\.xml$", "");
    String stated = annotation.fileName().orElse(stem + ".jpg").replace('\\', '/');
    String name = stated.substring(stated.lastIndexOf('/') + 1);
    Path folder = request.images().orElse(xml.toAbsolutePath().getParent());
    ImageSize size =
        annotation.size().orElseGet(() -> ImageReader.size(Json.path(xml, folder, name)));
    List<Outline> outlines = new ArrayList<>();
    for (VocObject object : annotation.objects()) {
      double[] b = object.xywh();
      outlines.add(
          new Outline(object.name(), new NoSegmentation(), b, b[2] * b[3], object.difficult()));
    }
    return new LabelledImage(name, size, outlines);
  }
}

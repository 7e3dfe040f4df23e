package dev.maskrcnn.detection.voc;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A data set in Pascal VOC's folders: {@code ImageSets/Main/SPLIT.txt} names the images, {@code
 * JPEGImages} and {@code Annotations} hold them and their objects. For masks it is {@code
 * ImageSets/Segmentation/SPLIT.txt}, with {@code SegmentationObject} and, if there, {@code
 * SegmentationClass}.
 *
 * <p>Follows maskrcnn-benchmark's reader: difficult objects are not trained on but kept for the
 * evaluation, which knows them by {@link #difficult}. The id of an image is its place in the list,
 * from 1, since names are no numbers.
 *
 * @param images all images with all objects
 * @param difficult ids of the annotations that the measure leaves out
 */
public record VocDataset(CocoDataset images, Set<Long> difficult) {
  public VocDataset {
    difficult = Set.copyOf(difficult);
  }

  /**
   * What is needed of a data set.
   *
   * @param masks images and objects of the segmentation task instead of those with boxes only
   * @param truth whether annotation files must be there; images to predict do without
   */
  public record Need(boolean masks, boolean truth) {}

  /**
   * Reads a split.
   *
   * @param root folder with ImageSets, JPEGImages and Annotations
   * @param split {@code train}, {@code val}, {@code trainval}, {@code test} or a list of one's own
   * @throws VocFormatException naming the file and object that is missing or wrong
   * @throws dev.maskrcnn.detection.image.ImageFormatException if an image of labels is damaged
   */
  public static VocDataset load(Path root, String split, Need need) {
    List<String> names = names(root, split, need.masks);
    VocImageReader reader = new VocImageReader(root, need);
    List<VocImageReader.Image> read = names.parallelStream().map(reader::read).toList();
    VocClasses classes = reader.classes();
    List<CocoImage> images = new ArrayList<>();
    List<CocoAnnotation> annotations = new ArrayList<>();
    Set<Long> difficult = new HashSet<>();
    for (VocImageReader.Image one : read) {
      long imageId = images.size() + 1L;
      images.add(new CocoImage(imageId, one.fileName(), one.size().width(), one.size().height()));
      for (VocImageReader.Labelled object : one.objects()) {
        long id = annotations.size() + 1L;
        double[] b = object.xywh();
        double area = object.pixels().isPresent() ? object.pixels().getAsLong() : b[2] * b[3];
        annotations.add(
            new CocoAnnotation(id, imageId, object.label(), b, area, false, object.segmentation()));
        if (object.difficult()) {
          difficult.add(id);
        }
      }
    }
    return new VocDataset(
        CocoDataset.of(
            images, annotations, classes.categories(), root.resolve(VocImageReader.IMAGES)),
        difficult);
  }

  /** What to train on: difficult objects are left out. */
  public CocoDataset training() {
    List<CocoAnnotation> kept =
        IntStream.range(0, images.images().size())
            .mapToObj(i -> images.annotationsOf(images.images().get(i).id()))
            .flatMap(List::stream)
            .filter(a -> !difficult.contains(a.id()))
            .toList();
    List<CocoImage> all = images.images();
    Path folder = all.isEmpty() ? Path.of("") : images.imagePath(all.get(0)).getParent();
    return CocoDataset.of(all, kept, images.categories(), folder);
  }

  private static List<String> names(Path root, String split, boolean masks) {
    if (!Files.isDirectory(root)) {
      throw new VocFormatException(root + ": is no folder; expected one with ImageSets");
    }
    Path list =
        root.resolve("ImageSets").resolve(masks ? "Segmentation" : "Main").resolve(split + ".txt");
    List<String> out = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(list)) {
        String name = line.strip().split("\\s+")[0];
        if (!name.isEmpty() && Path.of(name).getNameCount() == 1 && !name.startsWith(".")) {
          out.add(name);
        } else if (!name.isEmpty()) {
          throw new VocFormatException(
              "%s: \"%s\" is no name of an image".formatted(list, line.strip()));
        }
      }
    } catch (IOException | java.nio.file.InvalidPathException e) {
      String reason = e instanceof IOException io ? FileFailure.reason(io) : "is no list of names";
      throw new VocFormatException(
          "%s: cannot be read: %s%s"
              .formatted(
                  list, reason, masks ? "; for a model without masks set MODEL.MASK_ON False" : ""),
          e);
    }
    if (out.isEmpty()) {
      throw new VocFormatException(list + ": names no image");
    }
    return out;
  }
}

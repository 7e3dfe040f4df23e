package dev.maskrcnn.detection.coco;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged annotation and result files: refused in one line or read, nothing else. */
class CocoFuzzTest {
  private static final String TRUTH =
      """
      {"info": {"a": [1, {"b": null}]},
       "images": [{"id": 1, "width": 20, "height": 10, "file_name": "a.jpg"},
                  {"id": 7, "width": 8, "height": 8, "file_name": "b.jpg"}],
       "annotations": [
        {"id": 1, "image_id": 1, "category_id": 3, "iscrowd": 0, "area": 12.5,
         "bbox": [1, 2, 5.5, 4], "segmentation": [[1, 2, 6.5, 2, 6.5, 6, 1, 6]]},
        {"id": 2, "image_id": 7, "category_id": 5, "iscrowd": 1, "area": 4,
         "bbox": [0, 0, 2, 2], "segmentation": {"size": [8, 8], "counts": [0, 2, 6, 2, 54]}},
        {"id": 3, "image_id": 7, "category_id": 5, "iscrowd": 0, "area": 4,
         "bbox": [0, 0, 2, 2], "segmentation": {"size": [8, 8], "counts": "026N24"}}],
       "categories": [{"id": 3, "name": "cat", "supercategory": "animal"},
                      {"id": 5, "name": "dog"}]}
      """;

  private static final String FOUND =
      """
      [{"image_id": 1, "category_id": 3, "bbox": [1.5, 2, 3, 4], "score": 0.75},
       {"image_id": 7, "category_id": 5, "score": 1e-3,
        "segmentation": {"size": [8, 8], "counts": "026N24"}},
       {"image_id": 7, "category_id": 5, "score": 0.5, "more": {"x": [[]]},
        "segmentation": {"size": [8, 8], "counts": [0, 2, 6, 2, 54]}}]
      """;

  @TempDir private Path folder;

  @Test
  void annotations() {
    AtomicInteger accepted = new AtomicInteger();
    Mutations.feed(
        List.of(TRUTH.getBytes(StandardCharsets.UTF_8)),
        CocoFormatException.class,
        file(
            path -> {
              // Listing defects never throws: also a file that is no JSON is one defect.
              boolean sound = AnnotationDefects.check(path, null).defects().isEmpty();
              CocoDataset.load(path, folder);
              accepted.addAndGet(sound ? 1 : 0);
            }));
    Mutations.feedValues(
        TRUTH,
        CocoFormatException.class,
        file(
            path -> {
              AnnotationDefects.check(path, folder);
              Path clean = path.resolveSibling(path.getFileName() + ".clean");
              CocoFile.write(clean, CleanCopy.of(path, image -> null).set());
              assertClean(clean);
              CocoDataset set = CocoDataset.load(path, folder);
              DatasetStatistics.of(set);
              set.images().forEach(image -> set.imagePath(image));
            }));
    assertTrue(accepted.get() > 0, "no damaged file was harmless: the seeds test one path only");
  }

  /** Whatever was wrong before: only that nothing is left to train on may remain. */
  private static void assertClean(Path file) {
    List<AnnotationDefects.Defect> defects = AnnotationDefects.check(file, null).defects();
    defects =
        defects.stream()
            .filter(d -> d.annotationId().isPresent() || d.imageId().isPresent())
            .toList();
    assertTrue(defects.isEmpty(), defects.toString());
  }

  @Test
  void detections() {
    Mutations.feed(
        List.of(FOUND.getBytes(StandardCharsets.UTF_8)),
        CocoFormatException.class,
        file(DetectionFile::read));
    Mutations.feedValues(FOUND, CocoFormatException.class, file(DetectionFile::read));
  }

  /** A file of its own for each thread. */
  private Consumer<byte[]> file(Consumer<Path> reader) {
    return bytes -> {
      Path path = folder.resolve(Thread.currentThread().getId() + ".json");
      try {
        Files.write(path, bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      reader.accept(path);
    };
  }
}

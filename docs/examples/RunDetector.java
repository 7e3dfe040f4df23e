import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.RgbImage;
import dev.maskrcnn.detection.predict.DetectedObject;
import dev.maskrcnn.detection.predict.Detector;
import java.nio.file.Path;
import java.util.List;

/** Finds objects in photos with a trained model: RunDetector WEIGHTS|RUN PHOTO... */
class RunDetector {
  public static void main(String[] args) {
    try (Detector detector = Detector.open(Path.of(args[0]), "cpu")) {
      for (String name : List.of(args).subList(1, args.length)) {
        RgbImage photo = ImageReader.read(Path.of(name));
        List<DetectedObject> found = detector.detect(photo, 0.5);
        for (DetectedObject o : found) {
          long pixels = o.mask().map(mask -> mask.area()).orElse(0L);
          System.out.printf(
              "%s: %s %.2f at (%.0f, %.0f), %.0f x %.0f, %d pixels%n",
              name, o.name(), o.score(), o.box().x(), o.box().y(), o.box().width(),
              o.box().height(), pixels);
        }
        detector.draw(photo, found).writePng(Path.of(name + ".found.png"));
      }
    }
  }
}

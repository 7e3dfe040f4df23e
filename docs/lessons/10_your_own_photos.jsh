// Lesson 10: a detector for your own twenty photos.
//
//     jshell --class-path cli/target/maskrcnn-cli.jar docs/lessons/10_your_own_photos.jsh
//
// Twenty annotated photos are enough to see a detector learn. Where you have none at hand, this
// lesson makes twenty pictures of shapes. With photos of your own, annotate them with labelme, VIA
// or CVAT (COCO format), put the folder and the file into the two lines below, and go on from
// there. Everything here is a command of the program; a terminal does the same.

import dev.maskrcnn.cli.Main;
import dev.maskrcnn.detection.draw.*;
import java.awt.image.BufferedImage;
import java.io.*;
import java.nio.file.*;
import java.util.*;
import java.util.stream.*;
import javax.imageio.ImageIO;

Path work = Path.of("output/lessons/10");
Files.createDirectories(work);

// What a command says goes to a file, to keep this page short.
int maskrcnn(String... words) throws IOException {
  PrintStream screen = System.out, errors = System.err;
  try (PrintStream log = new PrintStream(new FileOutputStream(work.resolve("log.txt").toFile(), true))) {
    System.setOut(log);
    System.setErr(log);
    return Main.execute(words);
  } finally {
    System.setOut(screen);
    System.setErr(errors);
  }
}

// --- 1. The photos ---------------------------------------------------------------------------

String data = work.resolve("data").toString();
maskrcnn("dataset", "shapes", "--output-dir", data, "--train", "20", "--val", "5", "--size", "128");
String images = data + "/train", annotations = data + "/instances_train.json";
String heldOut = data + "/val", heldOutAnnotations = data + "/instances_val.json";

// --- 2. Look at them before anything else ----------------------------------------------------
// Most bad detectors are bad annotations. verify lists each defect with image and annotation id.

System.out.println("verify: exit code "
    + maskrcnn("dataset", "verify", "--annotations", annotations, "--images", images));
//> verify: exit code 0
System.out.println("stats: exit code " + maskrcnn("dataset", "stats", "--annotations", annotations));
//> stats: exit code 0

// --- 3. Train --------------------------------------------------------------------------------
// A small network with group norm from random weights. For real photos begin with trained weights:
// --config e2e_mask_rcnn_R_50_FPN_1x --weights FILE, and a learning rate of 0.0025 for two images.
// The number of classes is taken from the annotations. Twenty photos are seen many times: each
// flipped by chance, so that they are forty.

int iterations = Integer.getInteger("lesson.iterations", 300);
String run = work.resolve("run").toString();
int code = maskrcnn("train", "--config", "shapes_gn", "--output-dir", run,
    "--train-images", images, "--train-annotations", annotations,
    "--val-images", heldOut, "--val-annotations", heldOutAnnotations,
    "SOLVER.MAX_ITER", "" + iterations, "SOLVER.STEPS", "(" + iterations * 3 / 4 + ",)",
    "SOLVER.WARMUP_ITERS", "20", "SOLVER.IMS_PER_BATCH", "4", "PER_EPOCH_EVAL", "False");
System.out.println("train: exit code " + code);
//> train: exit code 0

// --- 4. Is it learning? ----------------------------------------------------------------------
// The first thing to look at is the loss: it must fall. If it does not, overfitting one photo is
// the test to make; if that fails too, the data or the learning rate is wrong.

List<String> lines = Files.readAllLines(Path.of(run, "metrics.jsonl"));
double loss(String line) {
  int from = line.indexOf("\"loss\":") + 7;
  return Double.parseDouble(line.substring(from, line.indexOf(',', from)));
}
System.out.printf("loss %.2f at first, %.2f in the end%n", loss(lines.get(0)),
    loss(lines.stream().filter(l -> l.contains("\"loss\":")).reduce((a, b) -> b).get()));
//~ loss 3.67 at first, 0.84 in the end

// --- 5. Look at what it finds ----------------------------------------------------------------
// On photos that it never saw. What you see here decides what to do next: missed small objects
// want smaller anchors or larger images; boxes without masks want polygons that are closed; the
// same object twice wants a lower MODEL.ROI_HEADS.NMS; everything missed wants more iterations.

System.out.println("predict: exit code " + maskrcnn("predict", heldOut, "--weights", run,
    "--output-dir", work.resolve("found").toString(), "--threshold", "0.4"));
//> predict: exit code 0

List<Picture> found = new ArrayList<>();
try (Stream<Path> files = Files.list(work.resolve("found/predictions"))) {
  for (Path file : files.filter(f -> f.toString().endsWith("_overlay.png")).sorted().limit(4).toList()) {
    BufferedImage image = ImageIO.read(file.toFile());
    BufferedImage rgb = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
    rgb.getGraphics().drawImage(image, 0, 0, null);
    found.add(new Picture(rgb));
  }
}
List<String> captions = Collections.nCopies(found.size(), "never seen before");
System.out.println(Panels.row(found, captions).writePng(Path.of("output/lessons/10_found.png")));
//> output/lessons/10_found.png

// The run's folder has more: loss.png, ap.png, overlays of truth beside prediction, and report.html
// with all of it on one page. Twenty photos more are worth more than any setting.

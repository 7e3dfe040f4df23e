package dev.maskrcnn.detection.evaluate;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.DetectionFile;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.metrics.ProposalRecall;
import dev.maskrcnn.tensor.io.AtomicFile;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The files of an RPN alone: {@code box_proposals.json} in COCO's result format with category 0,
 * and {@code results.json} with the recall, {@code {"box_proposal": {"AR@100": …}}}, null without
 * objects.
 */
final class ProposalReport {
  private ProposalReport() {}

  static void write(
      Path folder,
      CocoDataset dataset,
      List<List<DetectionRecord>> found,
      boolean evaluate,
      RunLog log) {
    log.info(Loggers.INFERENCE, "Preparing box proposals");
    DetectionFile.writeBoxes(
        folder.resolve("box_proposals.json"), found.stream().flatMap(List::stream).toList());
    if (!evaluate) {
      log.info(Loggers.INFERENCE, "Proposals are in " + folder);
      return;
    }
    log.info(Loggers.INFERENCE, "Evaluating bbox proposals");
    List<ProposalRecall> recalls =
        ProposalRecall.evaluate(
            dataset,
            found.stream().map(ProposalRecall.Proposals::of).toList(),
            ProposalRecall.LIMITS);
    log.info(
        Loggers.INFERENCE,
        "box proposals, average recall\n"
            + recalls.stream().map(ProposalRecall::line).collect(Collectors.joining("\n")));
    AtomicFile.writeStream(
        folder.resolve("results.json"),
        out -> {
          JsonGenerator json = new JsonFactory().createGenerator(out).useDefaultPrettyPrinter();
          json.writeStartObject();
          json.writeObjectFieldStart("box_proposal");
          for (ProposalRecall r : recalls) {
            json.writeFieldName(r.name());
            if (r.objects() == 0) {
              json.writeNull();
            } else {
              json.writeNumber(r.ar());
            }
          }
          json.writeEndObject();
          json.writeEndObject();
          json.writeRaw('\n');
          json.flush();
        });
  }
}

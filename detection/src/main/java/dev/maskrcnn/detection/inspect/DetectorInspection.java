package dev.maskrcnn.detection.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.detection.data.GroundTruth;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.model.Detections;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.detection.page.HtmlPage;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;

/**
 * The stages of a detector on one image: what inference makes on the way to its detections, and,
 * where the truth is known, what training compares with it.
 */
public final class DetectorInspection {
  private static final long SEED = 1;

  private final Specimen specimen;
  private final Device device;
  private final ImageBatch batch;
  private final ObjectNode data = JsonNodeFactory.instance.objectNode();

  private DetectorInspection(Specimen specimen) {
    this.specimen = specimen;
    this.device = specimen.device();
    this.batch = specimen.testBatch();
  }

  /**
   * Runs both passes and makes the page.
   *
   * @param model what to call the model
   */
  public static HtmlPage page(Specimen specimen, String model) {
    ObjectNode data = new DetectorInspection(specimen).run(model);
    return new HtmlPage("Stages of a detector: " + specimen.imageName(), data)
        .style("detector.css")
        .scripts("detector-view.js", "detector-app.js");
  }

  private ObjectNode run(String model) {
    ImageSize size = batch.samples().get(0).networkSize();
    boolean known = specimen.truth() != Specimen.Truth.STAND_IN;
    ObjectNode facts = data.putObject("facts");
    facts.put("model", model).put("device", device.name());
    facts.put("image", specimen.imageName());
    facts.put("in the network", size.width() + "×" + size.height());
    facts.put("truth", known ? specimen.truth().words() : "not known");
    StagePictures pictures = new StagePictures(data, size, batch.size());
    pictures.photo(specimen.image());
    truth(known);
    try (Frame frame = device.push("inspected image");
        StageRecorder stages = new StageRecorder(device)) {
      Detections found = specimen.model().detect(specimen.input(batch), stages).get(0);
      pictures.pyramid(stages);
      pictures.objectness(stages);
      StageBoxes boxes = new StageBoxes(data, specimen);
      boxes.proposals(stages);
      boxes.pooling(stages, found);
      pictures.masks(stages, found, specimen);
      boxes.detections(found);
    }
    if (known) {
      training();
    }
    return data;
  }

  private void truth(boolean known) {
    ArrayNode list = data.putArray("truth");
    if (known) {
      GroundTruth objects = batch.samples().get(0).targets();
      for (int i = 0; i < objects.count(); i++) {
        ArrayNode o = list.addArray();
        for (int c = 0; c < 4; c++) {
          o.add(StageBoxes.pixels(objects.boxes()[4 * i + c]));
        }
        o.add(specimen.className(objects.labels()[i]));
      }
    }
  }

  private void training() {
    try (Frame frame = device.push("inspected truth");
        Tape tape = new Tape(device);
        StageRecorder stages = new StageRecorder(device)) {
      specimen
          .model()
          .losses(tape, specimen.input(batch), specimen.targets(batch), new Draw(SEED, 0), stages);
      StageBoxes boxes = new StageBoxes(data, specimen);
      boxes.anchors(stages);
      boxes.sampled(stages);
    }
  }
}

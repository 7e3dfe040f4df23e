package dev.maskrcnn.detection.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Recall of proposals against the numbers of maskrcnn-benchmark. */
class ProposalRecallTest {

  @Test
  void recordedRecalls() throws IOException {
    Path folder = TestData.golden("17_metrics");
    CocoDataset dataset = CocoDataset.load(folder.resolve("gt.json"), folder);
    SafetensorsFile file = Safetensors.read(folder.resolve("tensors.safetensors"));
    List<ProposalRecall.Proposals> found = new ArrayList<>();
    for (int i = 0; file.tensors().containsKey("proposals/" + i + "/boxes"); i++) {
      found.add(
          new ProposalRecall.Proposals(
              file.tensor("proposals/" + i + "/boxes").floats(),
              file.tensor("proposals/" + i + "/objectness").floats()));
    }
    assertEquals(dataset.images().size(), found.size());
    JsonNode expected =
        new ObjectMapper()
            .readTree(folder.resolve("case.json").toFile())
            .get("box_proposals")
            .get("recall");
    Map<String, ProposalRecall> got = new HashMap<>();
    for (ProposalRecall r : ProposalRecall.evaluate(dataset, found, new int[] {5, 100, 1000})) {
      got.put(r.name(), r);
    }
    int compared = 0;
    for (Map.Entry<String, JsonNode> e : expected.properties()) {
      ProposalRecall r = got.get(e.getKey());
      if (r == null) {
        continue;
      }
      compared++;
      assertEquals(e.getValue().get("num_pos").asInt(), r.objects(), e.getKey());
      if (r.objects() > 0) {
        assertEquals(e.getValue().get("ar").asDouble(), r.ar(), 1e-6, e.getKey());
        for (int t = 0; t < 10; t++) {
          double recall = e.getValue().get("recalls").get(t).asDouble();
          assertEquals(recall, r.recalls()[t], 1e-6, e.getKey());
        }
      }
    }
    assertTrue(compared >= 8, "compared " + compared + " of " + expected.size());
  }

  @Test
  void recordsHaveInclusiveCorners() {
    DetectionRecord record =
        new DetectionRecord(1, 0, new double[] {10, 20, 5, 7}, Optional.empty(), 0.5);
    float[] box = ProposalRecall.Proposals.of(List.of(record)).xyxy();
    assertEquals(14, box[2]);
    assertEquals(26, box[3]);
  }
}

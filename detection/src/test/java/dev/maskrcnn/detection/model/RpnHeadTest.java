package dev.maskrcnn.detection.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;
import org.junit.jupiter.api.Test;

class RpnHeadTest {
  /** The case says [N,A,H,W] and [N,4A,H,W]; here cells come before anchors: [N,HWA], [N,HWA,4]. */
  @Test
  void shapesOfTheCase() {
    JsonNode c = TestData.json("cases/maskrcnn-benchmark/rpn_head_shapes.json");
    JsonNode nchw = c.at("/inputs/input_shape");
    JsonNode logits = c.at("/expected/logits_shape");
    JsonNode deltas = c.at("/expected/bbox_shape");
    int cells = logits.get(2).asInt() * logits.get(3).asInt();
    int n = nchw.get(0).asInt();
    int channels = nchw.get(1).asInt();
    Shape input = Shape.of(n, nchw.get(2).asInt(), nchw.get(3).asInt(), channels);
    try (Device device = Device.cpu();
        Frame frame = device.push("test")) {
      Scope root = Scope.root(device, 1);
      RpnHead head = new RpnHead(root.child("head"), channels, c.at("/inputs/num_anchors").asInt());
      Pass pass = Pass.inference(device);
      for (int level = 0; level < c.at("/inputs/levels").asInt(); level++) {
        Variable feature = Variable.constant(device.zeros(new Spec(input, DType.F32)));
        List<Variable> out = head.forward(pass, feature);
        assertEquals(Shape.of(n, logits.get(1).asInt() * cells), out.get(0).shape());
        assertEquals(Shape.of(n, deltas.get(1).asInt() * cells / 4, 4), out.get(1).shape());
      }
      root.state().close();
    }
  }
}

package dev.maskrcnn.detection.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.family.Conventions;
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

class FeaturePyramidTest {
  @Test
  void allLevelsHaveTheChannelsOfTheCase() {
    JsonNode c = TestData.json("cases/maskrcnn-benchmark/backbone_fpn_channels.json");
    JsonNode nchw = c.at("/inputs/input_shape");
    int batch = c.at("/expected/batch").asInt();
    int channels = c.at("/expected/out_channels").asInt();
    int height = nchw.get(2).asInt();
    int width = nchw.get(3).asInt();
    ModelSettings settings =
        ModelSettings.of(
            BuiltinConfigs.load("e2e_mask_rcnn_R_50_FPN_1x"), Conventions.MASKRCNN_BENCHMARK);
    try (Device device = Device.cpu();
        Frame frame = device.push("test")) {
      Scope root = Scope.root(device, 1);
      Backbone body = settings.backbone().make(root.child("body"));
      FeaturePyramid fpn =
          new FeaturePyramid(root.child("fpn"), settings.pyramid().get(), body.widths());
      Shape shape = Shape.of(nchw.get(0).asInt(), height, width, nchw.get(1).asInt());
      Variable images = Variable.constant(device.zeros(new Spec(shape, DType.F32)));
      Pass pass = Pass.inference(device);
      List<Variable> levels = fpn.forward(pass, body.forward(pass, images));
      assertEquals(5, levels.size());
      for (int l = 0; l < 4; l++) {
        int stride = 4 << l;
        assertEquals(
            Shape.of(batch, height / stride, width / stride, channels), levels.get(l).shape());
      }
      assertEquals(Shape.of(batch, 4, 4, channels), levels.get(4).shape());
      root.state().close();
    }
  }
}

package dev.maskrcnn.detection.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.detection.draw.HeatMap;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.RgbImage;
import dev.maskrcnn.detection.inspect.StageRecorder.Values;
import dev.maskrcnn.detection.model.Detections;
import dev.maskrcnn.detection.page.HtmlPage;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Stages that are maps, as pictures. */
final class StagePictures {
  private static final int CHANNELS = 8;
  private static final int MASKS = 12;

  private final ObjectNode data;
  private final ImageSize network;
  private final ImageSize padded;

  StagePictures(ObjectNode data, ImageSize network, ImageSize padded) {
    this.data = data;
    this.network = network;
    this.padded = padded;
  }

  /** The image at network size; coordinates of everything else are its pixels. */
  void photo(RgbImage image) {
    BufferedImage original =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    byte[] p = image.pixels();
    for (int i = 0; i < image.width() * image.height(); i++) {
      int rgb = (p[3 * i] & 255) << 16 | (p[3 * i + 1] & 255) << 8 | p[3 * i + 2] & 255;
      original.setRGB(i % image.width(), i / image.width(), rgb);
    }
    BufferedImage shown =
        new BufferedImage(network.width(), network.height(), BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = shown.createGraphics();
    pen.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    pen.drawImage(original, 0, 0, network.width(), network.height(), null);
    pen.dispose();
    ObjectNode photo = data.putObject("photo");
    photo.put("width", network.width()).put("height", network.height());
    photo.put("paddedWidth", padded.width()).put("paddedHeight", padded.height());
    photo.put("src", HtmlPage.jpeg(shown, 0.85f));
  }

  /** Mean magnitude over the channels of each level, and the liveliest channels of each. */
  void pyramid(StageRecorder stages) {
    ArrayNode levels = data.putArray("pyramid");
    for (int l = 0; stages.get("features/" + l) != null; l++) {
      Values v = stages.get("features/" + l);
      int h = v.dim(1);
      int w = v.dim(2);
      int channels = v.dim(3);
      float[] mean = new float[h * w];
      double[] squares = new double[channels];
      for (int i = 0; i < h * w; i++) {
        double sum = 0;
        for (int c = 0; c < channels; c++) {
          double x = v.numbers()[i * channels + c];
          sum += Math.abs(x);
          squares[c] += x * x;
        }
        mean[i] = (float) (sum / channels);
      }
      ObjectNode level = levels.addObject().put("name", "P" + (l + 2));
      level.put("shape", v.shape().toString()).put("width", w).put("height", h);
      level.put("src", heat(mean, w, h));
      ArrayNode list = level.putArray("channels");
      IntStream.range(0, channels)
          .boxed()
          .sorted(Comparator.comparingDouble((Integer c) -> -squares[c]))
          .limit(CHANNELS)
          .forEach(c -> list.addObject().put("channel", c).put("src", channel(v, c)));
    }
  }

  private static String channel(Values v, int c) {
    float[] map = new float[v.dim(1) * v.dim(2)];
    for (int i = 0; i < map.length; i++) {
      map[i] = (float) v.numbers()[i * v.dim(3) + c];
    }
    return heat(map, v.dim(2), v.dim(1));
  }

  /** Colours from the least to the largest value. */
  private static String heat(float[] map, int w, int h) {
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (float x : map) {
      low = Math.min(low, x);
      high = Math.max(high, x);
    }
    return HtmlPage.png(HeatMap.of(map, w, h, low, high));
  }

  /** The best score of the anchors of each cell. */
  void objectness(StageRecorder stages) {
    ArrayNode levels = data.putArray("objectness");
    for (int l = 0; stages.get("rpn_objectness/" + l) != null; l++) {
      Values map = stages.get("features/" + l);
      double[] logits = stages.get("rpn_objectness/" + l).numbers();
      int h = map.dim(1);
      int w = map.dim(2);
      int perCell = logits.length / (h * w);
      float[] best = new float[h * w];
      float most = 0;
      for (int i = 0; i < best.length; i++) {
        double top = Double.NEGATIVE_INFINITY;
        for (int a = 0; a < perCell; a++) {
          top = Math.max(top, logits[i * perCell + a]);
        }
        best[i] = (float) (1 / (1 + Math.exp(-top)));
        most = Math.max(most, best[i]);
      }
      ObjectNode level = levels.addObject().put("name", "P" + (l + 2));
      level.put("anchors", logits.length).put("best", StageBoxes.score(most));
      level.put("width", w).put("height", h);
      level.put("src", HtmlPage.png(HeatMap.of(best, w, h, 0, 1)));
    }
  }

  /** Of the best detections: logits, probabilities, and the mask pasted into the image. */
  void masks(StageRecorder stages, Detections found, Specimen specimen) {
    ArrayNode list = data.putArray("masks");
    Values logits = stages.get("mask_logits");
    if (logits == null || found.masks().length == 0) {
      return;
    }
    int side = found.maskSize();
    int area = side * side;
    int classes = logits.dim(3);
    for (int i : best(found)) {
      float[] raw = new float[area];
      float[] probability = new float[area];
      for (int k = 0; k < area; k++) {
        raw[k] = (float) logits.numbers()[(i * area + k) * classes + found.labels()[i]];
        probability[k] = found.masks()[i * area + k];
      }
      ObjectNode m = list.addObject().put("detection", i);
      m.put("name", specimen.className(found.labels()[i]));
      m.put("score", StageBoxes.score(found.scores()[i])).put("side", side);
      m.put("logits", HtmlPage.png(HeatMap.of(raw, side, side, -6, 6)));
      m.put("probability", HtmlPage.png(HeatMap.of(probability, side, side, 0, 1)));
      ArrayNode bits = m.putArray("values");
      for (float p : probability) {
        bits.add(Math.round(p * 255));
      }
    }
  }

  private static List<Integer> best(Detections found) {
    return IntStream.range(0, found.count())
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -found.scores()[i]))
        .limit(MASKS)
        .toList();
  }
}

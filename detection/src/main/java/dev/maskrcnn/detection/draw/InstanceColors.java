package dev.maskrcnn.detection.draw;

import java.awt.Color;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which colour an instance gets. The colours are vivid, of similar weight, and ordered so that
 * neighbours in the order differ clearly.
 */
public final class InstanceColors {
  /** Twelve well-separated hues; later rounds vary brightness and saturation. */
  private static final int[] HUES = {210, 28, 130, 350, 275, 50, 180, 320, 85, 240, 10, 155};

  private final Map<String, Integer> order;
  private final boolean byInstance;

  private InstanceColors(Map<String, Integer> order, boolean byInstance) {
    this.order = order;
    this.byInstance = byInstance;
  }

  /**
   * @param names all class names; each has the colour of its position in every picture
   * @return one colour for each class
   */
  public static InstanceColors ofClasses(List<String> names) {
    Map<String, Integer> order = new HashMap<>();
    for (String name : names) {
      order.putIfAbsent(name, order.size());
    }
    return new InstanceColors(Map.copyOf(order), false);
  }

  /**
   * @return one colour for each class name, the same in every picture; two names may share one
   */
  public static InstanceColors byName() {
    return new InstanceColors(Map.of(), false);
  }

  /**
   * @return one colour for each instance of a picture, so that neighbours of one class differ
   */
  public static InstanceColors byInstance() {
    return new InstanceColors(Map.of(), true);
  }

  /** The colour of the {@code index}th instance of a picture. */
  Color of(DrawnInstance instance, int index) {
    if (byInstance) {
      return color(index);
    }
    Integer known = order.get(instance.name());
    return color(known != null ? known : Math.floorMod(instance.name().hashCode() * 31, 36));
  }

  /** The {@code index}th colour of an endless sequence. */
  static Color color(int index) {
    int round = index / HUES.length;
    float hue = (HUES[index % HUES.length] + 9 * round) / 360f;
    float saturation = round % 3 == 1 ? 0.55f : 0.82f;
    float brightness = round % 3 == 2 ? 0.68f : 0.96f;
    return Color.getHSBColor(hue, saturation, brightness);
  }
}

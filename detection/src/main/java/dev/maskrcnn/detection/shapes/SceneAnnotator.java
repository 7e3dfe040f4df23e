package dev.maskrcnn.detection.shapes;

import dev.maskrcnn.detection.coco.Rle;
import java.awt.geom.Area;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns a scene into annotations of what can be seen: the exact geometry less everything above it
 * and beyond the image.
 */
final class SceneAnnotator {
  /** Slivers that occlusion leaves below this many square pixels are nobody's object. */
  private static final double SLIVER = 1.5;

  private SceneAnnotator() {}

  /**
   * One object.
   *
   * @param kind its class
   * @param polygons its visible parts; empty if they have holes or if it is a crowd
   * @param mask its visible pixels by COCO's rasterisation
   * @param crowd whether it is the scene's crowd
   */
  record Labelled(ShapeKind kind, List<double[]> polygons, Rle mask, boolean crowd) {}

  /** The visible objects of a scene from bottom to top, and its crowd if there is one. */
  static List<Labelled> annotate(Scene scene) {
    List<Labelled> found = new ArrayList<>();
    List<Rle> crowd = new ArrayList<>();
    ShapeKind crowdKind = null;
    for (int i = 0; i < scene.things().size(); i++) {
      Scene.Thing thing = scene.things().get(i);
      Loops seen = rounded(Loops.of(visible(scene, i)));
      Rle mask = rasterise(seen, scene.size());
      if (mask.area() == 0) {
        continue;
      }
      if (thing.crowd()) {
        crowdKind = thing.kind();
        crowd.add(mask);
      } else {
        List<double[]> polygons = seen.holes().isEmpty() ? seen.outer() : List.of();
        found.add(new Labelled(thing.kind(), polygons, mask, false));
      }
    }
    if (!crowd.isEmpty()) {
      found.add(new Labelled(crowdKind, List.of(), Rle.merge(crowd, false), true));
    }
    return found;
  }

  private static Area visible(Scene scene, int index) {
    Area area = new Area(scene.things().get(index).area());
    area.intersect(new Area(new Rectangle2D.Double(0, 0, scene.size(), scene.size())));
    for (Scene.Thing above : scene.things().subList(index + 1, scene.things().size())) {
      if (above.area().getBounds2D().intersects(area.getBounds2D())) {
        area.subtract(above.area());
      }
    }
    return area;
  }

  /** Two decimals as in COCO's files; slivers are dropped. */
  private static Loops rounded(Loops loops) {
    return new Loops(rounded(loops.outer()), rounded(loops.holes()));
  }

  private static List<double[]> rounded(List<double[]> polygons) {
    List<double[]> kept = new ArrayList<>();
    for (double[] polygon : polygons) {
      if (polygon.length >= 6 && Math.abs(Loops.signedArea(polygon)) >= SLIVER) {
        double[] xy = new double[polygon.length];
        for (int i = 0; i < xy.length; i++) {
          xy[i] = Math.rint(100 * polygon[i]) / 100;
        }
        kept.add(xy);
      }
    }
    return kept;
  }

  private static Rle rasterise(Loops loops, int size) {
    if (loops.outer().isEmpty()) {
      return Rle.encode(new byte[size * size], size, size);
    }
    Rle outer = Rle.fromPolygons(loops.outer(), size, size);
    if (loops.holes().isEmpty()) {
      return outer;
    }
    byte[] mask = outer.decode();
    byte[] hole = Rle.fromPolygons(loops.holes(), size, size).decode();
    for (int i = 0; i < mask.length; i++) {
      mask[i] &= (byte) (1 - hole[i]);
    }
    return Rle.encode(mask, size, size);
  }
}

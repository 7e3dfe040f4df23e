package dev.maskrcnn.detection.shapes;

import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Draws scenes: two to five clear objects, now and then a crowd, a tiny object, an object cut in
 * two by a bar, or nothing. The special cases come at fixed positions of the sequence, so that even
 * small sets have them.
 */
final class SceneSampler {
  private static final ShapeKind[] KINDS = ShapeKind.values();
  private static final int TRIES = 60;

  private final int size;
  private final SplittableRandom random;
  private final Palette palette;
  private final Rectangle2D frame;
  private final List<Scene.Thing> things = new ArrayList<>();

  private SceneSampler(int size, SplittableRandom random) {
    this.size = size;
    this.random = random;
    this.palette = new Palette(random);
    this.frame = new Rectangle2D.Double(0, 0, size, size);
  }

  /**
   * @param config gives size and seed
   * @param split number of the split
   * @param index of the image in its split, from 0
   * @return the scene, a function of the arguments without {@code config}'s image counts
   */
  static Scene sample(ShapesConfig config, int split, int index) {
    long seed = Scene.mix64(config.seed() * 31 + split) + index;
    SplittableRandom random = new SplittableRandom(Scene.mix64(seed));
    return new SceneSampler(config.size(), random).draw(index);
  }

  private Scene draw(int index) {
    Texture background = palette.background(size);
    boolean empty = index % 25 == 11;
    if (!empty) {
      int wanted = wanted();
      if (index % 20 == 4) {
        addCrowd();
        wanted = Math.min(wanted, 2);
      }
      if (index % 8 == 3) {
        addSplitPair();
        wanted = Math.min(wanted - 2, 2);
      }
      for (int i = 0; i < wanted; i++) {
        place(KINDS[random.nextInt(KINDS.length)], radius(), random.nextInt(2) == 0);
      }
      if (index % 9 == 5) {
        ShapeKind tiny = KINDS[random.nextInt(3)];
        place(tiny, size * random.nextDouble(0.013, 0.028), false);
      }
    }
    return new Scene(size, background, things, random.nextDouble(2, 8), random.nextLong());
  }

  private int wanted() {
    int roll = random.nextInt(20);
    return roll < 5 ? 2 : roll < 12 ? 3 : roll < 17 ? 4 : 5;
  }

  private double radius() {
    return size * random.nextDouble(0.11, 0.22);
  }

  /** Tries to add an object that leaves everything below visible enough to be recognised. */
  private void place(ShapeKind kind, double radius, boolean mayOverlap) {
    for (int i = 0; i < TRIES; i++) {
      double margin = Math.min(radius, 0.5 * size) * 0.7;
      Area area = shape(kind, radius, point(margin), kind.turn);
      if (insideShare(area) > 0.8 && (mayOverlap ? leavesEnough(area) : touchesNothing(area))) {
        add(kind, area, radius, false);
        return;
      }
    }
  }

  /** An object and a longer bar across its middle, which leaves it in two parts. */
  private void addSplitPair() {
    ShapeKind below = KINDS[random.nextInt(KINDS.length - 1)];
    double radius = size * random.nextDouble(0.15, 0.2);
    for (int i = 0; i < TRIES; i++) {
      Point2D centre = point(1.2 * radius);
      Area lower = shape(below, radius, centre, below.turn);
      Area bar = shape(ShapeKind.BAR, radius * 1.1, centre, ShapeKind.BAR.turn);
      Area left = new Area(lower);
      left.subtract(bar);
      if (touchesNothing(lower) && touchesNothing(bar) && share(left, lower) > 0.5) {
        add(below, lower, radius, false);
        add(ShapeKind.BAR, bar, radius, false);
        return;
      }
    }
  }

  /** Many small shapes of one class, close together. */
  private void addCrowd() {
    ShapeKind kind = KINDS[random.nextInt(4)];
    double radius = size * random.nextDouble(0.035, 0.05);
    Point2D centre = point(size * 0.25);
    int members = random.nextInt(9, 15);
    for (int i = 0; i < TRIES && members > 0; i++) {
      double angle = random.nextDouble(2 * StrictMath.PI);
      double distance = size * 0.19 * StrictMath.sqrt(random.nextDouble());
      Point2D at =
          new Point2D.Double(
              centre.getX() + distance * StrictMath.cos(angle),
              centre.getY() + distance * StrictMath.sin(angle));
      Area area = shape(kind, radius * random.nextDouble(0.85, 1.15), at, kind.turn);
      if (insideShare(area) > 0.9 && leavesEnough(area)) {
        add(kind, area, radius, true);
        members--;
      }
    }
  }

  private void add(ShapeKind kind, Area area, double radius, boolean crowd) {
    Texture fill = palette.fill(kind, radius, things);
    things.add(new Scene.Thing(kind, area, fill, random.nextInt(2) == 0, crowd));
  }

  private Point2D point(double margin) {
    double low = Math.min(margin, 0.45 * size);
    return new Point2D.Double(
        random.nextDouble(low, size - low), random.nextDouble(low, size - low));
  }

  private Area shape(ShapeKind kind, double radius, Point2D centre, double turn) {
    AffineTransform placing = AffineTransform.getTranslateInstance(centre.getX(), centre.getY());
    double angle = turn == 0 ? 0 : StrictMath.toRadians(turn) * random.nextDouble(-1, 1);
    double cos = StrictMath.cos(angle) * radius;
    double sin = StrictMath.sin(angle) * radius;
    placing.concatenate(new AffineTransform(cos, sin, -sin, cos, 0, 0));
    Path2D.Double outline = kind.outline(random);
    outline.transform(placing);
    return new Area(outline);
  }

  private double insideShare(Area area) {
    Area inside = new Area(area);
    inside.intersect(new Area(frame));
    return share(inside, area);
  }

  private boolean touchesNothing(Area area) {
    for (Scene.Thing thing : things) {
      if (overlap(thing.area(), area)) {
        return false;
      }
    }
    return true;
  }

  /** Each thing keeps a good part in sight, counting all that lies above it. */
  private boolean leavesEnough(Area top) {
    for (int i = 0; i < things.size(); i++) {
      Area whole = things.get(i).area();
      if (overlap(whole, top)) {
        Area left = new Area(whole);
        left.subtract(top);
        for (Scene.Thing above : things.subList(i + 1, things.size())) {
          left.subtract(above.area());
        }
        if (share(left, whole) < (things.get(i).crowd() ? 0.9 : 0.55)) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean overlap(Area a, Area b) {
    if (!a.getBounds2D().intersects(b.getBounds2D())) {
      return false;
    }
    Area both = new Area(a);
    both.intersect(b);
    return !both.isEmpty();
  }

  private static double share(Area part, Area whole) {
    return Loops.of(part).area() / Loops.of(whole).area();
  }
}

package dev.maskrcnn.detection.convert;

/** Polygons {@code x, y, x, y, …} for the shapes that tools draw. */
final class Shapes {
  /** A round outline and its polygon are nowhere further apart than this, in pixels. */
  private static final double TOLERANCE = 0.1;

  /** Ends of a line that are no further apart than this are the same point. */
  private static final double ENDS_MEET = 0.5;

  private static final int FEWEST = 12;

  /** In pixels; the corners of a larger circle would fill the memory. */
  private static final double LARGEST_RADIUS = 1e6;

  private Shapes() {}

  /** A rectangle from two opposite corners. */
  static double[] rectangle(double x1, double y1, double x2, double y2) {
    double left = Math.min(x1, x2);
    double right = Math.max(x1, x2);
    double top = Math.min(y1, y2);
    double bottom = Math.max(y1, y2);
    return new double[] {left, top, right, top, right, bottom, left, bottom};
  }

  /**
   * An ellipse with corners on its line, the first at angle zero.
   *
   * @param angle of the first axis against the x axis, in radians, clockwise on the screen
   * @throws BadShapeException if a radius is negative or larger than any image
   */
  static double[] ellipse(double x, double y, double[] radii, double angle) {
    double largest = Math.max(radii[0], radii[1]);
    if (largest > LARGEST_RADIUS || Math.min(radii[0], radii[1]) < 0) {
      throw new BadShapeException(
          "a radius is %s, expected 0 to %s"
              .formatted(
                  largest > LARGEST_RADIUS ? largest : Math.min(radii[0], radii[1]),
                  LARGEST_RADIUS));
    }
    double step = largest > TOLERANCE ? Math.acos(1 - TOLERANCE / largest) : Math.PI;
    int corners = Math.max(FEWEST, 4 * (int) Math.ceil(Math.PI / step / 4));
    double[] out = new double[2 * corners];
    for (int i = 0; i < corners; i++) {
      double a = 2 * Math.PI * i / corners;
      double u = radii[0] * Math.cos(a);
      double v = radii[1] * Math.sin(a);
      out[2 * i] = x + u * Math.cos(angle) - v * Math.sin(angle);
      out[2 * i + 1] = y + u * Math.sin(angle) + v * Math.cos(angle);
    }
    return out;
  }

  /**
   * A polygon as it is given.
   *
   * @throws BadShapeException if it has fewer than three points or a coordinate that is no number
   */
  static double[] polygon(double[] xy) {
    if (xy.length < 6) {
      throw new BadShapeException("a polygon needs 3 points, got " + xy.length / 2);
    }
    return finite(xy);
  }

  /**
   * A line whose ends meet, as a polygon.
   *
   * @throws BadShapeException if they do not: it encloses nothing
   */
  static double[] closed(double[] line, String type) {
    int last = line.length - 2;
    if (Math.hypot(line[last] - line[0], line[last + 1] - line[1]) > ENDS_MEET) {
      throw new BadShapeException(
          "a %s that does not end where it begins encloses nothing".formatted(type));
    }
    return line;
  }

  /**
   * Coordinates as they are.
   *
   * @throws BadShapeException if one is infinite or no number
   */
  static double[] finite(double[] values) {
    for (double value : values) {
      if (!Double.isFinite(value)) {
        throw new BadShapeException("a coordinate is no number, got " + value);
      }
    }
    return values;
  }
}

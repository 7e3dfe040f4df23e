package dev.maskrcnn.detection.shapes;

import java.awt.geom.Path2D;
import java.util.SplittableRandom;

/**
 * The classes of objects. The category ids have gaps on purpose, as COCO's have. Outlines are
 * polygons around the origin with a circumradius of about 1, so that painted and annotated geometry
 * are the same.
 */
enum ShapeKind {
  CIRCLE(1, "round", 0) {
    @Override
    Path2D.Double outline(SplittableRandom random) {
      return regular(40, 1, 1, random.nextDouble(0.82, 1));
    }
  },
  SQUARE(2, "angular", 28) {
    @Override
    Path2D.Double outline(SplittableRandom random) {
      double w = 0.85;
      double h = w * random.nextDouble(0.8, 1);
      return closed(-w, -h, w, -h, w, h, -w, h);
    }
  },
  TRIANGLE(4, "angular", 35) {
    @Override
    Path2D.Double outline(SplittableRandom random) {
      return regular(3, 1.12, 1.12, random.nextDouble(0.85, 1.1));
    }
  },
  STAR(5, "angular", 36) {
    @Override
    Path2D.Double outline(SplittableRandom random) {
      return regular(10, 1.15, 0.5, 1);
    }
  },
  RING(7, "round", 0) {
    @Override
    Path2D.Double outline(SplittableRandom random) {
      Path2D.Double path = regular(40, 1.05, 1.05, 1);
      double inner = random.nextDouble(0.5, 0.62);
      path.append(regular(32, inner, inner, 1), false);
      path.setWindingRule(Path2D.WIND_EVEN_ODD);
      return path;
    }
  },
  BAR(9, "angular", 14) {
    @Override
    Path2D.Double outline(SplittableRandom random) {
      double w = 1.3;
      double h = random.nextDouble(0.24, 0.32);
      return random.nextBoolean()
          ? closed(-w, -h, w, -h, w, h, -w, h)
          : closed(-h, -w, h, -w, h, w, -h, w);
    }
  };

  /** COCO category id. */
  final int categoryId;

  /** COCO supercategory. */
  final String supercategory;

  /** Largest turn to either side, degrees: enough to vary, too little to confuse the classes. */
  final double turn;

  ShapeKind(int categoryId, String supercategory, double turn) {
    this.categoryId = categoryId;
    this.supercategory = supercategory;
    this.turn = turn;
  }

  /** A new outline of this class; what varies is drawn from {@code random}. */
  abstract Path2D.Double outline(SplittableRandom random);

  /** Category name: the constant in lower case. */
  String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** A star or regular polygon, first corner up, with alternating radii, squeezed in x. */
  private static Path2D.Double regular(int corners, double even, double odd, double squeeze) {
    double[] xy = new double[2 * corners];
    for (int i = 0; i < corners; i++) {
      double angle = 2 * StrictMath.PI * i / corners;
      double radius = i % 2 == 0 ? even : odd;
      xy[2 * i] = squeeze * radius * StrictMath.sin(angle);
      xy[2 * i + 1] = -radius * StrictMath.cos(angle);
    }
    return closed(xy);
  }

  private static Path2D.Double closed(double... xy) {
    Path2D.Double path = new Path2D.Double();
    path.moveTo(xy[0], xy[1]);
    for (int i = 2; i < xy.length; i += 2) {
      path.lineTo(xy[i], xy[i + 1]);
    }
    path.closePath();
    return path;
  }
}

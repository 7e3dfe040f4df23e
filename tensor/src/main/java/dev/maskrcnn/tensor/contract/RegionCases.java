package dev.maskrcnn.tensor.contract;

import static dev.maskrcnn.tensor.contract.Workload.of;

import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlignBackward;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiLevels;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Pooling of regions. */
final class RegionCases {
  private static final List<Double> FOUR = List.of(0.25, 0.125, 0.0625, 0.03125);

  private RegionCases() {}

  static void collect(CaseList list) {
    Draw draw = new Draw(9);
    levels(list, draw);
    Grid[] grids = {
      new Grid(7, 7, 2, false),
      new Grid(14, 14, 2, false),
      new Grid(7, 7, 0, false),
      new Grid(5, 3, 1, false),
      new Grid(7, 7, 2, true),
      new Grid(7, 7, 0, true),
      new Grid(2, 3, 0, true),
    };
    for (Grid g : grids) {
      single(list, draw, g, 0.25, Shape.of(2, 13, 17, 3));
      single(list, draw, g, 1.0 / 16, Shape.of(1, 9, 4, 33));
      pyramid(list, draw, g, 31);
    }
    pyramid(list, draw, new Grid(7, 7, 2, false), 64);
    borders(list, draw);
  }

  private static void levels(CaseList list, Draw draw) {
    double[] sides = {0, 1, 55, 56, 111, 112, 223, 224, 447, 448, 449, 895, 896, 3000};
    double[] rois = new double[5 * (sides.length + 2)];
    for (int i = 0; i < sides.length; i++) {
      rois[i * 5 + 3] = sides[i];
      rois[i * 5 + 4] = sides[i];
    }
    rois[5 * sides.length] = -1; // padding
    rois[5 * sides.length + 8] = -9; // inverted in x only: the area is negative
    rois[5 * sides.length + 9] = 9;
    Operand edge = Operand.f32(Shape.of(sides.length + 2, 5), rois);
    for (double offset : new double[] {0, 1}) {
      list.exact("borders of levels", new RoiLevels(2, 5, 4, 224, offset), edge);
      list.exact("", new RoiLevels(2, 5, 4, 224, offset), draw.rois(2, 900, 129));
      list.exact("small", new RoiLevels(3, 4, 4, 56, offset), draw.rois(2, 200, 33));
    }
    list.exact("nothing", new RoiLevels(2, 5, 4, 224, 1), draw.rois(2, 900, 0));
  }

  private static void single(CaseList list, Draw draw, Grid g, double scale, Shape features) {
    double image = features.dim(2) / scale;
    Operand rois = draw.rois(features.dim(0), image, 11);
    Pyramid one = new Pyramid(List.of(scale), List.of(features));
    both(list, draw, g, one, new Regions(rois, draw.ints(0, 1, 11)));
    Operand none = draw.rois(1, image, 0);
    both(list, draw, g, one, new Regions(none, Operand.i32()));
  }

  private static void pyramid(CaseList list, Draw draw, Grid g, int channels) {
    List<Shape> maps = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      maps.add(Shape.of(2, 24 >> i, 40 >> i, channels));
    }
    Regions regions = new Regions(draw.rois(2, 150, 33), draw.ints(0, 4, 33));
    both(list, draw, g, new Pyramid(FOUR, maps), regions);
  }

  /** RoIs that lie outside, touch the border, or have no extent. */
  private static void borders(CaseList list, Draw draw) {
    double[] rows = {
      0, -400, -400, -300, -300, //
      0, 500, 500, 600, 600, //
      0, 0, 0, 68, 52, //
      0, 20, 20, 20, 20, //
      0, 10.5, 8.25, 10.75, 50, //
      0, 60, 40, 90, 70
    };
    Operand rois = Operand.f32(Shape.of(6, 5), rows);
    Pyramid one = new Pyramid(List.of(0.25), List.of(Shape.of(1, 13, 17, 5)));
    Regions regions = new Regions(rois, Operand.i32(0, 0, 0, 0, 0, 0));
    both(list, draw, new Grid(7, 7, 2, false), one, regions);
    both(list, draw, new Grid(7, 7, 2, true), one, regions);
    both(list, draw, new Grid(3, 3, 0, true), one, regions);
  }

  /** Levels: scales and feature shapes. */
  private record Pyramid(List<Double> scales, List<Shape> features) {}

  /** RoI rows and the level of each. */
  private record Regions(Operand rois, Operand level) {}

  private static void both(CaseList list, Draw draw, Grid g, Pyramid p, Regions regions) {
    Operand rois = regions.rois;
    Operand level = regions.level;
    String name = p.features.size() + " levels, " + rois.spec().shape().dim(0) + " rois " + g;
    List<Operand> in = new ArrayList<>(List.of(rois, level));
    for (Shape s : p.features) {
      in.add(draw.normal(s.dims()));
    }
    list.add(name, new RoiAlign(g, p.scales), in.toArray(new Operand[0]));
    int channels = p.features.get(0).dim(3);
    Operand dy = draw.normal(rois.spec().shape().dim(0), g.height(), g.width(), channels);
    list.add(name, new RoiAlignBackward(g, p.scales, p.features), dy, rois, level);
  }

  static void benchmarks(CaseList list) {
    list.bench("512-rois", m -> of(new RoiLevels(2, 5, 4, 224, 1), m.rois(m.size.sampled())));
    for (boolean half : new boolean[] {true, false}) {
      String type = half ? "-f16" : "";
      list.bench("512x7x7" + type, m -> align(m, half, m.size.sampled(), 7));
      list.bench("1000x7x7" + type, m -> align(m, half, m.size.detected(), 7));
      list.bench("128x14x14" + type, m -> align(m, half, m.size.masks(), 14));
      list.bench("512x7x7" + type, m -> alignBackward(m, half));
    }
  }

  private static Input map(ModelInputs m, boolean half, int... dims) {
    return half ? m.half(dims) : m.map(dims);
  }

  private static Workload align(ModelInputs m, boolean half, int rois, int bins) {
    List<Input> in = new ArrayList<>();
    in.add(m.rois(rois));
    in.add(m.ints(0, FOUR.size(), m.images * rois));
    for (int l = 0; l < FOUR.size(); l++) {
      in.add(map(m, half, m.level(l)));
    }
    return of(new RoiAlign(new Grid(bins, bins, 2, false), FOUR), in.toArray(Input[]::new));
  }

  private static Workload alignBackward(ModelInputs m, boolean half) {
    int rois = m.images * m.size.sampled();
    List<Shape> maps = IntStream.range(0, FOUR.size()).mapToObj(l -> Shape.of(m.level(l))).toList();
    return of(
        new RoiAlignBackward(new Grid(7, 7, 2, false), FOUR, maps),
        map(m, half, rois, 7, 7, m.size.channels()),
        m.rois(m.size.sampled()),
        m.ints(0, FOUR.size(), rois));
  }
}

package dev.maskrcnn.tensor.contract;

import java.util.List;
import java.util.function.Consumer;

/** The one list of cases, several for each op of the catalogue; the same at each call. */
public final class OpCases {
  private OpCases() {}

  private static final List<Consumer<CaseList>> CONTRACT =
      List.of(
          ConvolutionCases::collect,
          ArithmeticCases::collect,
          MovementCases::collect,
          PoolingCases::collect,
          NormalizationCases::collect,
          LossCases::collect,
          BoxCases::collect,
          SelectionCases::collect,
          RegionCases::collect,
          RoiPoolCases::collect,
          MaskCases::collect,
          LargeCases::collect,
          UpdateCases::collect);

  private static final List<Consumer<CaseList>> BENCHMARKS =
      List.of(
          RegionCases::benchmarks,
          ArithmeticCases::benchmarks,
          UpdateCases::benchmarks,
          PoolingCases::benchmarks,
          NormalizationCases::benchmarks,
          BoxCases::benchmarks,
          SelectionCases::benchmarks,
          MaskCases::benchmarks,
          LossCases::benchmarks,
          MovementCases::benchmarks,
          RoiPoolCases::benchmarks,
          LayerCases::benchmarks);

  /** The cases on which every backend agrees with the reference, in the order of the families. */
  public static List<OpCase> all() {
    return collected(CONTRACT).cases();
  }

  /** What benchmarks measure: at least one case of each op, at the size of the real model. */
  public static List<BenchmarkCase> benchmarks() {
    return collected(BENCHMARKS).benchmarks();
  }

  private static CaseList collected(List<Consumer<CaseList>> families) {
    CaseList list = new CaseList();
    families.forEach(f -> f.accept(list));
    return list;
  }
}

package dev.maskrcnn.tensor.contract;

import java.util.ArrayList;
import java.util.List;

/** All cases of the contract, several for each op of the catalogue. */
public final class OpCases {
  private OpCases() {}

  /** The cases, in the order of the families; the same at each call. */
  public static List<OpCase> all() {
    List<OpCase> all = new ArrayList<>();
    all.addAll(ConvolutionCases.cases());
    all.addAll(ArithmeticCases.cases());
    all.addAll(MovementCases.cases());
    all.addAll(PoolingCases.cases());
    all.addAll(NormalizationCases.cases());
    all.addAll(LossCases.cases());
    all.addAll(BoxCases.cases());
    all.addAll(SelectionCases.cases());
    all.addAll(RegionCases.cases());
    all.addAll(RoiPoolCases.cases());
    all.addAll(MaskCases.cases());
    all.addAll(LargeCases.cases());
    all.addAll(UpdateCases.cases());
    return all;
  }
}

package dev.maskrcnn.cuda;

import java.util.HashSet;
import java.util.Set;

/** How a convolution is computed: its descriptors and the algorithm chosen so far. */
final class ConvolutionPlan {
  private final ConvolutionProblem problem;
  private final ConvolutionDescriptors descriptors;
  private Algorithm algorithm;
  private final Set<Integer> failed = new HashSet<>();
  private boolean fuses;
  private long uses;
  private boolean searched;

  ConvolutionPlan(ConvolutionProblem problem, ConvolutionDescriptors descriptors) {
    this.problem = problem;
    this.descriptors = descriptors;
  }

  ConvolutionProblem problem() {
    return problem;
  }

  ConvolutionDescriptors descriptors() {
    return descriptors;
  }

  Algorithm algorithm() {
    return algorithm;
  }

  /** Uses an algorithm from now on; {@code fuses} says whether an epilogue may be part of it. */
  void use(Algorithm chosen, boolean fuses) {
    this.algorithm = chosen;
    this.fuses = fuses;
    this.searched |= chosen.measured();
    descriptors.math(chosen.math());
  }

  /** Whether bias, residual and ReLU are computed by the same call. */
  boolean fuses() {
    return fuses;
  }

  /** Learns that cuDNN has no kernel for this with an epilogue. */
  void cannotFuse() {
    fuses = false;
  }

  /** Learns that the algorithm does not compute this, whatever cuDNN said of it. */
  void algorithmFailed() {
    failed.add(algorithm.number());
    searched = true;
  }

  /** Whether an algorithm was not found to fail. */
  boolean mayUse(Algorithm a) {
    return !failed.contains(a.number());
  }

  /**
   * Counts a use and says whether a search is due: after so many uses, once. With an epilogue there
   * is but one algorithm to choose from.
   */
  boolean due(int searchAfter) {
    uses++;
    boolean choice = !(problem.epilogue() && fuses);
    return choice && !searched && searchAfter > 0 && uses >= searchAfter;
  }

  void searched() {
    searched = true;
  }
}

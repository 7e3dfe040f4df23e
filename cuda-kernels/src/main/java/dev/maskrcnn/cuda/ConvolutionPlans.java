package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.shape.DType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcuda.driver.JCudaDriver;
import jcuda.jcudnn.JCudnn;

/**
 * The plans of all convolutions seen so far. An algorithm comes from an earlier run that measured
 * it, else from cuDNN's heuristics; a convolution that is used often is measured once.
 */
final class ConvolutionPlans implements AutoCloseable {
  private final CudaRuntime cuda;
  private final CudaSettings settings;
  private final AlgorithmFile known;
  private final Map<ConvolutionProblem, ConvolutionPlan> plans = new HashMap<>();
  private Cudnn cudnn;

  ConvolutionPlans(CudaRuntime cuda, CudaSettings settings) {
    this.cuda = cuda;
    this.settings = settings;
    this.known = new AlgorithmFile(settings.cache(), cuda::warn);
  }

  Cudnn cudnn() {
    if (cudnn == null) {
      cudnn = new Cudnn(cuda);
    }
    return cudnn;
  }

  CudaSettings settings() {
    return settings;
  }

  /** The plan of a convolution. */
  ConvolutionPlan of(ConvolutionProblem problem) {
    ConvolutionPlan plan = plans.get(problem);
    if (plan == null) {
      cuda.bind();
      plan = new ConvolutionPlan(problem, cudnn().describe(problem));
      plans.put(problem, plan);
      Optional<Algorithm> stored = known.find(key(problem)).filter(this::allowed);
      if (stored.isPresent()) {
        plan.use(stored.get(), !problem.epilogue());
      } else {
        chooseByHeuristics(plan);
      }
    }
    return plan;
  }

  /** Chooses anew, without what an earlier run measured. */
  void chooseByHeuristics(ConvolutionPlan plan) {
    ConvolutionProblem problem = plan.problem();
    plan.descriptors().math(askedMath(problem));
    List<Algorithm> all =
        problem.pass().expected(cudnn(), plan.descriptors()).stream()
            .filter(r -> r.status() == 0)
            .map(r -> algorithm(problem, r, 0))
            .toList();
    Optional<Algorithm> fused = first(plan, all, true);
    Algorithm chosen = fused.or(() -> first(plan, all, false)).orElseThrow(() -> none(problem));
    plan.use(chosen, fused.isPresent());
  }

  /** Leaves an algorithm that was expected or measured to do it and does not. */
  void replaceFailed(ConvolutionPlan plan, int status) {
    cuda.warn(
        "%s: cuDNN refuses algorithm %s for %s, another is taken: %s"
            .formatted(
                cuda.name(), plan.algorithm().number(), plan.problem(), Cudnn.describe(status)));
    plan.algorithmFailed();
    chooseByHeuristics(plan);
  }

  /** From now on the epilogue is a pass of its own. */
  void leaveFusion(ConvolutionPlan plan, int status) {
    cuda.warn(
        "%s: cuDNN has no kernel with epilogue for %s, it gets a pass of its own: %s"
            .formatted(cuda.name(), plan.problem(), Cudnn.describe(status)));
    plan.cannotFuse();
  }

  private CudaException none(ConvolutionProblem problem) {
    return new CudaException(
        cuda.name()
            + ": cuDNN has no algorithm for "
            + problem
            + " with at most "
            + (settings.workspaceBytes() >> 20)
            + " MiB of workspace"
            + (settings.deterministic() ? ", deterministic" : ""));
  }

  private Optional<Algorithm> first(ConvolutionPlan plan, List<Algorithm> all, boolean fused) {
    return all.stream()
        .filter(this::allowed)
        .filter(plan::mayUse)
        .filter(a -> !fused || mayFuse(plan.problem(), a))
        .findFirst();
  }

  private Algorithm algorithm(ConvolutionProblem problem, AlgorithmResult r, long micros) {
    // Of float32 without TF32 cuDNN may say "default", which would allow TF32.
    int math = exact(problem) ? JCudnn.CUDNN_FMA_MATH : r.math();
    return new Algorithm(r.algorithm(), math, r.workspaceBytes(), r.deterministic(), micros);
  }

  private boolean allowed(Algorithm a) {
    return a.workspaceBytes() <= settings.workspaceBytes()
        && (a.deterministic() || !settings.deterministic());
  }

  /** Of all epilogues this algorithm takes most, and identity none but it. */
  private static boolean mayFuse(ConvolutionProblem problem, Algorithm a) {
    return !problem.epilogue()
        || a.number() == JCudnn.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
  }

  private boolean exact(ConvolutionProblem problem) {
    return problem.type() == DType.F32 && !settings.tf32();
  }

  private int askedMath(ConvolutionProblem problem) {
    if (exact(problem)) {
      return JCudnn.CUDNN_FMA_MATH;
    }
    return problem.type() == DType.F32 ? JCudnn.CUDNN_DEFAULT_MATH : JCudnn.CUDNN_TENSOR_OP_MATH;
  }

  private String key(ConvolutionProblem problem) {
    String device = cuda.facts().product().replaceAll("\\s+", "-");
    return String.join(
        "/", device, "cudnn" + cudnn().version(), problem + (exact(problem) ? "" : "_tensorop"));
  }

  /** Whether a plan was used so often that it should be measured, and can be now. */
  boolean due(ConvolutionPlan plan) {
    return plan.due(settings.searchAfter()) && !capturing();
  }

  /** A search waits for the device, which a captured stream must not. */
  private boolean capturing() {
    int[] status = new int[1];
    cuda.log().check(JCudaDriver.cuStreamIsCapturing(cuda.stream(), status), "asking the stream");
    return status[0] != 0;
  }

  /** Measures all algorithms on the given arrays, whose result is overwritten. */
  void search(ConvolutionPlan plan, ConvolutionArrays arrays) {
    ConvolutionProblem problem = plan.problem();
    plan.descriptors().math(askedMath(problem));
    long bytes =
        problem.pass().expected(cudnn(), plan.descriptors()).stream()
            .filter(r -> r.status() == 0)
            .mapToLong(AlgorithmResult::workspaceBytes)
            .filter(b -> b <= settings.workspaceBytes())
            .max()
            .orElse(0);
    CudaMemory workspace = cuda.pool().allocate(bytes);
    try {
      ConvolutionArrays with = arrays.workspace(workspace.address(), bytes);
      List<Algorithm> all =
          problem.pass().measured(cudnn(), plan.descriptors(), with).stream()
              .filter(r -> r.status() == 0)
              .map(r -> algorithm(problem, r, Math.max(1, Math.round(r.milliseconds() * 1e3))))
              .toList();
      Optional<Algorithm> best = first(plan, all, plan.fuses());
      plan.use(best.orElse(plan.algorithm()), plan.fuses());
      best.ifPresent(a -> known.put(key(problem), a));
    } finally {
      cuda.pool().free(workspace);
    }
    plan.searched();
  }

  /** Number of plans, for tests. */
  int size() {
    return plans.size();
  }

  @Override
  public void close() {
    known.save();
    if (cudnn != null) {
      cudnn.close();
    }
  }
}

package dev.maskrcnn.cuda;

import dev.maskrcnn.cuda.ChannelPadding.Target;
import dev.maskrcnn.cuda.ConvolutionProblem.Extents;
import dev.maskrcnn.cuda.EpilogueCuda.Terms;
import dev.maskrcnn.tensor.shape.DType;
import jcuda.jcudnn.JCudnn;

/**
 * Runs one pass of a convolution by its plan: pads channels, gives the algorithm its workspace,
 * takes the padding off again, and has a convolution measured that is used often. All memory beside
 * the operands is scratch.
 */
final class ConvolutionRunner {
  private final CudaRuntime cuda;
  private final ConvolutionPlans plans;
  private final ChannelPadding padding;

  ConvolutionRunner(CudaRuntime cuda, ConvolutionPlans plans) {
    this.cuda = cuda;
    this.plans = plans;
    this.padding = new ChannelPadding(cuda);
  }

  /** Device addresses of image, filter and result, one of which is written. */
  record Operands(long x, long w, long y) {}

  /** Computes the pass without an epilogue. */
  void run(ConvolutionProblem problem, Operands operands) {
    execute(problem, operands, new Terms(0, 0, false));
  }

  /**
   * Computes the pass with an epilogue if cuDNN can.
   *
   * @return false if the result still lacks the epilogue
   */
  boolean runFused(ConvolutionProblem problem, Operands operands, Terms terms) {
    return execute(problem, operands, terms);
  }

  private boolean execute(ConvolutionProblem problem, Operands operands, Terms terms) {
    boolean tensorCores = problem.type() != DType.F32 || plans.settings().tf32();
    ConvolutionPlan plan = plans.of(ChannelPadding.padded(problem, tensorCores));
    cuda.bind();
    Prepared prepared = new Prepared(problem, plan, operands, terms);
    int status = issue(plan, prepared);
    if (status == 0 && !cuda.capturing() && plans.due(plan)) {
      plans.search(plan, prepared.arrays);
      prepared = new Prepared(problem, plan, operands, terms);
      status = issue(plan, prepared);
    }
    while (Cudnn.refused(status)) {
      // Ends when no algorithm is left, which is an error.
      plans.replaceFailed(plan, status);
      prepared = new Prepared(problem, plan, operands, terms);
      status = issue(plan, prepared);
    }
    plans.cudnn().check(status, plan.problem() + " with algorithm " + plan.algorithm().number());
    prepared.takeOff();
    return plan.fuses();
  }

  private int issue(ConvolutionPlan plan, Prepared prepared) {
    cuda.activity().calledLibrary();
    boolean fused = plan.fuses() && !prepared.terms.none();
    int status = fused ? fused(plan, prepared) : plain(plan, prepared);
    if (fused && Cudnn.refused(status)) {
      plans.leaveFusion(plan, status);
      status = plain(plan, prepared);
    }
    return status;
  }

  private int plain(ConvolutionPlan plan, Prepared p) {
    return plan.problem()
        .pass()
        .run(plans.cudnn(), plan.descriptors(), p.arrays, plan.algorithm().number());
  }

  private int fused(ConvolutionPlan plan, Prepared p) {
    Cudnn cudnn = plans.cudnn();
    ConvolutionDescriptors d = plan.descriptors();
    boolean residual = p.terms.residual() != 0;
    return JCudnn.cudnnConvolutionBiasActivationForwardNative(
        cudnn.handle(),
        cudnn.scalars().one(),
        d.x(),
        p.arrays.x(),
        d.w(),
        p.arrays.w(),
        d.convolution(),
        plan.algorithm().number(),
        p.arrays.workspace(),
        p.arrays.workspaceBytes(),
        // Without a residual its place must be taken too; times 0 it is not read.
        residual ? cudnn.scalars().one() : cudnn.scalars().zero(),
        d.y(),
        residual ? new DevicePointer(p.residual) : p.arrays.y(),
        d.bias(),
        new DevicePointer(p.bias),
        cudnn.activation(p.terms.relu()),
        d.y(),
        p.arrays.y());
  }

  /** The arrays of a call with padded channels; those that are padded lie in scratch memory. */
  private final class Prepared {
    private final ConvolutionProblem real;
    private final ConvolutionProblem wide;
    private final Operands operands;
    private final Terms terms;
    private final ScratchLayout layout = new ScratchLayout();
    private final ConvolutionArrays arrays;
    private final long bias;
    private final long residual;

    Prepared(ConvolutionProblem real, ConvolutionPlan plan, Operands operands, Terms terms) {
      this.real = real;
      this.wide = plan.problem();
      this.operands = operands;
      this.terms = terms;
      long x = place(real.x(), wide.x());
      long w = place(real.w(), wide.w());
      long y = place(real.y(), wide.y());
      long biasBytes = (long) wide.w().a() * real.type().bytes();
      boolean needsBias = !terms.none();
      long biasAt = needsBias ? layout.add(biasBytes) : -1;
      long residualAt = terms.residual() == 0 ? -1 : place(real.y(), wide.y());
      long bytes = plan.algorithm().workspaceBytes();
      long workspace = layout.add(bytes);
      long base = layout.bytes() == 0 ? 0 : cuda.scratch(layout.bytes());
      ConvolutionPass pass = real.pass();
      this.arrays =
          ConvolutionArrays.of(
                  input(pass != ConvolutionPass.BACKWARD_DATA, Part.X, base, x),
                  input(pass != ConvolutionPass.BACKWARD_FILTER, Part.W, base, w),
                  input(pass != ConvolutionPass.FORWARD, Part.Y, base, y))
              .workspace(base + workspace, bytes);
      this.bias = needsBias ? bias(base + biasAt, biasBytes) : 0;
      this.residual = residualAt < 0 ? terms.residual() : residual(base + residualAt);
    }

    /** Offset of a padded array, -1 if it is not padded. */
    private long place(Extents narrow, Extents padded) {
      return narrow.equals(padded) ? -1 : layout.add(padded.size() * real.type().bytes());
    }

    private long input(boolean read, Part part, long base, long offset) {
      if (offset < 0) {
        return part.of(operands);
      }
      long address = base + offset;
      if (read) {
        padding.widen(
            part.of(real), part.of(operands), part.of(wide), new Target(address, real.type()));
      }
      return address;
    }

    /** The bias where it is, or in scratch memory padded with zeros, or nothing but zeros. */
    private long bias(long address, long bytes) {
      long given = (long) real.w().a() * real.type().bytes();
      if (terms.bias() != 0 && given == bytes) {
        return terms.bias();
      }
      cuda.fill(address, (byte) 0, bytes);
      if (terms.bias() != 0) {
        cuda.copy(address, terms.bias(), given);
      }
      return address;
    }

    private long residual(long address) {
      padding.widen(real.y(), terms.residual(), wide.y(), new Target(address, real.type()));
      return address;
    }

    /** Copies a padded result to where it belongs. */
    void takeOff() {
      Part part =
          switch (real.pass()) {
            case FORWARD -> Part.Y;
            case BACKWARD_DATA -> Part.X;
            case BACKWARD_FILTER -> Part.W;
          };
      if (!part.of(real).equals(part.of(wide))) {
        padding.narrow(
            part.of(wide),
            part.of(arrays),
            part.of(real),
            new Target(part.of(operands), real.type()));
      }
    }
  }

  /** One of the three arrays of a convolution. */
  private enum Part {
    X,
    W,
    Y;

    Extents of(ConvolutionProblem p) {
      return this == X ? p.x() : this == W ? p.w() : p.y();
    }

    long of(Operands o) {
      return this == X ? o.x() : this == W ? o.w() : o.y();
    }

    long of(ConvolutionArrays a) {
      return (this == X ? a.x() : this == W ? a.w() : a.y()).address();
    }
  }
}

package dev.maskrcnn.autograd.trace;

import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;
import java.util.Optional;

/**
 * One recorded step, without tensors.
 *
 * @param ops what ran forward, in order, differentiated or not
 * @param sources what the ops read and no op made: parameters, images, constants
 * @param backward indices of ops in the order in which their rules ran
 * @param memory every block of device memory that lived during the step
 * @param phases the times of the phases, of whole wall clock without what the tracer cost
 * @param updates what the update of the weights ran
 */
public record StepTrace(
    List<TracedOp> ops,
    List<Source> sources,
    List<Integer> backward,
    MemoryTimeline memory,
    List<PhaseTime> phases,
    List<Launch> updates) {

  public StepTrace {
    ops = List.copyOf(ops);
    sources = List.copyOf(sources);
    backward = List.copyOf(backward);
    phases = List.copyOf(phases);
    updates = List.copyOf(updates);
  }

  /** Parts of a step. */
  public enum Phase {
    FORWARD,
    BACKWARD,
    UPDATE
  }

  /** Sum of kernel times and number of kernels of a phase. */
  public record PhaseTime(Phase phase, long nanos, int launches) {}

  /** A kernel that ran for a rule or an update. */
  public record Launch(Op op, long nanos) {}

  /** A tensor that was there before the ops that read it. */
  public record Source(String name, boolean parameter, Spec spec) {}

  /**
   * An input or its gradient.
   *
   * @param op index of the op that made it, or −1
   * @param source index of the source that it is, or −1
   * @param spec as the op saw it
   */
  public record Operand(int op, int source, Spec spec) {}

  /** What the tape keeps of an op. */
  public record Held(String slot, Spec spec) {}

  /**
   * The gradient of an input that is a source: of a weight or bias.
   *
   * @param input index of the input
   */
  public record SourceGradient(int input, ValueStatistics statistics) {}

  /**
   * What the backward pass did at an op.
   *
   * @param nanos of the rule's kernels
   * @param launches kernels of the rule
   * @param targets inputs that got a gradient
   * @param gradient of output 0; empty if statistics are off
   * @param sources gradients of weights and biases; empty if statistics are off
   */
  public record Backward(
      long nanos,
      List<Launch> launches,
      List<Integer> targets,
      Optional<ValueStatistics> gradient,
      List<SourceGradient> sources) {
    public Backward {
      launches = List.copyOf(launches);
      targets = List.copyOf(targets);
      sources = List.copyOf(sources);
    }
  }

  /**
   * An op that ran forward.
   *
   * @param op with its attributes
   * @param path module path, possibly empty
   * @param node its number on the tape, or −1 if nothing is differentiated by it
   * @param outputs specs
   * @param nanos of the kernel
   * @param held what the tape keeps for its rule
   * @param statistics of output 0, if they are on and it has elements
   * @param backward what its rule did, if it ran
   */
  public record TracedOp(
      Op op,
      String path,
      int node,
      List<Operand> inputs,
      List<Spec> outputs,
      long nanos,
      List<Held> held,
      Optional<ValueStatistics> statistics,
      Optional<Backward> backward) {
    public TracedOp {
      inputs = List.copyOf(inputs);
      outputs = List.copyOf(outputs);
      held = List.copyOf(held);
    }

    /** Simple name of the op's record. */
    public String name() {
      return op.getClass().getSimpleName();
    }

    /** Bytes of what is held. */
    public long heldBytes() {
      return held.stream().mapToLong(h -> h.spec().bytes()).sum();
    }

    /** Kernel time of both directions. */
    public long totalNanos() {
      return nanos + backward.map(Backward::nanos).orElse(0L);
    }
  }
}

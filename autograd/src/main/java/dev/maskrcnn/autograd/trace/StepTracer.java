package dev.maskrcnn.autograd.trace;

import dev.maskrcnn.autograd.AutogradException;
import dev.maskrcnn.autograd.BackwardObserver;
import dev.maskrcnn.autograd.Kept;
import dev.maskrcnn.autograd.Node;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.trace.MemoryTimeline.Kind;
import dev.maskrcnn.autograd.trace.StepTrace.Backward;
import dev.maskrcnn.autograd.trace.StepTrace.Held;
import dev.maskrcnn.autograd.trace.StepTrace.Launch;
import dev.maskrcnn.autograd.trace.StepTrace.Operand;
import dev.maskrcnn.autograd.trace.StepTrace.Phase;
import dev.maskrcnn.autograd.trace.StepTrace.PhaseTime;
import dev.maskrcnn.autograd.trace.StepTrace.Source;
import dev.maskrcnn.autograd.trace.StepTrace.SourceGradient;
import dev.maskrcnn.autograd.trace.StepTrace.TracedOp;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.OpListener;
import dev.maskrcnn.tensor.Storage;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Accumulate;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Records one step. Open it, name the parameters, run the forward pass, call {@link #backward} with
 * the tape, run the backward pass, call {@link #update}, run the update, and take the {@link
 * #finish result}.
 */
public final class StepTracer implements AutoCloseable {

  /** An op while more becomes known of it. */
  private static final class Running {
    final Op op;
    final String path;
    final List<Operand> inputs;
    final List<Spec> outputs;
    final long nanos;
    final Optional<ValueStatistics> statistics;
    int node = -1;
    List<Held> held = List.of();
    Optional<Backward> backward = Optional.empty();

    Running(
        Op op,
        String path,
        List<Operand> inputs,
        List<Spec> outputs,
        long nanos,
        Optional<ValueStatistics> statistics) {
      this.op = op;
      this.path = path;
      this.inputs = inputs;
      this.outputs = outputs;
      this.nanos = nanos;
      this.statistics = statistics;
    }
  }

  /** Where a value came from: an op, or a source. */
  private record Maker(int op, int source) {}

  private final Device device;
  private final boolean statistics;
  private final MemoryRecorder memory = new MemoryRecorder();
  private final OpListener listener = this::ran;
  private final BackwardObserver observer = this::differentiated;
  private final Map<Storage, Maker> makers = new IdentityHashMap<>();
  private final Map<Storage, String> names = new IdentityHashMap<>();
  private final List<Source> sources = new ArrayList<>();
  private final List<Running> ops = new ArrayList<>();
  private final Map<Integer, Integer> opOfNode = new HashMap<>();
  private final List<Integer> order = new ArrayList<>();
  private final List<Launch> updates = new ArrayList<>();
  private final long[] nanos = new long[Phase.values().length];
  private final int[] launches = new int[Phase.values().length];
  private List<Launch> pending = new ArrayList<>();
  private Phase phase = Phase.FORWARD;
  private boolean reading;

  private StepTracer(Device device, boolean statistics) {
    this.device = device;
    this.statistics = statistics;
    device.listen(listener);
    device.listen(memory);
  }

  /**
   * Starts to listen.
   *
   * @param statistics whether values and gradients are read too; times and memory alone cost next
   *     to nothing
   */
  public static StepTracer on(Device device, boolean statistics) {
    return new StepTracer(device, statistics);
  }

  /** Names a tensor of the model that exists already. */
  public void parameter(Tensor t, String name) {
    memory.existing(t, name, Kind.PARAMETER);
    names.put(t.storage(), name);
  }

  /** Names what the optimiser holds already. */
  public void optimiser(Tensor t, String name) {
    memory.existing(t, name, Kind.OPTIMISER);
  }

  private void ran(Op op, List<Tensor> inputs, List<Tensor> outputs, long time, String path) {
    if (reading) {
      return; // The tracer's own conversion of half precision.
    }
    nanos[phase.ordinal()] += time;
    launches[phase.ordinal()]++;
    switch (phase) {
      case FORWARD -> forward(op, inputs, outputs, time, path);
      case BACKWARD -> pending.add(new Launch(op, time));
      case UPDATE -> updates.add(new Launch(op, time));
    }
  }

  private void forward(Op op, List<Tensor> inputs, List<Tensor> outputs, long time, String path) {
    List<Operand> operands = new ArrayList<>(inputs.size());
    for (Tensor t : inputs) {
      Maker m = makers.computeIfAbsent(t.storage(), s -> source(t));
      operands.add(new Operand(m.op, m.source, t.spec()));
    }
    int id = ops.size();
    List<Spec> specs = new ArrayList<>(outputs.size());
    for (Tensor t : outputs) {
      specs.add(t.spec());
      makers.put(t.storage(), new Maker(id, -1));
      memory.madeBy(t, id);
    }
    Optional<ValueStatistics> read =
        outputs.isEmpty() ? Optional.empty() : statistics(outputs.get(0));
    ops.add(new Running(op, path, operands, specs, time, read));
  }

  private Maker source(Tensor t) {
    String name = names.get(t.storage());
    sources.add(new Source(name == null ? t.origin() : name, name != null, t.spec()));
    return new Maker(-1, sources.size() - 1);
  }

  private Optional<ValueStatistics> statistics(Tensor t) {
    if (!statistics || t.spec().shape().size() == 0) {
      return Optional.empty();
    }
    reading = true;
    try {
      return Optional.of(ValueStatistics.of(t));
    } finally {
      reading = false;
    }
  }

  /** The forward pass is over: the backward pass over this tape follows. */
  public void backward(Tape tape) {
    List<Node> nodes = tape.nodes();
    int next = 0;
    for (int i = 0; i < ops.size() && next < nodes.size(); i++) {
      Running r = ops.get(i);
      Node node = nodes.get(next);
      if (r.op == node.op() && r.path.equals(node.path()) && r.outputs.equals(node.outputs())) {
        r.node = node.id();
        opOfNode.put(node.id(), i);
        hold(r, i, node);
        next++;
      }
    }
    if (next < nodes.size()) {
      throw new AutogradException(
          "trace: " + nodes.get(next).label() + " is on the tape, but was not seen to run");
    }
    tape.observe(observer);
    enter(Phase.BACKWARD);
  }

  private void hold(Running r, int index, Node node) {
    List<Held> held = new ArrayList<>();
    for (Kept k : node.kept()) {
      held.add(new Held(k.slot().toString(), k.tensor().spec()));
      memory.heldFor(k.tensor(), index);
    }
    r.held = held;
  }

  private void differentiated(Node node, Tensor gradient, List<Tensor> gradients, long time) {
    Running r = ops.get(opOfNode.get(node.id()));
    memory.gradient(gradient);
    List<Integer> targets = new ArrayList<>();
    List<SourceGradient> read = new ArrayList<>();
    for (int i = 0; i < gradients.size(); i++) {
      Tensor g = gradients.get(i);
      if (g == null) {
        continue;
      }
      memory.gradient(g);
      targets.add(i);
      if (r.inputs.get(i).source() >= 0) {
        int input = i;
        statistics(g).ifPresent(s -> read.add(new SourceGradient(input, s)));
      }
    }
    // Only the engine adds gradients up; it did so for the node before this one.
    List<Launch> own = pending.stream().filter(l -> !(l.op() instanceof Accumulate)).toList();
    long sum = own.stream().mapToLong(Launch::nanos).sum();
    pending = new ArrayList<>();
    r.backward = Optional.of(new Backward(sum, own, targets, statistics(gradient), read));
    order.add(opOfNode.get(node.id()));
  }

  /** The backward pass is over: the update of the weights follows. */
  public void update() {
    enter(Phase.UPDATE);
  }

  private void enter(Phase next) {
    phase = next;
    memory.phase(next);
  }

  /** Stops listening. */
  public StepTrace finish() {
    close();
    List<TracedOp> traced = new ArrayList<>(ops.size());
    for (Running r : ops) {
      traced.add(
          new TracedOp(
              r.op,
              r.path,
              r.node,
              r.inputs,
              r.outputs,
              r.nanos,
              r.held,
              r.statistics,
              r.backward));
    }
    List<PhaseTime> times = new ArrayList<>();
    for (Phase p : Phase.values()) {
      times.add(new PhaseTime(p, nanos[p.ordinal()], launches[p.ordinal()]));
    }
    return new StepTrace(traced, sources, order, memory.timeline(), times, updates);
  }

  @Override
  public void close() {
    device.unlisten(listener);
    device.unlisten(memory);
  }
}

package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Storage;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.ShapeException;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The record of one forward computation: an append-only list of entries in order of execution. It
 * holds exactly the tensors that the derivative rules declared, until the backward pass has used
 * them. A tape serves one backward pass. Close it to free what it still holds; its entries stay
 * readable.
 */
public final class Tape implements AutoCloseable {
  private enum State {
    RECORDING,
    SPENT,
    CLOSED
  }

  private final Device device;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<Trainable, Variable> watched = new IdentityHashMap<>();
  private final Map<Integer, Object> leafKeys = new HashMap<>();
  private final List<BackwardObserver> observers = new ArrayList<>();
  private final Map<Integer, Long> backwardNanos = new HashMap<>();
  private State state = State.RECORDING;

  /** An empty tape for computations on a device. */
  public Tape(Device device) {
    this.device = device;
  }

  /** Where the recorded ops run. */
  public Device device() {
    return device;
  }

  // ---- recording ----

  /**
   * A value by which to differentiate. Each call makes a leaf of its own.
   *
   * @param name for messages and pictures
   */
  public Variable leaf(Tensor value, String name) {
    requireRecording("leaf " + name);
    if (!value.spec().dtype().isFloat()) {
      throw new AutogradException(
          "leaf " + name + ": only floating types have gradients, got " + value.spec());
    }
    Leaf leaf = new Leaf(entries.size(), name, value.spec());
    entries.add(leaf);
    leafKeys.put(leaf.id(), leaf);
    return new Variable(value, this, leaf.id(), Autocast.OFF);
  }

  /** The variable of a parameter: the same one however often it is asked for. */
  public Variable watch(Trainable parameter) {
    return watch(parameter, parameter.tensor());
  }

  /**
   * The variable of a parameter that the network reads through a rounded copy; the gradient has the
   * copy's type.
   */
  public Variable watch(Trainable parameter, Tensor copy) {
    Variable known = watched.get(parameter);
    if (known == null) {
      known = leaf(copy, parameter.name());
      watched.put(parameter, known);
      leafKeys.put(known.id(), parameter);
    }
    return known;
  }

  List<Variable> record(Op op, List<Variable> inputs, Autocast precision) {
    String path = device.path();
    requireRecording(op.label());
    Derivative<Op> rule = Derivatives.of(op, path);
    List<NodeInput> operands = new ArrayList<>(inputs.size());
    for (Variable v : inputs) {
      if (v.requiresGradient() && rule.constants().contains(operands.size())) {
        throw new AutogradException(
            op.label()
                + ": has no derivative by input "
                + operands.size()
                + ", which is on a tape; detach it");
      }
      operands.add(v.operand());
    }
    List<Tensor> values = Variable.values(inputs);
    long start = System.nanoTime();
    List<Tensor> outputs = device.dispatch(op, values);
    long nanos = System.nanoTime() - start;
    List<Spec> specs = new ArrayList<>(outputs.size());
    for (Tensor t : outputs) {
      specs.add(t.spec());
    }
    List<Kept> kept = keep(rule.keep().of(op), operands, values, outputs);
    Node node = new Node(entries.size(), op, operands, specs, kept, path, nanos);
    entries.add(node);
    List<Variable> results = new ArrayList<>(outputs.size());
    results.add(new Variable(outputs.get(0), this, node.id(), precision));
    for (Tensor t : outputs.subList(1, outputs.size())) {
      results.add(Variable.constant(t).in(precision));
    }
    return results;
  }

  private static List<Kept> keep(
      List<Slot> slots, List<NodeInput> operands, List<Tensor> inputs, List<Tensor> outputs) {
    List<Kept> kept = new ArrayList<>();
    for (Slot s : slots) {
      int reason = s.forGradientOf();
      if (reason == Slot.ALWAYS || operands.get(reason).needsGradient()) {
        kept.add(Kept.of(s, (s.input() ? inputs : outputs).get(s.index())));
      }
    }
    return kept;
  }

  private void requireRecording(String what) {
    if (state != State.RECORDING) {
      String reason = state == State.SPENT ? "its backward pass ran" : "it was closed";
      throw new AutogradException(
          what + ": the tape takes no more entries, " + reason + "; make a new tape per step");
    }
  }

  // ---- reading ----

  /** All entries in order; the index is the id. */
  public List<Entry> entries() {
    return Collections.unmodifiableList(entries);
  }

  /** The recorded ops in order of execution. */
  public List<Node> nodes() {
    List<Node> nodes = new ArrayList<>();
    for (Entry e : entries) {
      if (e instanceof Node n) {
        nodes.add(n);
      }
    }
    return nodes;
  }

  /** Bytes that the tape holds at present, memory that is kept twice counting once. */
  public long keptBytes() {
    Set<Storage> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    long bytes = 0;
    for (Node n : nodes()) {
      for (Kept k : n.kept()) {
        if (k.tensor().isOpen() && seen.add(k.tensor().storage())) {
          bytes += k.tensor().spec().bytes();
        }
      }
    }
    return bytes;
  }

  /** Time that the backward pass spent on a node, or −1 if it did not pass it. */
  public long backwardNanos(int id) {
    return backwardNanos.getOrDefault(id, -1L);
  }

  /** Adds an observer of the backward pass. */
  public void observe(BackwardObserver observer) {
    observers.add(observer);
  }

  void ran(Node node, Tensor gradient, Tensor[] gradients, long nanos) {
    backwardNanos.put(node.id(), nanos);
    for (BackwardObserver o : observers) {
      o.ran(node, gradient, Arrays.asList(gradients), nanos);
    }
  }

  Object leafKey(int id) {
    return leafKeys.get(id);
  }

  // ---- differentiating ----

  /**
   * Gradients of a loss of one element by all leaves.
   *
   * @throws AutogradException if the loss has more elements, is no value of this tape, or the tape
   *     was used before
   */
  public Gradients backward(Variable loss) {
    return backward(List.of(loss));
  }

  /** Gradients of the sum of several losses of one element each. */
  public Gradients backward(List<Variable> losses) {
    return backward(losses, 1.0);
  }

  /** Gradients of {@code factor} times the sum of several losses of one element each. */
  public Gradients backward(List<Variable> losses, double factor) {
    return seeded(losses, loss -> device.filled(loss.spec(), factor));
  }

  /**
   * Gradients of the sum of several losses of one element each, times a factor that is on the
   * device: a tensor of one element of the losses' type, such as a loss scale.
   */
  public Gradients backward(List<Variable> losses, Tensor factor) {
    return seeded(losses, loss -> factor.reshape(loss.shape()));
  }

  private Gradients seeded(List<Variable> losses, Function<Variable, Tensor> seed) {
    Frame frame = device.push("seed");
    try (frame) {
      List<Tensor> seeds = new ArrayList<>();
      for (int i = 0; i < losses.size(); i++) {
        Variable loss = losses.get(i);
        requireRoot(loss, i);
        if (loss.shape().size() != 1) {
          throw new AutogradException(
              "backward: loss " + i + " must have one element, got " + loss.spec() + "; sum it");
        }
        seeds.add(seed.apply(loss));
      }
      return run(losses, seeds);
    }
  }

  /**
   * Gradients of {@code ⟨seed, root⟩}, the seed being the gradient of the root.
   *
   * @throws ShapeException if the seed has another spec than the root
   */
  public Gradients backward(Variable root, Tensor seed) {
    requireRoot(root, 0);
    if (!seed.spec().equals(root.spec())) {
      throw new ShapeException(
          "backward: the seed is " + seed.spec() + ", the root is " + root.spec());
    }
    return run(List.of(root), List.of(seed));
  }

  private Gradients run(List<Variable> roots, List<Tensor> seeds) {
    requireRecording("backward");
    state = State.SPENT;
    BackwardPass pass = new BackwardPass(this);
    try {
      return pass.run(roots, seeds);
    } finally {
      pass.close();
      release();
    }
  }

  private void requireRoot(Variable v, int index) {
    if (v.tape() == null) {
      throw new AutogradException(
          "backward: loss "
              + index
              + " is a constant, it does not depend on anything that this tape watches");
    }
    if (v.tape() != this) {
      throw new AutogradException("backward: loss " + index + " was recorded on another tape");
    }
  }

  private void release() {
    for (Entry e : entries) {
      if (e instanceof Node n) {
        n.release();
      }
    }
  }

  /** Frees what is still kept. Closing twice is harmless. */
  @Override
  public void close() {
    if (state != State.CLOSED) {
      release();
      state = State.CLOSED;
    }
  }

  /** Shape of a reshape that makes a gradient fit its entry. */
  Shape shapeOf(int id) {
    return entries.get(id).spec().shape();
  }
}

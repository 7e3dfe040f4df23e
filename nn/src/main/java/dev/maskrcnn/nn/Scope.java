package dev.maskrcnn.nn;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;
import java.util.Map;

/**
 * A place in the naming tree of a model, in which modules make their parameters. All scopes of a
 * model share one {@link StateDict}, one seed and one device. Parameter number n draws its first
 * values from stream n of the seed.
 */
public final class Scope {
  private record Root(Device device, DType dtype, long seed, StateDict state, int[] count) {}

  private final Root root;
  private final String path;

  private Scope(Root root, String path) {
    this.root = root;
    this.path = path;
  }

  /**
   * The root of a new model.
   *
   * @param dtype F32, or F64 on the reference device
   */
  public static Scope root(Device device, DType dtype, long seed) {
    return new Scope(new Root(device, dtype, seed, new StateDict(), new int[1]), "");
  }

  /** The root of a new F32 model. */
  public static Scope root(Device device, long seed) {
    return root(device, DType.F32, seed);
  }

  /** A scope inside of this one; the name may contain dots. */
  public Scope child(String name) {
    return new Scope(root, join(name));
  }

  /** A scope inside of this one by its index in a list. */
  public Scope child(int index) {
    return child(Integer.toString(index));
  }

  /** Full name, segments joined by dots; empty for the root. */
  public String path() {
    return path;
  }

  /** Where the parameters live. */
  public Device device() {
    return root.device;
  }

  /** Type of the parameters. */
  public DType dtype() {
    return root.dtype;
  }

  /** The parameters of the whole model. */
  public StateDict state() {
    return root.state;
  }

  /** Makes a weight. */
  public Parameter weight(String name, Shape shape, Layout layout, Initializer initializer) {
    return make(name, shape, layout, initializer, Parameter.Role.WEIGHT);
  }

  /** Makes a vector of trainable numbers: a bias, or the affine of a norm. */
  public Parameter vector(String name, int length, double value) {
    return weight(name, Shape.of(length), Layout.VECTOR, Initializer.constant(value));
  }

  /** Makes a buffer: saved, never trained. */
  public Parameter buffer(String name, Shape shape, double value) {
    Initializer constant = Initializer.constant(value);
    return make(name, shape, Layout.VECTOR, constant, Parameter.Role.BUFFER);
  }

  /** Gives everything under {@code target} a second name under this scope, for shared modules. */
  public void alias(Scope target) {
    String prefix = target.path + ".";
    for (Map.Entry<String, Parameter> e : List.copyOf(root.state.entries().entrySet())) {
      if (e.getKey().startsWith(prefix)) {
        root.state.add(join(e.getKey().substring(prefix.length())), e.getValue());
      }
    }
  }

  private Parameter make(
      String name, Shape shape, Layout layout, Initializer initializer, Parameter.Role role) {
    root.state.requireFree(join(name));
    Philox random = new Philox(root.seed, root.count[0]++);
    float[] values = initializer.values(layout.checkpointShape(shape), random);
    Tensor tensor = root.device.empty(new Spec(shape, root.dtype)).promote();
    tensor.write(Parameter.encode(tensor, values));
    Parameter p = new Parameter(join(name), tensor, layout, role);
    root.state.add(p.name(), p);
    return p;
  }

  private String join(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  @Override
  public String toString() {
    return path.isEmpty() ? "(root)" : path;
  }
}

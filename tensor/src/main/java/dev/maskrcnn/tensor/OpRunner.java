package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.ShapeException;
import dev.maskrcnn.tensor.shape.Spec;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Checks ops and runs them on a backend, tells the listeners, and knows the module path. */
final class OpRunner {
  private final Device device;
  private final Backend backend;
  private final List<OpListener> listeners = new ArrayList<>();
  private final List<String> path = new ArrayList<>();
  private String joinedPath = "";

  OpRunner(Device device, Backend backend) {
    this.device = device;
    this.backend = backend;
  }

  List<OpListener> listeners() {
    return listeners;
  }

  List<Tensor> run(Op op, List<Tensor> inputs) {
    List<Spec> specs = new ArrayList<>(inputs.size());
    for (Tensor t : inputs) {
      t.requireOpen();
      if (t.device() != device) {
        throw new DeviceException(
            op.label()
                + ": input "
                + t.spec()
                + " is on "
                + t.device().name()
                + ", the op runs on "
                + device.name()
                + where());
      }
      specs.add(t.spec());
    }
    List<Spec> outSpecs;
    try {
      outSpecs = op.infer(specs);
    } catch (ShapeException e) {
      throw path.isEmpty() ? e : new ShapeException(e.getMessage() + where());
    }
    List<Tensor> outputs = new ArrayList<>(outSpecs.size());
    for (Spec s : outSpecs) {
      outputs.add(device.allocate(s, op));
    }
    compute(op, inputs, outputs);
    for (int i : op.mutates()) {
      inputs.get(i).storage().touch();
    }
    return outputs;
  }

  private void compute(Op op, List<Tensor> inputs, List<Tensor> outputs) {
    long start = listeners.isEmpty() ? 0 : System.nanoTime();
    backend.kernels().of(op).run(new KernelCall<>(op, arrays(inputs), arrays(outputs)));
    if (!listeners.isEmpty()) {
      long nanos = System.nanoTime() - start;
      for (OpListener l : listeners) {
        l.ran(op, inputs, outputs, nanos, path());
      }
    }
  }

  private static List<DenseArray> arrays(List<Tensor> tensors) {
    DenseArray[] arrays = new DenseArray[tensors.size()];
    for (int i = 0; i < arrays.length; i++) {
      arrays[i] = tensors.get(i).array();
    }
    return Arrays.asList(arrays);
  }

  void enter(String segment) {
    path.add(segment);
    joinedPath = null;
  }

  void leave() {
    path.remove(path.size() - 1);
    joinedPath = null;
  }

  String path() {
    if (joinedPath == null) { // Asked for once per op, changed once per module.
      joinedPath = String.join(".", path);
    }
    return joinedPath;
  }

  private String where() {
    return path.isEmpty() ? "" : " at " + path();
  }
}

package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Comparison;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Op;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Runs ops on the CPU and on the CUDA device under test, and demands the same bits. */
final class SideBySide implements AutoCloseable {
  private final Device cuda = CudaTestDevice.open();
  private final Device cpu = Device.cpu();

  /** The outputs, which are those of both. */
  List<double[]> same(Op op, Operand... inputs) {
    List<double[]> expected = run(cpu, op, inputs);
    List<double[]> actual = run(cuda, op, inputs);
    for (int i = 0; i < expected.size(); i++) {
      Comparison.exact(op.label() + ", output " + i, expected.get(i), actual.get(i));
    }
    return actual;
  }

  @SuppressWarnings("try") // the frame frees what is made in it
  private static List<double[]> run(Device device, Op op, Operand... inputs) {
    try (Frame frame = device.push("side by side")) {
      List<Tensor> in = new ArrayList<>();
      Arrays.stream(inputs).forEach(o -> in.add(o.on(device)));
      return device.dispatch(op, in).stream().map(Operand::read).toList();
    }
  }

  @Override
  public void close() {
    cpu.close();
    cuda.close();
  }
}

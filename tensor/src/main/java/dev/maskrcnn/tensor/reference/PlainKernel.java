package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.TensorException;
import dev.maskrcnn.tensor.spi.Kernel;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;

/**
 * A kernel on plain Java arrays. It is serializable only because such a lambda can say which method
 * it stands for.
 */
@FunctionalInterface
interface PlainKernel<O extends Op> extends Serializable {
  void run(O op, Operands operands);

  /** The kernel of a table that runs a plain one on tensors. */
  record OnTensors<O extends Op>(PlainKernel<O> kernel) implements Kernel<O> {
    @Override
    public void run(KernelCall<O> call) {
      Operands operands = new Operands(call.op(), call);
      kernel.run(call.op(), operands);
      operands.store();
    }

    @Override
    public String writtenIn() {
      try {
        Method replace = kernel.getClass().getDeclaredMethod("writeReplace");
        replace.setAccessible(true);
        return ((SerializedLambda) replace.invoke(kernel)).getImplClass().replace('/', '.');
      } catch (ReflectiveOperationException e) {
        throw new TensorException("reference kernel: cannot say where it is written", e);
      }
    }
  }
}

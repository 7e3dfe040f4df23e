package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Accumulate;
import dev.maskrcnn.tensor.op.Pointwise.Add;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.op.Pointwise.Expand;
import dev.maskrcnn.tensor.op.Pointwise.Fill;
import dev.maskrcnn.tensor.op.Pointwise.Mul;
import dev.maskrcnn.tensor.op.Pointwise.ReluBackward;
import dev.maskrcnn.tensor.op.Pointwise.Scale;
import dev.maskrcnn.tensor.op.Pointwise.ScaleRows;
import dev.maskrcnn.tensor.op.Pointwise.Sub;
import dev.maskrcnn.tensor.op.Pointwise.Unary;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.Kernel;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Launches {@code elementwise.cu}. */
final class ElementwiseCuda {
  private static final int THREADS = 256;

  private final CudaRuntime cuda;
  private final TypedKernel scale;
  private final TypedKernel scaleRows;
  private final TypedKernel expand;
  private final Map<DType, Map<DType, KernelFunction>> casts = new EnumMap<>(DType.class);

  private ElementwiseCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.scale = TypedKernel.of(cuda, "scale");
    this.scaleRows = TypedKernel.of(cuda, "scale_rows");
    this.expand = TypedKernel.of(cuda, "expand");
    for (DType from : new DType[] {DType.F32, DType.F16, DType.BF16, DType.F64, DType.I32}) {
      Map<DType, KernelFunction> to = new EnumMap<>(DType.class);
      for (DType t : new DType[] {DType.F32, DType.F16, DType.BF16, DType.F64}) {
        to.put(t, cuda.function("cast_" + from + "_" + t));
      }
      casts.put(from, to);
    }
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    ElementwiseCuda e = new ElementwiseCuda(cuda);
    table.put(Add.class, e.binary("add"));
    table.put(Sub.class, e.binary("sub"));
    table.put(Mul.class, e.binary("mul"));
    table.put(ReluBackward.class, e.binary("relu_backward"));
    table.put(Accumulate.class, e.accumulate(TypedKernel.of(cuda, "add")));
    for (Class<?> type : Unary.class.getPermittedSubclasses()) {
      table.put(type.asSubclass(Unary.class), e.unary(kernelName(type)));
    }
    table.put(Scale.class, e::scale);
    table.put(ScaleRows.class, e::scaleRows);
    table.put(Expand.class, e::expand);
    table.put(Fill.class, e::fill);
    table.put(Cast.class, e::cast);
  }

  /** {@code OneWord} becomes {@code one_word}. */
  private static String kernelName(Class<?> op) {
    return op.getSimpleName().replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
  }

  /** A thread for each 16 bytes of {@code t}. */
  private static Launch over(DenseArray t) {
    return Launch.of(Launch.ceilDiv(size(t), TypedKernel.perAccess(t)), THREADS);
  }

  private static long size(DenseArray t) {
    return t.shape().size();
  }

  private Kernel<Op> unary(String name) {
    TypedKernel kernel = TypedKernel.of(cuda, name);
    return call -> {
      DenseArray y = call.out(0);
      kernel
          .of(call.op(), y)
          .launch(over(y), cuda.arguments().pointer(call.in(0)).longInteger(size(y)).pointer(y));
    };
  }

  private Kernel<Op> binary(String name) {
    TypedKernel kernel = TypedKernel.of(cuda, name);
    return call -> combine(kernel.of(call.op(), call.out(0)), call, call.out(0));
  }

  private Kernel<Accumulate> accumulate(TypedKernel add) {
    return call -> combine(add.of(call.op(), call.in(0)), call, call.in(0));
  }

  private void combine(KernelFunction kernel, KernelCall<?> call, DenseArray y) {
    kernel.launch(
        over(y),
        cuda.arguments().pointer(call.in(0)).pointer(call.in(1)).longInteger(size(y)).pointer(y));
  }

  private void scale(KernelCall<Scale> call) {
    DenseArray y = call.out(0);
    scale
        .of(call.op(), y)
        .launch(
            over(y),
            cuda.arguments()
                .pointer(call.in(0))
                .number((float) call.op().factor())
                .longInteger(size(y))
                .pointer(y));
  }

  private void scaleRows(KernelCall<ScaleRows> call) {
    DenseArray y = call.out(0);
    long rows = Math.max(1, size(call.in(1)));
    scaleRows
        .of(call.op(), y)
        .launch(
            over(y),
            cuda.arguments()
                .pointer(call.in(0))
                .pointer(call.in(1))
                .longInteger(size(y))
                .longInteger(size(y) / rows)
                .pointer(y));
  }

  private void expand(KernelCall<Expand> call) {
    DenseArray y = call.out(0);
    expand
        .of(call.op(), y)
        .launch(over(y), cuda.arguments().pointer(call.in(0)).longInteger(size(y)).pointer(y));
  }

  /** The driver's own fill; no kernel. */
  private void fill(KernelCall<Fill> call) {
    long address = call.out(0).memory().address();
    long count = size(call.out(0));
    float[] value = {(float) call.op().value()};
    switch (call.op().spec().dtype()) {
      case F32 -> cuda.fillWords(address, Float.floatToRawIntBits(value[0]), count);
      case I32 -> cuda.fillWords(address, (int) call.op().value(), count);
      case F16 -> cuda.fillHalves(address, HostTensor.halves(value, 1).data().getShort(0), count);
      case BF16 -> cuda.fillHalves(address, HostTensor.brains(value, 1).data().getShort(0), count);
      case U8 -> cuda.fill(address, (byte) call.op().value(), count);
      default ->
          throw new DeviceException(call.op().label() + ": no cuda kernel for this type, cast it");
    }
  }

  private void cast(KernelCall<Cast> call) {
    DenseArray y = call.out(0);
    DType from = call.in(0).spec().dtype();
    Map<DType, KernelFunction> kernels = casts.get(from);
    if (kernels == null) {
      throw new DeviceException(
          call.op().label() + ": no cuda kernel from " + from + ", expected a float type or i32");
    }
    kernels
        .get(call.op().to())
        .launch(
            Launch.of(Launch.ceilDiv(size(y), 4), THREADS),
            cuda.arguments().pointer(call.in(0)).longInteger(size(y)).pointer(y));
  }
}

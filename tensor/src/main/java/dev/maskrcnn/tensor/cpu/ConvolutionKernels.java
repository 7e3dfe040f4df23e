package dev.maskrcnn.tensor.cpu;

import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_equal;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;

import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardData;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardWeights;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.util.ArrayList;
import java.util.List;

/** Runs convolutions: finds the compiled primitive, packs the weight if needed, executes. */
final class ConvolutionKernels {
  private final OneDnn oneDnn;
  private final ConvolutionOneDnn compiler;
  private final Winograd winograd;
  private final boolean transforms;
  private final Workers workers;

  private ConvolutionKernels(Workers workers, OneDnn oneDnn, CpuSettings settings) {
    this.workers = workers;
    this.winograd = new Winograd(workers, oneDnn, settings.chunk());
    this.transforms = settings.winograd();
    this.oneDnn = oneDnn;
    this.compiler = new ConvolutionOneDnn(oneDnn);
  }

  static void register(KernelTable table, Workers workers, OneDnn oneDnn, CpuSettings settings) {
    ConvolutionKernels k = new ConvolutionKernels(workers, oneDnn, settings);
    table.put(Conv2d.class, k::forward);
    table.put(Conv2dBackwardData.class, k::backwardData);
    table.put(Conv2dBackwardWeights.class, k::backwardWeights);
    table.put(ConvTranspose2d.class, k::transposed);
  }

  private record Key(Object op, Shape a, Shape b) {}

  private static HostMemory block(DenseArray t) {
    return (HostMemory) t.memory();
  }

  private static boolean empty(DenseArray t) {
    return t.spec().shape().size() == 0;
  }

  private void forward(KernelCall<Conv2d> call) {
    Require.f32(call);
    if (empty(call.out(0))) {
      return;
    }
    Shape x = call.in(0).shape();
    Shape w = call.in(1).shape();
    if (suits(call.op().window(), x, w)) {
      Epilogue e = call.op().epilogue();
      DenseArray bias = e.bias() ? call.in(2) : null;
      DenseArray residual = e.residual() ? call.in(e.residualIndex()) : null;
      winograd.forward(
          call.in(0),
          call.in(1),
          new WinogradTiles.Epilogue(bias, residual, e.relu()),
          call.out(0));
      return;
    }
    Key key = new Key(call.op(), x, w);
    ConvolutionOneDnn.Compiled c =
        oneDnn.compiled(key, () -> compiler.forward(call.op(), x, w, call.out(0).shape()));
    HostMemory packed = PackedWeights.of(oneDnn, call.in(1), c.plain(), c.wanted(), key);
    run(c, call.inputs(), call.out(0), packed);
  }

  /** Where bfloat16 pays, direct convolutions take no longer than Winograd's in f32. */
  private boolean suits(Window window, Shape x, Shape w) {
    return transforms && !oneDnn.rounds() && Winograd.suits(window, x, w);
  }

  private void run(
      ConvolutionOneDnn.Compiled c, List<DenseArray> inputs, DenseArray out, HostMemory packed) {
    DenseArray x = inputs.get(0);
    HostMemory images = compiler.rounded(block(x), x.shape());
    List<HostMemory> blocks = new ArrayList<>();
    blocks.add(block(out));
    blocks.add(images);
    blocks.add(packed);
    for (int i = 2; i < inputs.size(); i++) {
      blocks.add(block(inputs.get(i)));
    }
    c.primitive().run(blocks.toArray(new HostMemory[0]));
    oneDnn.release(images, block(x));
  }

  private void backwardData(KernelCall<Conv2dBackwardData> call) {
    Require.f32(call);
    if (empty(call.out(0))) {
      return;
    }
    Shape dy = call.in(0).shape();
    Shape w = call.in(1).shape();
    if (suits(call.op().window(), dy, w)) {
      winograd.backwardData(call.in(0), call.in(1), call.out(0));
      return;
    }
    Key key = new Key(call.op(), dy, w);
    ConvolutionOneDnn.Compiled c =
        oneDnn.compiled(key, () -> compiler.backwardData(call.op(), dy, w, call.out(0).shape()));
    HostMemory packed = PackedWeights.of(oneDnn, call.in(1), c.plain(), c.wanted(), key);
    HostMemory gradient = compiler.rounded(block(call.in(0)), dy);
    c.primitive().run(block(call.out(0)), gradient, packed);
    oneDnn.release(gradient, block(call.in(0)));
  }

  private void backwardWeights(KernelCall<Conv2dBackwardWeights> call) {
    Require.f32(call);
    if (empty(call.in(0)) || empty(call.in(1))) {
      call.outputs().forEach(Require::zero);
      return;
    }
    Shape x = call.in(0).shape();
    Shape dy = call.in(1).shape();
    if (suits(call.op().window(), x, call.out(0).shape())) {
      winograd.backwardWeights(call.in(0), call.in(1), call.out(0));
      if (call.op().bias()) {
        ReductionKernels.sums(workers, call.in(1), dy.dim(3), call.out(1));
      }
      return;
    }
    Key key = new Key(call.op(), x, dy);
    ConvolutionOneDnn.Compiled c =
        oneDnn.compiled(key, () -> compiler.backwardWeights(call.op(), x, dy, call.out(0).shape()));
    boolean direct = dnnl_memory_desc_equal(c.plain(), c.wanted()) != 0;
    HostMemory own = block(call.out(0));
    HostMemory target =
        direct ? own : oneDnn.pool().allocate(dnnl_memory_desc_get_size(c.wanted()));
    HostMemory images = compiler.rounded(block(call.in(0)), x);
    HostMemory gradient = compiler.rounded(block(call.in(1)), dy);
    if (call.op().bias()) {
      c.primitive().run(target, images, gradient, block(call.out(1)));
    } else {
      c.primitive().run(target, images, gradient);
    }
    oneDnn.release(images, block(call.in(0)));
    oneDnn.release(gradient, block(call.in(1)));
    if (!direct) {
      oneDnn
          .primitive(List.of("unpack", key), () -> oneDnn.reorder(c.wanted(), c.plain(), call.op()))
          .run(target, own);
      oneDnn.pool().free(target);
    }
  }

  private void transposed(KernelCall<ConvTranspose2d> call) {
    Require.f32(call);
    if (empty(call.out(0))) {
      return;
    }
    Shape x = call.in(0).shape();
    Shape w = call.in(1).shape();
    Key key = new Key(call.op(), x, w);
    ConvolutionOneDnn.Compiled c =
        oneDnn.compiled(key, () -> compiler.transposed(call.op(), x, w, call.out(0).shape()));
    HostMemory packed = PackedWeights.of(oneDnn, call.in(1), c.plain(), c.wanted(), key);
    run(c, call.inputs(), call.out(0), packed);
  }
}

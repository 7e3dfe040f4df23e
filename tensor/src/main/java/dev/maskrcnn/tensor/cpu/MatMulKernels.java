package dev.maskrcnn.tensor.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ab;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ba;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_eltwise;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;

import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Matrix products through oneDNN's matmul, with bias and ReLU in the same pass. */
final class MatMulKernels {
  private final OneDnn oneDnn;

  private MatMulKernels(OneDnn oneDnn) {
    this.oneDnn = oneDnn;
  }

  static void register(KernelTable table, OneDnn oneDnn) {
    table.put(MatMul.class, new MatMulKernels(oneDnn)::run);
  }

  private record Key(MatMul op, int m, int k, int n) {}

  private void run(KernelCall<MatMul> call) {
    Require.f32(call);
    Shape a = call.in(0).shape();
    Shape y = call.out(0).shape();
    if (y.size() == 0) {
      return;
    }
    int k = a.dim(call.op().transposeA() ? 0 : 1);
    if (k == 0) {
      biasOnly(call);
      return;
    }
    Key key = new Key(call.op(), y.dim(0), k, y.dim(1));
    Primitive p = oneDnn.primitive(key, () -> compile(key));
    List<HostMemory> blocks = new ArrayList<>();
    blocks.add((HostMemory) call.out(0).memory());
    for (DenseArray t : call.inputs()) {
      blocks.add((HostMemory) t.memory());
    }
    HostMemory left = blocks.get(1);
    HostMemory right = blocks.get(2);
    blocks.set(1, oneDnn.rounded(left, left(key, false), left(key, true), List.of(key, "left")));
    blocks.set(
        2, oneDnn.rounded(right, right(key, false), right(key, true), List.of(key, "right")));
    p.run(blocks.toArray(new HostMemory[0]));
    oneDnn.release(blocks.get(1), left);
    oneDnn.release(blocks.get(2), right);
  }

  private dnnl_memory_desc left(Key key, boolean operand) {
    int tag = key.op().transposeA() ? dnnl_ba : dnnl_ab;
    return operand ? oneDnn.operand(tag, key.m(), key.k()) : oneDnn.layout(tag, key.m(), key.k());
  }

  private dnnl_memory_desc right(Key key, boolean operand) {
    int tag = key.op().transposeB() ? dnnl_ba : dnnl_ab;
    return operand ? oneDnn.operand(tag, key.k(), key.n()) : oneDnn.layout(tag, key.k(), key.n());
  }

  private static void biasOnly(KernelCall<MatMul> call) {
    Require.zero(call.out(0));
    if (call.op().bias()) {
      FloatBuffer y = call.out(0).floats();
      float[] bias = HostRows.floats(call.in(2));
      for (int r = 0; r < call.out(0).shape().dim(0); r++) {
        for (int c = 0; c < bias.length; c++) {
          y.put(r * bias.length + c, call.op().relu() ? Math.max(bias[c], 0) : bias[c]);
        }
      }
    }
  }

  private Primitive compile(Key key) {
    MatMul op = key.op();
    dnnl_memory_desc a = left(key, true);
    dnnl_memory_desc b = right(key, true);
    dnnl_memory_desc y = oneDnn.layout(dnnl_ab, key.m(), key.n());
    dnnl_memory_desc bias = op.bias() ? oneDnn.layout(dnnl_ab, 1, key.n()) : null;
    dnnl_primitive_attr attr = OneDnn.attributes();
    if (op.relu()) {
      dnnl_post_ops ops = new dnnl_post_ops();
      OneDnn.check("post_ops_create", dnnl_post_ops_create(ops), op);
      int status = dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_relu, 0f, 0f);
      OneDnn.check("post_ops_append_eltwise", status, op);
      OneDnn.check("set_post_ops", dnnl_primitive_attr_set_post_ops(attr, ops), op);
      dnnl_post_ops_destroy(ops);
    }
    dnnl_primitive_desc pd = new dnnl_primitive_desc();
    int status = dnnl_matmul_primitive_desc_create(pd, oneDnn.engine(), a, b, bias, y, attr);
    dnnl_primitive_attr_destroy(attr);
    OneDnn.check("matmul_desc_create", status, key);
    List<Primitive.Argument> args = new ArrayList<>();
    args.add(new Primitive.Argument(DNNL_ARG_DST, y));
    args.add(new Primitive.Argument(DNNL_ARG_SRC, a));
    args.add(new Primitive.Argument(DNNL_ARG_WEIGHTS, b));
    if (op.bias()) {
      args.add(new Primitive.Argument(DNNL_ARG_BIAS, bias));
    }
    return new Primitive(oneDnn, pd, key, args.toArray(new Primitive.Argument[0]));
  }
}

package dev.maskrcnn.tensor.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_abc;
import static org.bytedeco.dnnl.global.dnnl.dnnl_acb;
import static org.bytedeco.dnnl.global.dnnl.dnnl_bac;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cab;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_format_tag_any;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_equal;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_sum;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_weights_md;

import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.Contents;
import dev.maskrcnn.tensor.spi.DenseArray;
import java.nio.FloatBuffer;
import java.util.List;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * Convolutions of 3×3 with stride 1 by Winograd's F(4×4,3×3): images are cut into tiles of 4×4
 * outputs, transformed to 36 planes, multiplied by 36 matrix products (oneDNN, batched), and
 * transformed back. This needs a quarter of the multiplications; the result differs from the direct
 * form by about 2e-6 in relative L2. All three passes work in chunks of tiles that stay in the
 * caches.
 */
final class Winograd {
  /** Output pixels per tile side. */
  static final int OUT = 4;

  /** Input pixels per tile side. */
  static final int IN = 6;

  /** Planes: products per tile and channel. */
  static final int PLANES = IN * IN;

  private static final int MINIMUM_CHANNELS = 32;
  private static final int MINIMUM_TILES = 24;

  private final OneDnn oneDnn;
  private final WinogradTiles tiles;
  private final int chunkLimit;

  /**
   * @param chunkLimit tiles that are transformed at once
   */
  Winograd(Workers workers, OneDnn oneDnn, int chunkLimit) {
    this.oneDnn = oneDnn;
    this.tiles = new WinogradTiles(workers);
    this.chunkLimit = chunkLimit;
  }

  /** True if a convolution over images x with weight w is worth the transforms. */
  static boolean suits(Window window, Shape x, Shape w) {
    return window.stride() == 1
        && window.padding() == 1
        && window.dilation() == 1
        && window.groups() == 1
        && w.dim(1) == 3
        && w.dim(2) == 3
        && w.dim(0) >= MINIMUM_CHANNELS
        && w.dim(3) >= MINIMUM_CHANNELS
        && w.dim(0) % 16 == 0
        && w.dim(3) % 16 == 0
        && WinogradTiles.count(x) >= MINIMUM_TILES;
  }

  /** Transformed weights on the weight's storage, renewed with its version. */
  private static final class Transformed implements Contents.Attachment {
    final OneDnn oneDnn;
    final HostMemory block;
    long version = -1;

    Transformed(OneDnn oneDnn, HostMemory block) {
      this.oneDnn = oneDnn;
      this.block = block;
    }

    @Override
    public void close() {
      oneDnn.pool().free(block);
    }
  }

  private record Key(int chunk, int inner, int outer, boolean adjoint) {}

  private record GradientKey(int chunk, int rows, int columns) {}

  private record WeightKey(boolean adjoint) {}

  /** y = relu?(conv(x, w) + bias + residual); the epilogue's operands may be null. */
  void forward(DenseArray x, DenseArray w, WinogradTiles.Epilogue epilogue, DenseArray y) {
    multiply(x, w, false, epilogue, y);
  }

  /** dx of the convolution: itself a convolution of dy with the turned weight. */
  void backwardData(DenseArray dy, DenseArray w, DenseArray dx) {
    multiply(dy, w, true, WinogradTiles.Epilogue.NONE, dx);
  }

  private void multiply(
      DenseArray x, DenseArray w, boolean adjoint, WinogradTiles.Epilogue epilogue, DenseArray y) {
    int inner = x.shape().dim(3);
    int outer = y.shape().dim(3);
    int total = WinogradTiles.count(x.shape());
    int chunk = Math.min(chunkLimit, total);
    Key key = new Key(chunk, inner, outer, adjoint);
    ConvolutionOneDnn.Compiled product = oneDnn.compiled(key, () -> compile(key));
    HostMemory weights = transformed(w, key, product);
    HostMemory v = oneDnn.pool().allocate(4L * PLANES * chunk * inner);
    HostMemory m = oneDnn.pool().allocate(4L * PLANES * chunk * outer);
    for (int first = 0; first < total; first += chunk) {
      int count = Math.min(chunk, total - first);
      WinogradTiles.Span span = new WinogradTiles.Span(first, count, chunk);
      tiles.input(x, span, v);
      product.primitive().run(m, v, weights);
      tiles.output(m, span, epilogue, y);
    }
    oneDnn.pool().free(v);
    oneDnn.pool().free(m);
  }

  private ConvolutionOneDnn.Compiled compile(Key k) {
    dnnl_memory_desc src = oneDnn.layout(dnnl_bac, PLANES, k.chunk(), k.inner());
    dnnl_memory_desc any = oneDnn.layout(dnnl_format_tag_any, PLANES, k.inner(), k.outer());
    dnnl_memory_desc dst = oneDnn.layout(dnnl_bac, PLANES, k.chunk(), k.outer());
    int tag = k.adjoint() ? dnnl_abc : dnnl_acb;
    dnnl_memory_desc plain = oneDnn.layout(tag, PLANES, k.inner(), k.outer());
    dnnl_primitive_desc pd = new dnnl_primitive_desc();
    dnnl_primitive_attr attr = OneDnn.attributes();
    int status = dnnl_matmul_primitive_desc_create(pd, oneDnn.engine(), src, any, null, dst, attr);
    dnnl_primitive_attr_destroy(attr);
    OneDnn.check("matmul_desc_create", status, k);
    dnnl_memory_desc wanted = dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
    Primitive p =
        new Primitive(
            oneDnn,
            pd,
            k,
            new Primitive.Argument(DNNL_ARG_DST, dst),
            new Primitive.Argument(DNNL_ARG_SRC, src),
            new Primitive.Argument(DNNL_ARG_WEIGHTS, wanted));
    return new ConvolutionOneDnn.Compiled(p, plain, wanted);
  }

  private HostMemory transformed(DenseArray w, Key key, ConvolutionOneDnn.Compiled product) {
    Contents storage = w.contents();
    WeightKey at = new WeightKey(key.adjoint());
    Transformed t = (Transformed) storage.attachment(at);
    if (t == null) {
      long bytes = dnnl_memory_desc_get_size(product.wanted());
      t = new Transformed(oneDnn, oneDnn.pool().allocate(bytes));
      storage.attach(at, t);
    }
    if (t.version != storage.version()) {
      renew(w, key, product, t.block);
      t.version = storage.version();
    }
    return t.block;
  }

  private void renew(DenseArray w, Key key, ConvolutionOneDnn.Compiled product, HostMemory block) {
    if (dnnl_memory_desc_equal(product.plain(), product.wanted()) != 0) {
      tiles.weights(w, key.adjoint(), block);
      return;
    }
    HostMemory plain = oneDnn.pool().allocate(dnnl_memory_desc_get_size(product.plain()));
    tiles.weights(w, key.adjoint(), plain);
    oneDnn
        .primitive(
            List.of("winograd weights", key),
            () -> oneDnn.reorder(product.plain(), product.wanted(), key))
        .run(plain, block);
    oneDnn.pool().free(plain);
  }

  /** dw of the convolution, and db if given: 36 products of transformed dy and x, summed. */
  void backwardWeights(DenseArray x, DenseArray dy, DenseArray dw) {
    int in = x.shape().dim(3);
    int out = dy.shape().dim(3);
    int total = WinogradTiles.count(x.shape());
    int chunk = Math.min(chunkLimit, total);
    GradientKey key = new GradientKey(chunk, out, in);
    Primitive product = oneDnn.primitive(key, () -> compile(key));
    HostMemory v = oneDnn.pool().allocate(4L * PLANES * chunk * in);
    HostMemory g = oneDnn.pool().allocate(4L * PLANES * chunk * out);
    HostMemory sum = oneDnn.pool().allocate(4L * PLANES * in * out);
    clear(sum.host().asFloatBuffer(), PLANES * in * out);
    for (int first = 0; first < total; first += chunk) {
      int count = Math.min(chunk, total - first);
      WinogradTiles.Span span = new WinogradTiles.Span(first, count, chunk);
      tiles.input(x, span, v);
      tiles.outputAdjoint(dy, span, g);
      product.run(sum, g, v);
    }
    tiles.weightsAdjoint(sum, dw);
    oneDnn.pool().free(v);
    oneDnn.pool().free(g);
    oneDnn.pool().free(sum);
  }

  private static void clear(FloatBuffer b, int n) {
    float[] zeros = new float[Slab.SIZE];
    for (int i = 0; i < n; i += zeros.length) {
      b.put(i, zeros, 0, Math.min(zeros.length, n - i));
    }
  }

  /** sum[p] += g[p]ᵀ·v[p] with g {@code [tiles,36,O]} and v {@code [tiles,36,C]} in memory. */
  private Primitive compile(GradientKey k) {
    dnnl_memory_desc src = oneDnn.layout(dnnl_cab, PLANES, k.rows(), k.chunk());
    dnnl_memory_desc weights = oneDnn.layout(dnnl_bac, PLANES, k.chunk(), k.columns());
    dnnl_memory_desc dst = oneDnn.layout(dnnl_abc, PLANES, k.rows(), k.columns());
    dnnl_primitive_attr attr = OneDnn.attributes();
    dnnl_post_ops ops = new dnnl_post_ops();
    OneDnn.check("post_ops_create", dnnl_post_ops_create(ops), k);
    OneDnn.check("append_sum", dnnl_post_ops_append_sum(ops, 1f, 0, dnnl_f32), k);
    OneDnn.check("set_post_ops", dnnl_primitive_attr_set_post_ops(attr, ops), k);
    dnnl_post_ops_destroy(ops);
    dnnl_primitive_desc pd = new dnnl_primitive_desc();
    int status =
        dnnl_matmul_primitive_desc_create(pd, oneDnn.engine(), src, weights, null, dst, attr);
    dnnl_primitive_attr_destroy(attr);
    OneDnn.check("matmul_desc_create", status, k);
    return new Primitive(
        oneDnn,
        pd,
        k,
        new Primitive.Argument(DNNL_ARG_DST, dst),
        new Primitive.Argument(DNNL_ARG_SRC, src),
        new Primitive.Argument(DNNL_ARG_WEIGHTS, weights));
  }
}

package dev.maskrcnn.tensor.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardData;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardWeights;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * Compiles convolution primitives. Activations are NHWC as they are; weights lie in whatever layout
 * the implementation asks for. Operands are bf16 if they are rounded, results always f32.
 */
final class ConvolutionOneDnn {
  private final OneDnn oneDnn;

  ConvolutionOneDnn(OneDnn oneDnn) {
    this.oneDnn = oneDnn;
  }

  /** A primitive and the weight layouts around it. */
  record Compiled(Primitive primitive, dnnl_memory_desc plain, dnnl_memory_desc wanted) {}

  /** Strides, dilations and paddings in oneDNN's form (a dilation of 0 is dense). */
  private record Extents(long[] strides, long[] dilations, long[] padding) {
    static Extents of(Window w) {
      return new Extents(
          new long[] {w.stride(), w.stride()},
          new long[] {w.dilation() - 1, w.dilation() - 1},
          new long[] {w.padding(), w.padding()});
    }

    /**
     * Padding at the far edge such that the output extents come out as the op infers them: oneDNN
     * refuses windows that do not tile the padded input exactly.
     */
    long[] far(Window w, int[] in, int[] kernel, int[] out) {
      long[] far = new long[2];
      for (int i = 0; i < 2; i++) {
        long reach = (long) (out[i] - 1) * w.stride() + (long) w.dilation() * (kernel[i] - 1) + 1;
        far[i] = reach - in[i] - w.padding();
      }
      return far;
    }
  }

  private dnnl_memory_desc images(Shape s) {
    return oneDnn.layout(dnnl_nhwc, s.dim(0), s.dim(3), s.dim(1), s.dim(2));
  }

  private dnnl_memory_desc operand(Shape s) {
    return oneDnn.operand(dnnl_nhwc, s.dim(0), s.dim(3), s.dim(1), s.dim(2));
  }

  /** Of the weight that a product reads, in the layout that it likes best. */
  private dnnl_memory_desc operandWeights(Shape w, int groups) {
    return groups == 1
        ? oneDnn.operand(dnnl_format_tag_any, w.dim(0), w.dim(3), w.dim(1), w.dim(2))
        : oneDnn.operand(
            dnnl_format_tag_any, groups, w.dim(0) / groups, w.dim(3), w.dim(1), w.dim(2));
  }

  /** Rounds the images of a product if operands are rounded. */
  HostMemory rounded(HostMemory images, Shape s) {
    return oneDnn.rounds() ? oneDnn.rounded(images, images(s), operand(s), s) : images;
  }

  /** Logical OIHW (or GOIHW) extents of a weight {@code [O,kh,kw,I]}. */
  private dnnl_memory_desc weights(Shape w, int groups, boolean any) {
    if (groups == 1) {
      int tag = any ? dnnl_format_tag_any : dnnl_ohwi;
      return oneDnn.layout(tag, w.dim(0), w.dim(3), w.dim(1), w.dim(2));
    }
    int tag = any ? dnnl_format_tag_any : dnnl_gohwi;
    return oneDnn.layout(tag, groups, w.dim(0) / groups, w.dim(3), w.dim(1), w.dim(2));
  }

  private static int[] spatial(Shape s) {
    return new int[] {s.dim(1), s.dim(2)};
  }

  private static int status(String call, int status, Object what) {
    OneDnn.check(call, status, what);
    return status;
  }

  private dnnl_primitive_attr attributes(Epilogue e, Shape y) {
    dnnl_primitive_attr attr = OneDnn.attributes();
    dnnl_post_ops ops = new dnnl_post_ops();
    status("post_ops_create", dnnl_post_ops_create(ops), e);
    if (e.residual()) {
      status(
          "post_ops_append_binary",
          dnnl_post_ops_append_binary(ops, dnnl_binary_add, images(y)),
          e);
    }
    if (e.relu()) {
      status(
          "post_ops_append_eltwise",
          dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_relu, 0f, 0f),
          e);
    }
    status("attr_set_post_ops", dnnl_primitive_attr_set_post_ops(attr, ops), e);
    dnnl_post_ops_destroy(ops);
    return attr;
  }

  Compiled forward(Conv2d op, Shape x, Shape w, Shape y) {
    Window window = op.window();
    Epilogue e = op.epilogue();
    Extents ext = Extents.of(window);
    dnnl_memory_desc bias = e.bias() ? oneDnn.layout(dnnl_x, y.dim(3)) : null;
    dnnl_primitive_desc pd = new dnnl_primitive_desc();
    dnnl_primitive_attr attr = attributes(e, y);
    int status =
        dnnl_convolution_forward_primitive_desc_create(
            pd,
            oneDnn.engine(),
            dnnl_forward_training,
            dnnl_convolution_direct,
            operand(x),
            operandWeights(w, window.groups()),
            bias,
            images(y),
            ext.strides(),
            ext.dilations(),
            ext.padding(),
            ext.far(window, spatial(x), spatial(w), spatial(y)),
            attr);
    dnnl_primitive_attr_destroy(attr);
    OneDnn.check("convolution_forward_desc_create", status, op);
    dnnl_memory_desc wanted = dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
    List<Primitive.Argument> args = new ArrayList<>();
    args.add(new Primitive.Argument(DNNL_ARG_DST, images(y)));
    args.add(new Primitive.Argument(DNNL_ARG_SRC, operand(x)));
    args.add(new Primitive.Argument(DNNL_ARG_WEIGHTS, wanted));
    if (e.bias()) {
      args.add(new Primitive.Argument(DNNL_ARG_BIAS, bias));
    }
    if (e.residual()) {
      int index = DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | DNNL_ARG_SRC_1;
      args.add(new Primitive.Argument(index, images(y)));
    }
    Primitive p = new Primitive(oneDnn, pd, op, args.toArray(new Primitive.Argument[0]));
    return new Compiled(p, weights(w, window.groups(), false), wanted);
  }

  private dnnl_primitive_desc forwardHint(Window window, Shape x, Shape w, Shape y) {
    Extents ext = Extents.of(window);
    dnnl_primitive_desc pd = new dnnl_primitive_desc();
    int status =
        dnnl_convolution_forward_primitive_desc_create(
            pd,
            oneDnn.engine(),
            dnnl_forward_training,
            dnnl_convolution_direct,
            operand(x),
            operandWeights(w, window.groups()),
            null,
            operand(y),
            ext.strides(),
            ext.dilations(),
            ext.padding(),
            ext.far(window, spatial(x), spatial(w), spatial(y)),
            null);
    OneDnn.check("convolution_forward_desc_create", status, window);
    return pd;
  }

  Compiled backwardData(Conv2dBackwardData op, Shape dy, Shape w, Shape dx) {
    Window window = op.window();
    Extents ext = Extents.of(window);
    dnnl_primitive_desc hint = forwardHint(window, dx, w, dy);
    dnnl_primitive_desc pd = new dnnl_primitive_desc();
    dnnl_primitive_attr attr = OneDnn.attributes();
    int status =
        dnnl_convolution_backward_data_primitive_desc_create(
            pd,
            oneDnn.engine(),
            dnnl_convolution_direct,
            images(dx),
            operandWeights(w, window.groups()),
            operand(dy),
            ext.strides(),
            ext.dilations(),
            ext.padding(),
            ext.far(window, spatial(dx), spatial(w), spatial(dy)),
            hint,
            attr);
    dnnl_primitive_attr_destroy(attr);
    dnnl_primitive_desc_destroy(hint);
    OneDnn.check("convolution_backward_data_desc_create", status, op);
    dnnl_memory_desc wanted = dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
    Primitive p =
        new Primitive(
            oneDnn,
            pd,
            op,
            new Primitive.Argument(DNNL_ARG_DIFF_SRC, images(dx)),
            new Primitive.Argument(DNNL_ARG_DIFF_DST, operand(dy)),
            new Primitive.Argument(DNNL_ARG_WEIGHTS, wanted));
    return new Compiled(p, weights(w, window.groups(), false), wanted);
  }

  Compiled backwardWeights(Conv2dBackwardWeights op, Shape x, Shape dy, Shape dw) {
    Window window = op.window();
    Extents ext = Extents.of(window);
    dnnl_primitive_desc hint = forwardHint(window, x, dw, dy);
    dnnl_primitive_desc pd = new dnnl_primitive_desc();
    dnnl_primitive_attr attr = OneDnn.attributes();
    dnnl_memory_desc bias = op.bias() ? oneDnn.layout(dnnl_x, dy.dim(3)) : null;
    int status =
        dnnl_convolution_backward_weights_primitive_desc_create(
            pd,
            oneDnn.engine(),
            dnnl_convolution_direct,
            operand(x),
            weights(dw, window.groups(), true),
            bias,
            operand(dy),
            ext.strides(),
            ext.dilations(),
            ext.padding(),
            ext.far(window, spatial(x), spatial(dw), spatial(dy)),
            hint,
            attr);
    dnnl_primitive_attr_destroy(attr);
    dnnl_primitive_desc_destroy(hint);
    OneDnn.check("convolution_backward_weights_desc_create", status, op);
    dnnl_memory_desc wanted = dnnl_primitive_desc_query_md(pd, dnnl_query_diff_weights_md, 0);
    List<Primitive.Argument> args = new ArrayList<>();
    args.add(new Primitive.Argument(DNNL_ARG_DIFF_WEIGHTS, wanted));
    args.add(new Primitive.Argument(DNNL_ARG_SRC, operand(x)));
    args.add(new Primitive.Argument(DNNL_ARG_DIFF_DST, operand(dy)));
    if (op.bias()) {
      args.add(new Primitive.Argument(DNNL_ARG_DIFF_BIAS, bias));
    }
    Primitive p = new Primitive(oneDnn, pd, op, args.toArray(new Primitive.Argument[0]));
    return new Compiled(p, weights(dw, window.groups(), false), wanted);
  }

  /**
   * The weight {@code [I,kh,kw,O]} has logical extents (O, I, kh, kw): physical order b, c, d, a.
   */
  Compiled transposed(ConvTranspose2d op, Shape x, Shape w, Shape y) {
    Epilogue e = op.epilogue();
    dnnl_memory_desc any =
        oneDnn.operand(dnnl_format_tag_any, w.dim(3), w.dim(0), w.dim(1), w.dim(2));
    dnnl_memory_desc plain = oneDnn.layout(dnnl_bcda, w.dim(3), w.dim(0), w.dim(1), w.dim(2));
    dnnl_memory_desc bias = e.bias() ? oneDnn.layout(dnnl_x, y.dim(3)) : null;
    dnnl_primitive_desc pd = new dnnl_primitive_desc();
    dnnl_primitive_attr attr = attributes(e, y);
    Extents ext = Extents.of(Window.of(op.stride(), 0));
    int status =
        dnnl_deconvolution_forward_primitive_desc_create(
            pd,
            oneDnn.engine(),
            dnnl_forward_training,
            dnnl_deconvolution_direct,
            operand(x),
            any,
            bias,
            images(y),
            ext.strides(),
            ext.dilations(),
            ext.padding(),
            ext.padding(),
            attr);
    dnnl_primitive_attr_destroy(attr);
    OneDnn.check("deconvolution_forward_desc_create", status, op);
    dnnl_memory_desc wanted = dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
    List<Primitive.Argument> args = new ArrayList<>();
    args.add(new Primitive.Argument(DNNL_ARG_DST, images(y)));
    args.add(new Primitive.Argument(DNNL_ARG_SRC, operand(x)));
    args.add(new Primitive.Argument(DNNL_ARG_WEIGHTS, wanted));
    if (e.bias()) {
      args.add(new Primitive.Argument(DNNL_ARG_BIAS, bias));
    }
    Primitive p = new Primitive(oneDnn, pd, op, args.toArray(new Primitive.Argument[0]));
    return new Compiled(p, plain, wanted);
  }
}

import static org.bytedeco.dnnl.global.dnnl.*;

import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Times oneDNN's convolutions in float32, in bfloat16, and from float32 images that are rounded to
 * bfloat16 each time (what this program does), in turns, on layers of Mask R-CNN R-50-FPN at
 * 800x1333. Prints the median of each and float32's time over it: below 1 means that bfloat16 is
 * slower on this processor.
 */
public final class Bf16Convolution {
  /** In channels, out channels, kernel, height and width of the map; stride 1. */
  private record Layer(String name, int in, int out, int kernel, int height, int width) {}

  private static final Layer[] LAYERS = {
    new Layer("res2 1x1 256-64", 256, 64, 1, 200, 334),
    new Layer("res3 3x3 128-128", 128, 128, 3, 100, 167),
    new Layer("res4 1x1 1024-256", 1024, 256, 1, 50, 84),
    new Layer("res4 3x3 256-256", 256, 256, 3, 50, 84),
    new Layer("res5 3x3 512-512", 512, 512, 3, 25, 42),
    new Layer("FPN P2 3x3 256-256", 256, 256, 3, 200, 334)
  };

  private enum Mode {
    FLOAT32,
    BFLOAT16,
    ROUNDED
  }

  private final dnnl_engine engine = new dnnl_engine();
  private final dnnl_stream stream = new dnnl_stream();

  private Bf16Convolution() {
    check(dnnl_engine_create(engine, dnnl_cpu, 0));
    check(dnnl_stream_create(stream, engine, dnnl_stream_default_flags));
  }

  private static void check(int status) {
    if (status != 0) {
      throw new IllegalStateException("oneDNN: status " + status);
    }
  }

  private static dnnl_memory_desc layout(int type, int tag, long... dims) {
    dnnl_memory_desc md = new dnnl_memory_desc();
    check(dnnl_memory_desc_create_with_tag(md, dims.length, dims, type, tag));
    return md;
  }

  private dnnl_memory memory(dnnl_memory_desc md) {
    dnnl_memory m = new dnnl_memory();
    long bytes = dnnl_memory_desc_get_size(md);
    FloatPointer data = new FloatPointer(bytes / 4 + 1);
    for (long i = 0; i < bytes / 4; i++) {
      // As a pair of bfloat16 these bits are two small numbers as well.
      data.put(i, Float.intBitsToFloat(0x3c003c00 + (int) (i % 997) * 0x10000));
    }
    check(dnnl_memory_create(m, md, engine, data));
    return m;
  }

  /** A compiled layer with its operands. */
  private Runnable work(Layer l, Mode mode) {
    boolean rounds = mode == Mode.ROUNDED;
    int type = mode == Mode.FLOAT32 ? dnnl_f32 : dnnl_bf16;
    dnnl_primitive_attr attr = new dnnl_primitive_attr();
    check(dnnl_primitive_attr_create(attr));
    long pad = l.kernel / 2;
    dnnl_primitive_desc pd = new dnnl_primitive_desc();
    check(
        dnnl_convolution_forward_primitive_desc_create(
            pd,
            engine,
            dnnl_forward_inference,
            dnnl_convolution_direct,
            layout(type, dnnl_nhwc, 1, l.in, l.height, l.width),
            layout(type, dnnl_format_tag_any, l.out, l.in, l.kernel, l.kernel),
            layout(dnnl_f32, dnnl_x, l.out),
            layout(rounds ? dnnl_f32 : type, dnnl_nhwc, 1, l.out, l.height, l.width),
            new long[] {1, 1},
            new long[] {0, 0},
            new long[] {pad, pad},
            new long[] {pad, pad},
            attr));
    dnnl_primitive primitive = new dnnl_primitive();
    check(dnnl_primitive_create(primitive, pd));
    int[] places = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST};
    dnnl_memory_desc[] layouts = {
      dnnl_primitive_desc_query_md(pd, dnnl_query_src_md, 0),
      dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0),
      dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 1),
      dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0)
    };
    dnnl_exec_arg_t args = new dnnl_exec_arg_t(places.length);
    for (int i = 0; i < places.length; i++) {
      args.position(i).arg(places[i]).memory(memory(layouts[i]));
    }
    dnnl_primitive reorder = new dnnl_primitive();
    dnnl_exec_arg_t rounding = new dnnl_exec_arg_t(2);
    if (rounds) {
      dnnl_memory_desc plain = layout(dnnl_f32, dnnl_nhwc, 1, l.in, l.height, l.width);
      dnnl_primitive_desc roundingDesc = new dnnl_primitive_desc();
      check(dnnl_reorder_primitive_desc_create(roundingDesc, plain, engine, layouts[0], engine, null));
      check(dnnl_primitive_create(reorder, roundingDesc));
      rounding.position(0).arg(DNNL_ARG_FROM).memory(memory(plain));
      rounding.position(1).arg(DNNL_ARG_TO).memory(args.position(0).memory());
    }
    Pointer roundingFirst = rounding.position(0);
    Pointer first = args.position(0);
    return () -> {
      if (rounds) {
        check(dnnl_primitive_execute(reorder, stream, 2, new dnnl_exec_arg_t(roundingFirst)));
      }
      check(dnnl_primitive_execute(primitive, stream, places.length, new dnnl_exec_arg_t(first)));
      check(dnnl_stream_wait(stream));
    };
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  private void time(Layer l, int rounds) {
    Mode[] modes = Mode.values();
    Runnable[] works = new Runnable[modes.length];
    for (Mode m : modes) {
      works[m.ordinal()] = work(l, m);
      works[m.ordinal()].run();
    }
    double[][] millis = new double[modes.length][rounds];
    for (int r = 0; r < rounds; r++) {
      for (Mode m : modes) {
        long start = System.nanoTime();
        works[m.ordinal()].run();
        millis[m.ordinal()][r] = (System.nanoTime() - start) / 1e6;
      }
    }
    double plain = median(millis[0]);
    double half = median(millis[1]);
    double rounded = median(millis[2]);
    System.out.printf(
        Locale.ROOT,
        "%-22s %10.2f %10.2f %10.2f %12.2f %12.2f%n",
        l.name,
        plain,
        half,
        rounded,
        plain / half,
        plain / rounded);
  }

  /**
   * Times all layers.
   *
   * @param args how often each runs, 15 if empty
   */
  public static void main(String[] args) {
    System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 15;
    Bf16Convolution all = new Bf16Convolution();
    System.out.printf(
        "oneDNN %d.%d.%d, instruction sets 0x%x%n",
        dnnl_version().major(),
        dnnl_version().minor(),
        dnnl_version().patch(),
        dnnl_get_effective_cpu_isa());
    System.out.println("milliseconds, medians of " + rounds + "; speed against float32");
    System.out.printf(
        "%-22s %10s %10s %10s %12s %12s%n",
        "layer", "float32", "bfloat16", "rounded", "bf16 speed", "rounded speed");
    for (Layer l : LAYERS) {
      all.time(l, rounds);
    }
  }
}

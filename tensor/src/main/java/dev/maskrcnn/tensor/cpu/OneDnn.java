package dev.maskrcnn.tensor.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;
import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_clone;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_tag;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_scratchpad_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reorder_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_scratchpad_mode_user;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_wait;

import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.host.HostPool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;

/**
 * The oneDNN engine with its stream, one scratchpad shared by all primitives, and a bounded cache
 * of compiled primitives. Used from one thread: libgomp keeps a thread pool per calling thread.
 */
final class OneDnn implements AutoCloseable {
  /** A full-size step uses about 250 primitives; variable image sizes multiply that. */
  private static final int CAPACITY = 3000;

  private final HostPool pool;
  private final OpenMp openMp;
  private final dnnl_engine engine = new dnnl_engine();
  private final dnnl_stream stream = new dnnl_stream();
  private final Map<Object, ConvolutionOneDnn.Compiled> primitives =
      new LinkedHashMap<>(64, 0.75f, true);
  private final Map<List<Object>, dnnl_memory_desc> layouts = new HashMap<>();
  private HostMemory scratch;
  private boolean rounds;

  OneDnn(HostPool pool, int threads) {
    this.pool = pool;
    OpenMp settings = new OpenMp(threads);
    check("engine_create", dnnl_engine_create(engine, dnnl_cpu, 0), "the cpu");
    this.openMp = settings.loaded();
    int status = dnnl_stream_create(stream, engine, dnnl_stream_default_flags);
    check("stream_create", status, "the cpu");
  }

  static void check(String call, int status, Object what) {
    if (status != 0) {
      throw new OneDnnException(call, status, what);
    }
  }

  /** Makes the next calls of oneDNN from this thread use the threads of this device. */
  void use() {
    openMp.use();
  }

  dnnl_engine engine() {
    return engine;
  }

  dnnl_stream stream() {
    return stream;
  }

  HostPool pool() {
    return pool;
  }

  HostMemory scratch(long bytes) {
    if (scratch == null || scratch.bytes() < bytes) {
      if (scratch != null) {
        pool.free(scratch);
      }
      scratch = pool.allocate(bytes);
    }
    return scratch;
  }

  /** The primitive of a key, compiled when it is first asked for. */
  Primitive primitive(Object key, Supplier<Primitive> compile) {
    return compiled(key, () -> new ConvolutionOneDnn.Compiled(compile.get(), null, null))
        .primitive();
  }

  /** A primitive with its weight layouts, compiled when it is first asked for. */
  ConvolutionOneDnn.Compiled compiled(Object key, Supplier<ConvolutionOneDnn.Compiled> compile) {
    ConvolutionOneDnn.Compiled c = primitives.get(key);
    if (c == null) {
      use();
      c = compile.get();
      primitives.put(key, c);
      if (primitives.size() > CAPACITY) {
        var oldest = primitives.values().iterator();
        oldest.next().primitive().close();
        oldest.remove();
      }
    }
    return c;
  }

  /** Whether operands of products are rounded to bfloat16 from now on. */
  void round(boolean wanted) {
    rounds = wanted;
  }

  /** Whether operands of products are rounded to bfloat16. */
  boolean rounds() {
    return rounds;
  }

  /** An f32 layout of the given logical extents and format tag; cached, owned by this. */
  dnnl_memory_desc layout(int tag, long... dims) {
    return layout(dnnl_f32, tag, dims);
  }

  /** The same for an operand of a product: bf16 if operands are rounded. */
  dnnl_memory_desc operand(int tag, long... dims) {
    return layout(rounds ? dnnl_bf16 : dnnl_f32, tag, dims);
  }

  private dnnl_memory_desc layout(int type, int tag, long... dims) {
    List<Object> key = new ArrayList<>();
    key.add(type);
    key.add(tag);
    for (long d : dims) {
      key.add(d);
    }
    return layouts.computeIfAbsent(
        key,
        k -> {
          dnnl_memory_desc md = new dnnl_memory_desc();
          int status = dnnl_memory_desc_create_with_tag(md, dims.length, dims, type, tag);
          check("memory_desc_create", status, k);
          return md;
        });
  }

  /** New attributes with the scratchpad supplied by the caller. */
  static dnnl_primitive_attr attributes() {
    dnnl_primitive_attr attr = new dnnl_primitive_attr();
    check("attr_create", dnnl_primitive_attr_create(attr), "attributes");
    dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    return attr;
  }

  /** A layout of one's own, to be given to {@link #destroy}. */
  static dnnl_memory_desc copy(dnnl_memory_desc layout) {
    dnnl_memory_desc md = new dnnl_memory_desc();
    check("memory_desc_clone", dnnl_memory_desc_clone(md, layout), "a layout");
    return md;
  }

  static void destroy(dnnl_memory_desc layout) {
    dnnl_memory_desc_destroy(layout);
  }

  /** A copy between two layouts of the same tensor. */
  Primitive reorder(dnnl_memory_desc from, dnnl_memory_desc to, Object what) {
    dnnl_primitive_desc pd = new dnnl_primitive_desc();
    dnnl_primitive_attr attr = attributes();
    int status = dnnl_reorder_primitive_desc_create(pd, from, engine, to, engine, attr);
    dnnl_primitive_attr_destroy(attr);
    check("reorder_desc_create", status, what);
    return new Primitive(
        this,
        pd,
        what,
        new Primitive.Argument(DNNL_ARG_FROM, from),
        new Primitive.Argument(DNNL_ARG_TO, to));
  }

  /**
   * An operand as the product wants it: itself, or rounded into a block that {@link #release}
   * frees.
   *
   * @param key identifies the layouts for the cache of reorders
   */
  HostMemory rounded(HostMemory block, dnnl_memory_desc from, dnnl_memory_desc to, Object key) {
    if (!rounds) {
      return block;
    }
    HostMemory out = pool.allocate(dnnl_memory_desc_get_size(to));
    primitive(List.of("round", key), () -> reorder(from, to, key)).run(block, out);
    return out;
  }

  /** Frees what {@link #rounded} made of a block. */
  void release(HostMemory rounded, HostMemory block) {
    if (rounded != block) {
      pool.free(rounded);
    }
  }

  @Override
  public void close() {
    dnnl_stream_wait(stream);
    primitives.values().forEach(c -> c.primitive().close());
    primitives.clear();
    if (scratch != null) {
      pool.free(scratch);
      scratch = null;
    }
    layouts.values().forEach(OneDnn::destroy);
    layouts.clear();
    dnnl_stream_destroy(stream);
    dnnl_engine_destroy(engine);
  }
}

package dev.maskrcnn.tensor.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_set_data_handle;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_scratchpad_md;

import dev.maskrcnn.tensor.host.HostMemory;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.javacpp.Pointer;

/**
 * A compiled oneDNN primitive with its argument array. Only the data handles change from one
 * execution to the next, so a call costs about two microseconds.
 */
final class Primitive implements AutoCloseable {
  private final OneDnn oneDnn;
  private final dnnl_primitive_desc desc;
  private final dnnl_primitive primitive = new dnnl_primitive();
  private final dnnl_memory[] memories;
  private final dnnl_exec_arg_t args;
  private final long scratchBytes;
  private final Object what;

  /** One argument: its oneDNN index and layout. */
  record Argument(int index, dnnl_memory_desc layout) {}

  /** Compiles {@code desc}, which the primitive owns from now on. */
  Primitive(OneDnn oneDnn, dnnl_primitive_desc desc, Object what, Argument... arguments) {
    this.oneDnn = oneDnn;
    this.desc = desc;
    this.what = what;
    OneDnn.check("primitive_create", dnnl_primitive_create(primitive, desc), what);
    dnnl_memory_desc scratch = layout(dnnl_query_scratchpad_md, 0);
    this.scratchBytes = scratch == null ? 0 : dnnl_memory_desc_get_size(scratch);
    int n = arguments.length + (scratchBytes > 0 ? 1 : 0);
    this.memories = new dnnl_memory[n];
    this.args = new dnnl_exec_arg_t(n);
    for (int i = 0; i < arguments.length; i++) {
      argument(i, arguments[i].index(), arguments[i].layout());
    }
    if (scratchBytes > 0) {
      argument(n - 1, DNNL_ARG_SCRATCHPAD, scratch);
    }
  }

  private void argument(int i, int index, dnnl_memory_desc layout) {
    memories[i] = new dnnl_memory();
    int status = dnnl_memory_create(memories[i], layout, oneDnn.engine(), new Pointer());
    OneDnn.check("memory_create", status, what);
    args.position(i).arg(index).memory(memories[i]);
    args.position(0);
  }

  /** The layout that the implementation chose for an argument; owned by the primitive. */
  dnnl_memory_desc layout(int query, int index) {
    return dnnl_primitive_desc_query_md(desc, query, index);
  }

  /** Runs on the given blocks, in the order of the arguments. */
  void run(HostMemory... blocks) {
    for (int i = 0; i < blocks.length; i++) {
      dnnl_memory_set_data_handle(memories[i], blocks[i].pointer());
    }
    if (scratchBytes > 0) {
      HostMemory scratch = oneDnn.scratch(scratchBytes);
      dnnl_memory_set_data_handle(memories[memories.length - 1], scratch.pointer());
    }
    oneDnn.use();
    int status = dnnl_primitive_execute(primitive, oneDnn.stream(), memories.length, args);
    OneDnn.check("primitive_execute", status, what);
  }

  @Override
  public void close() {
    dnnl_primitive_destroy(primitive);
    dnnl_primitive_desc_destroy(desc);
    for (dnnl_memory m : memories) {
      dnnl_memory_destroy(m);
    }
    args.deallocate();
  }
}

package dev.maskrcnn.tensor.cpu;

import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_equal;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;

import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.spi.Contents;
import dev.maskrcnn.tensor.spi.DenseArray;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * Copies of one weight in the layouts that primitives asked for. They hang on the weight's storage,
 * are renewed when its version changed, and are freed with it.
 */
final class PackedWeights implements Contents.Attachment {
  private final OneDnn oneDnn;
  private final List<Pack> packs = new ArrayList<>();

  private static final class Pack {
    final dnnl_memory_desc plain;
    final dnnl_memory_desc layout;
    final HostMemory block;
    long version = -1;

    Pack(dnnl_memory_desc plain, dnnl_memory_desc layout, HostMemory block) {
      this.plain = plain;
      this.layout = layout;
      this.block = block;
    }

    /** The same numbers may be read as two weights: by a convolution and by its transpose. */
    boolean is(dnnl_memory_desc from, dnnl_memory_desc to) {
      return dnnl_memory_desc_equal(plain, from) != 0 && dnnl_memory_desc_equal(layout, to) != 0;
    }
  }

  private PackedWeights(OneDnn oneDnn) {
    this.oneDnn = oneDnn;
  }

  /**
   * The weight in the wanted layout: itself if that is how it lies in memory, else a copy that is
   * up to date.
   *
   * @param plain the layout of the tensor itself
   * @param key identifies {@code plain} and {@code wanted} for the cache of reorders
   */
  static HostMemory of(
      OneDnn oneDnn,
      DenseArray weight,
      dnnl_memory_desc plain,
      dnnl_memory_desc wanted,
      Object key) {
    HostMemory own = (HostMemory) weight.memory();
    if (dnnl_memory_desc_equal(plain, wanted) != 0) {
      return own;
    }
    Contents storage = weight.contents();
    PackedWeights packed = (PackedWeights) storage.attachment(PackedWeights.class);
    if (packed == null) {
      packed = new PackedWeights(oneDnn);
      storage.attach(PackedWeights.class, packed);
    }
    return packed.find(storage, own, plain, wanted, key);
  }

  private HostMemory find(
      Contents storage,
      HostMemory own,
      dnnl_memory_desc plain,
      dnnl_memory_desc wanted,
      Object key) {
    Pack pack = null;
    for (Pack p : packs) {
      if (p.is(plain, wanted)) {
        pack = p;
      }
    }
    if (pack == null) {
      HostMemory block = oneDnn.pool().allocate(dnnl_memory_desc_get_size(wanted));
      pack = new Pack(OneDnn.copy(plain), OneDnn.copy(wanted), block);
      packs.add(pack);
    }
    if (pack.version != storage.version()) {
      oneDnn
          .primitive(List.of("pack", key), () -> oneDnn.reorder(plain, wanted, key))
          .run(own, pack.block);
      pack.version = storage.version();
    }
    return pack.block;
  }

  @Override
  public void close() {
    for (Pack p : packs) {
      oneDnn.pool().free(p.block);
      OneDnn.destroy(p.plain);
      OneDnn.destroy(p.layout);
    }
    packs.clear();
  }
}

package dev.maskrcnn.cuda;

import java.util.ArrayList;
import java.util.List;

/**
 * The memory of captured passes: a pool of its own, whose blocks nothing else uses, so a pass finds
 * them as it left them. Passes share blocks, because they run one after the other and what leaves a
 * pass is held. What a living graph uses stays with the device while it is idle; the rest goes back
 * with the graph.
 */
final class GraphMemory {
  private final CudaPool pool;
  private final Scratch scratch;
  private boolean inUse;

  GraphMemory(CudaRuntime cuda, Scratch scratch) {
    this.pool = new CudaPool(cuda, true);
    this.scratch = scratch;
  }

  CudaPool pool() {
    return pool;
  }

  /** Whether blocks come from here at the time. */
  boolean inUse() {
    return inUse;
  }

  /** Runs work; returns the blocks in the order in which it asked for them. */
  List<CudaMemory> rehearse(Runnable work) {
    List<CudaMemory> requests = new ArrayList<>();
    pool.note(requests);
    run(work);
    return requests;
  }

  /** Runs the same work once more on the same blocks. */
  void repeat(List<CudaMemory> requests, Runnable work) {
    pool.replay(requests);
    run(work);
  }

  private void run(Runnable work) {
    inUse = true;
    try {
      work.run();
    } finally {
      inUse = false;
      pool.improvise();
    }
  }

  /** What a pass that was just captured uses, for {@link #leave}: its blocks and the scratch. */
  List<CudaMemory> enter(List<CudaMemory> requests) {
    List<CudaMemory> all = new ArrayList<>(requests);
    scratch.block().ifPresent(all::add);
    all.forEach(CudaMemory::enterGraph);
    return all;
  }

  /** A graph that used these blocks is gone: what no other graph uses is given back. */
  void leave(List<CudaMemory> blocks) {
    blocks.forEach(CudaMemory::leaveGraph);
    scratch.settle();
    pool.trim();
  }
}

package dev.maskrcnn.autograd.trace;

import dev.maskrcnn.autograd.trace.MemoryTimeline.Block;
import dev.maskrcnn.autograd.trace.MemoryTimeline.Kind;
import dev.maskrcnn.autograd.trace.StepTrace.Phase;
import dev.maskrcnn.tensor.MemoryListener;
import dev.maskrcnn.tensor.Storage;
import dev.maskrcnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Writes down the life of every block, and what becomes known of its purpose. */
final class MemoryRecorder implements MemoryListener {

  private static final class Life {
    final long bytes;
    final String origin;
    final String path;
    final int from;
    final Phase phase;
    final boolean host;
    int to = Integer.MAX_VALUE;
    Kind kind;
    int op = -1;
    List<Integer> holders = List.of();

    Life(long bytes, String origin, String path, int from, Phase phase) {
      this.bytes = bytes;
      this.origin = origin;
      this.path = path;
      this.from = from;
      this.phase = phase;
      this.host = origin.equals("host data") || origin.equals("empty") || origin.equals("zeros");
    }
  }

  private final Map<Storage, Life> alive = new IdentityHashMap<>();
  private final List<Life> all = new ArrayList<>();
  private final int[] phaseFrom = new int[Phase.values().length];
  private Phase phase = Phase.FORWARD;
  private int tick;

  void phase(Phase next) {
    phase = next;
    phaseFrom[next.ordinal()] = tick;
  }

  /** A block that was there before the step. */
  void existing(Tensor t, String name, Kind kind) {
    if (alive.containsKey(t.storage())) {
      return;
    }
    Life life = new Life(t.spec().bytes(), name, "", 0, Phase.FORWARD);
    life.kind = kind;
    alive.put(t.storage(), life);
    all.add(life);
  }

  @Override
  public void allocated(Storage storage, long bytes, String origin, String path) {
    Life life = new Life(bytes, origin, path, tick++, phase);
    alive.put(storage, life);
    all.add(life);
  }

  @Override
  public void freed(Storage storage) {
    Life life = alive.remove(storage);
    if (life != null) {
      life.to = tick++;
    }
  }

  void madeBy(Tensor t, int op) {
    Life life = alive.get(t.storage());
    if (life != null) {
      life.op = op;
    }
  }

  void heldFor(Tensor t, int op) {
    Life life = alive.get(t.storage());
    if (life == null) {
      return;
    }
    if (life.kind == null) {
      life.kind = Kind.ACTIVATION;
    }
    if (life.holders.isEmpty()) {
      life.holders = new ArrayList<>();
    }
    life.holders.add(op);
  }

  void gradient(Tensor t) {
    Life life = alive.get(t.storage());
    if (life != null && life.kind == null) {
      life.kind = Kind.GRADIENT;
    }
  }

  MemoryTimeline timeline() {
    List<Block> blocks = new ArrayList<>(all.size());
    for (Life l : all) {
      int to = Math.min(l.to, tick);
      blocks.add(new Block(l.bytes, kind(l), l.origin, l.path, l.from, to, l.op, l.holders));
    }
    return new MemoryTimeline(
        blocks, tick, phaseFrom[Phase.BACKWARD.ordinal()], phaseFrom[Phase.UPDATE.ordinal()]);
  }

  private static Kind kind(Life l) {
    if (l.kind != null) {
      return l.kind;
    }
    if (l.phase == Phase.UPDATE && l.to == Integer.MAX_VALUE) {
      return Kind.OPTIMISER;
    }
    return l.phase == Phase.FORWARD && l.host ? Kind.INPUT : Kind.TEMPORARY;
  }
}

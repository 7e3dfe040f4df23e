package dev.maskrcnn.detection.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.autograd.trace.MemoryTimeline;
import dev.maskrcnn.autograd.trace.StepTrace;
import dev.maskrcnn.autograd.trace.StepTrace.Backward;
import dev.maskrcnn.autograd.trace.StepTrace.Launch;
import dev.maskrcnn.autograd.trace.StepTrace.Operand;
import dev.maskrcnn.autograd.trace.StepTrace.TracedOp;
import dev.maskrcnn.autograd.trace.ValueStatistics;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A recorded step as JSON, for the page and for programs. Names are short because a full model has
 * some thousand blocks; {@code "legend"} in the result says what each means.
 */
final class StepJson {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Map<String, Integer> strings = new LinkedHashMap<>();
  private final StepInspection.Result result;
  private final StepTrace trace;

  private StepJson(StepInspection.Result result) {
    this.result = result;
    this.trace = result.trace();
  }

  /**
   * The whole step.
   *
   * @param facts label → value, for the head of the page
   */
  static ObjectNode of(StepInspection.Result result, Device device, Map<String, String> facts) {
    return new StepJson(result).write(device, facts);
  }

  private ObjectNode write(Device device, Map<String, String> facts) {
    ObjectNode root = JSON.objectNode();
    root.set("legend", legend());
    ObjectNode head = root.putObject("facts");
    facts.forEach(head::put);
    ArrayNode phases = root.putArray("phases");
    trace
        .phases()
        .forEach(p -> phases.addArray().add(p.phase().name()).add(p.nanos()).add(p.launches()));
    ArrayNode losses = root.putArray("losses");
    result
        .losses()
        .forEach(
            (name, value) ->
                losses.addArray().add(name).add(value).add(opOfNode(result.lossNodes().get(name))));
    ArrayNode ops = root.putArray("ops");
    trace.ops().forEach(o -> ops.add(op(o)));
    ArrayNode sources = root.putArray("sources");
    trace
        .sources()
        .forEach(
            s -> sources.addArray().add(s.name()).add(s.parameter() ? 1 : 0).add(spec(s.spec())));
    ArrayNode order = root.putArray("backward");
    trace.backward().forEach(order::add);
    root.set("types", types(device));
    root.set("memory", memory(trace.memory()));
    root.set("update", update());
    ArrayNode pool = root.putArray("strings");
    strings.keySet().forEach(pool::add);
    return root;
  }

  private static ObjectNode legend() {
    return JSON.objectNode()
        .put(
            "ops",
            "n record, a attributes, p path, t number on the tape, i inputs, o outputs,"
                + " f forward ns, k kept, s statistics, b backward; p and a index strings")
        .put("i", "[op or -1, source or -1, spec]")
        .put("spec", "[shape, dtype, bytes]")
        .put("s", "[count, mean, deviation, min, max, zeros, nans, infinities, low, high, bins]")
        .put(
            "b",
            "f ns, l launches [label, ns], t inputs with a gradient, g statistics of the"
                + " gradient of the output, s [input, statistics] of gradients of weights")
        .put("blocks", "[bytes, kind, origin, path, from tick, to tick, op or -1, holders]");
  }

  private int opOfNode(int node) {
    for (int i = 0; i < trace.ops().size(); i++) {
      if (node >= 0 && trace.ops().get(i).node() == node) {
        return i;
      }
    }
    return -1;
  }

  private int string(String s) {
    return strings.computeIfAbsent(s, k -> strings.size());
  }

  private ObjectNode op(TracedOp o) {
    ObjectNode n = JSON.objectNode();
    n.put("n", o.name()).put("a", string(o.op().label())).put("p", string(o.path()));
    n.put("t", o.node()).put("f", o.nanos());
    ArrayNode in = n.putArray("i");
    for (Operand i : o.inputs()) {
      in.addArray().add(i.op()).add(i.source()).add(spec(i.spec()));
    }
    ArrayNode out = n.putArray("o");
    o.outputs().forEach(s -> out.add(spec(s)));
    if (!o.held().isEmpty()) {
      ArrayNode kept = n.putArray("k");
      o.held().forEach(h -> kept.addArray().add(h.slot()).add(spec(h.spec())));
    }
    o.statistics().ifPresent(s -> n.set("s", statistics(s)));
    o.backward().ifPresent(b -> n.set("b", backward(b)));
    return n;
  }

  private ObjectNode backward(Backward b) {
    ObjectNode n = JSON.objectNode().put("f", b.nanos());
    ArrayNode launches = n.putArray("l");
    for (Launch l : b.launches()) {
      launches.addArray().add(string(l.op().label())).add(l.nanos());
    }
    ArrayNode targets = n.putArray("t");
    b.targets().forEach(targets::add);
    b.gradient().ifPresent(s -> n.set("g", statistics(s)));
    ArrayNode sources = n.putArray("s");
    b.sources().forEach(s -> sources.addArray().add(s.input()).add(statistics(s.statistics())));
    return n;
  }

  private ArrayNode spec(Spec s) {
    return JSON.arrayNode()
        .add(string(s.shape().toString()))
        .add(s.dtype().toString())
        .add(s.bytes());
  }

  private static ArrayNode statistics(ValueStatistics s) {
    ArrayNode n = JSON.arrayNode().add(s.count());
    for (double v : new double[] {s.mean(), s.deviation(), s.min(), s.max()}) {
      n.add(fiveDigits(v));
    }
    n.add(s.zeros()).add(s.nans()).add(s.infinities());
    n.add(fiveDigits(s.low())).add(fiveDigits(s.high()));
    ArrayNode bins = n.addArray();
    for (long count : s.histogram()) {
      bins.add(count);
    }
    return n;
  }

  private static double fiveDigits(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.5g", value));
  }

  /** What does not depend on the step: each op type once, those of rules and update too. */
  private ObjectNode types(Device device) {
    Set<Class<? extends Op>> used = new LinkedHashSet<>();
    for (TracedOp o : trace.ops()) {
      used.add(o.op().getClass());
      o.backward().ifPresent(b -> b.launches().forEach(l -> used.add(l.op().getClass())));
    }
    trace.updates().forEach(l -> used.add(l.op().getClass()));
    ObjectNode types = JSON.objectNode();
    used.forEach(t -> types.set(t.getSimpleName(), OpCard.of(t, device).json()));
    return types;
  }

  private ObjectNode memory(MemoryTimeline m) {
    ObjectNode n = JSON.objectNode();
    ArrayNode kinds = n.putArray("kinds");
    for (MemoryTimeline.Kind k : MemoryTimeline.Kind.values()) {
      kinds.add(k.words());
    }
    n.put("ticks", m.ticks()).put("backward", m.backwardFrom()).put("update", m.updateFrom());
    ArrayNode blocks = n.putArray("blocks");
    for (MemoryTimeline.Block b : m.blocks()) {
      ArrayNode a = blocks.addArray().add(b.bytes()).add(b.kind().ordinal());
      a.add(string(b.origin())).add(string(b.path())).add(b.from()).add(b.to()).add(b.op());
      ArrayNode holders = a.addArray();
      b.holders().forEach(holders::add);
    }
    return n;
  }

  private ArrayNode update() {
    Map<String, long[]> sums = new LinkedHashMap<>();
    for (Launch l : trace.updates()) {
      long[] sum = sums.computeIfAbsent(l.op().getClass().getSimpleName(), k -> new long[2]);
      sum[0]++;
      sum[1] += l.nanos();
    }
    ArrayNode n = JSON.arrayNode();
    sums.forEach((name, sum) -> n.addArray().add(name).add(sum[0]).add(sum[1]));
    return n;
  }
}

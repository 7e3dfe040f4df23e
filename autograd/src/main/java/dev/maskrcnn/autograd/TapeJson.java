package dev.maskrcnn.autograd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.lang.reflect.RecordComponent;
import java.util.List;

/**
 * Writes a tape as JSON: {@code {"device", "entries": [{"id", "kind": "leaf"|"op", …}]}}. Ops have
 * type, attributes, path, inputs, outputs, kept, and times in nanoseconds.
 */
final class TapeJson {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private TapeJson() {}

  static String of(Tape tape) {
    ObjectNode root = JSON.objectNode();
    root.put("device", tape.device().name());
    root.put("keptBytes", tape.keptBytes());
    ArrayNode entries = root.putArray("entries");
    for (Entry e : tape.entries()) {
      ObjectNode o = entries.addObject();
      o.put("id", e.id());
      if (e instanceof Leaf leaf) {
        o.put("kind", "leaf").put("name", leaf.name());
        spec(o, leaf.spec());
      } else if (e instanceof Node node) {
        node(o, tape, node);
      }
    }
    return root.toPrettyString();
  }

  private static void node(ObjectNode o, Tape tape, Node node) {
    o.put("kind", "op").put("path", node.path());
    o.put("op", node.op().getClass().getSimpleName());
    o.set("attributes", value(node.op()));
    ArrayNode inputs = o.putArray("inputs");
    for (NodeInput in : node.inputs()) {
      ObjectNode i = inputs.addObject();
      if (in.needsGradient()) {
        i.put("id", in.id());
      } else {
        i.putNull("id");
      }
      spec(i, in.spec());
    }
    ArrayNode outputs = o.putArray("outputs");
    node.outputs().forEach(s -> spec(outputs.addObject(), s));
    ArrayNode kept = o.putArray("kept");
    for (Kept k : node.kept()) {
      ObjectNode e = kept.addObject().put("slot", k.slot().toString());
      spec(e, k.tensor().spec());
    }
    o.put("keptBytes", node.keptBytes()).put("forwardNanos", node.nanos());
    if (tape.backwardNanos(node.id()) >= 0) {
      o.put("backwardNanos", tape.backwardNanos(node.id()));
    }
  }

  private static void spec(ObjectNode o, Spec spec) {
    o.set("shape", value(spec.shape()));
    o.put("dtype", spec.dtype().toString()).put("bytes", spec.bytes());
  }

  /** An attribute of an op: numbers, flags, shapes, lists, and records of these. */
  private static JsonNode value(Object v) {
    if (v instanceof Record r) {
      return fields(r);
    } else if (v instanceof Shape s) {
      ArrayNode a = JSON.arrayNode();
      for (int d : s.dims()) {
        a.add(d);
      }
      return a;
    } else if (v instanceof List<?> list) {
      ArrayNode a = JSON.arrayNode();
      list.forEach(x -> a.add(value(x)));
      return a;
    } else if (v instanceof Boolean b) {
      return JSON.booleanNode(b);
    } else if (v instanceof Integer || v instanceof Long) {
      return JSON.numberNode(((Number) v).longValue());
    } else if (v instanceof Number n && Double.isFinite(n.doubleValue())) {
      return JSON.numberNode(n.doubleValue());
    }
    return JSON.textNode(String.valueOf(v));
  }

  private static ObjectNode fields(Record r) {
    ObjectNode o = JSON.objectNode();
    for (RecordComponent c : r.getClass().getRecordComponents()) {
      try {
        o.set(c.getName(), value(c.getAccessor().invoke(r)));
      } catch (ReflectiveOperationException e) {
        throw new AutogradException("tape dump: cannot read " + c + " of " + r + ": " + e);
      }
    }
    return o;
  }
}

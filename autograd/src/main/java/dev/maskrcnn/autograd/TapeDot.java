package dev.maskrcnn.autograd;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes a tape in the DOT language of Graphviz. */
final class TapeDot {

  /** A module: entries directly inside of it, and the modules inside of it. */
  private static final class Cluster {
    final Map<String, Cluster> children = new TreeMap<>();
    final List<Node> nodes = new ArrayList<>();
  }

  private final StringBuilder out = new StringBuilder();
  private int clusters;

  private TapeDot() {}

  static String of(Tape tape) {
    return new TapeDot().write(tape);
  }

  private String write(Tape tape) {
    out.append("digraph tape {\n  rankdir=TB;\n  node [shape=box, fontname=monospace];\n");
    Cluster root = new Cluster();
    for (Entry e : tape.entries()) {
      if (e instanceof Node node) {
        place(root, node);
      } else {
        out.append("  n").append(e.id()).append(" [shape=ellipse, label=");
        out.append(quote(e.label() + "\n" + e.spec())).append("];\n");
      }
    }
    cluster(root, "  ");
    for (Node node : tape.nodes()) {
      for (NodeInput o : node.inputs()) {
        if (o.needsGradient()) {
          out.append("  n").append(o.id()).append(" -> n").append(node.id()).append(" [label=");
          out.append(quote(o.spec().shape().toString())).append("];\n");
        }
      }
    }
    return out.append("}\n").toString();
  }

  private static void place(Cluster root, Node node) {
    Cluster c = root;
    if (!node.path().isEmpty()) {
      for (String segment : node.path().split("\\.")) {
        c = c.children.computeIfAbsent(segment, k -> new Cluster());
      }
    }
    c.nodes.add(node);
  }

  private void cluster(Cluster c, String indent) {
    for (Map.Entry<String, Cluster> child : c.children.entrySet()) {
      out.append(indent).append("subgraph cluster_").append(clusters++).append(" {\n");
      out.append(indent).append("  label=").append(quote(child.getKey())).append(";\n");
      cluster(child.getValue(), indent + "  ");
      out.append(indent).append("}\n");
    }
    for (Node n : c.nodes) {
      String label = n.op().getClass().getSimpleName() + "\n" + n.spec();
      out.append(indent).append('n').append(n.id()).append(" [label=").append(quote(label));
      out.append(", tooltip=").append(quote(n.label())).append("];\n");
    }
  }

  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}

package dev.maskrcnn.autograd;

import java.util.Locale;

/** A tape as text, for people; see also {@link TapeDot} and {@link TapeJson}. */
public final class TapeDump {
  private TapeDump() {}

  /** One line per entry, in order of execution, and a line of totals. */
  public static String text(Tape tape) {
    StringBuilder out = new StringBuilder();
    long forward = 0;
    for (Entry e : tape.entries()) {
      if (e instanceof Leaf leaf) {
        out.append('%').append(leaf.id()).append(" = leaf ").append(leaf.name());
        out.append(" : ").append(leaf.spec()).append('\n');
      } else if (e instanceof Node node) {
        line(out, tape, node);
        forward += node.nanos();
      }
    }
    out.append(tape.nodes().size()).append(" ops, forward ").append(micros(forward));
    out.append(", ").append(bytes(tape.keptBytes())).append(" kept now\n");
    return out.toString();
  }

  /** The tape as a graph for Graphviz, modules as nested clusters. */
  public static String dot(Tape tape) {
    return TapeDot.of(tape);
  }

  /** The tape as JSON. */
  public static String json(Tape tape) {
    return TapeJson.of(tape);
  }

  private static void line(StringBuilder out, Tape tape, Node node) {
    out.append('%').append(node.id()).append(" = ").append(node.label()).append('(');
    for (int i = 0; i < node.inputs().size(); i++) {
      NodeInput o = node.inputs().get(i);
      out.append(i == 0 ? "" : ", ");
      if (o.needsGradient()) {
        out.append('%').append(o.id());
      } else {
        out.append("constant ").append(o.spec());
      }
    }
    out.append(") : ").append(node.spec());
    if (!node.kept().isEmpty()) {
      out.append("  keeps");
      node.kept().forEach(k -> out.append(' ').append(k.slot()));
      out.append(" (").append(bytes(node.keptBytes())).append(')');
    }
    out.append("  ").append(micros(node.nanos()));
    if (tape.backwardNanos(node.id()) >= 0) {
      out.append(" + ").append(micros(tape.backwardNanos(node.id())));
    }
    out.append(node.path().isEmpty() ? "" : "  @ " + node.path()).append('\n');
  }

  static String micros(long nanos) {
    return String.format(Locale.ROOT, "%.1f us", nanos / 1e3);
  }

  static String bytes(long n) {
    if (n < 1024) {
      return n + " B";
    }
    return n < 1024 * 1024
        ? String.format(Locale.ROOT, "%.1f KiB", n / 1024.0)
        : String.format(Locale.ROOT, "%.1f MiB", n / 1024.0 / 1024.0);
  }
}

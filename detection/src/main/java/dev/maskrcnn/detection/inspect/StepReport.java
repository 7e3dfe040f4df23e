package dev.maskrcnn.detection.inspect;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.autograd.trace.MemoryTimeline;
import dev.maskrcnn.autograd.trace.StepTrace;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.page.HtmlPage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A recorded step in the forms in which it can be looked at. */
public final class StepReport {
  private final StepInspection.Result result;
  private final ObjectNode json;
  private final Map<String, String> facts;

  /**
   * A report; take it while the specimen is open.
   *
   * @param model what to call the model, such as the name of its recipe
   */
  public StepReport(StepInspection.Result result, Specimen specimen, String model) {
    this.result = result;
    this.facts = facts(result, specimen, model);
    this.json = StepJson.of(result, specimen.device(), facts);
  }

  private static Map<String, String> facts(
      StepInspection.Result result, Specimen specimen, String model) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", model);
    facts.put("device", specimen.device().name());
    ImageSize net = result.batch().samples().get(0).networkSize();
    facts.put(
        "image",
        "%s, %s×%s in the network".formatted(specimen.imageName(), net.width(), net.height()));
    facts.put("truth", specimen.truth().words());
    MemoryTimeline memory = result.trace().memory();
    facts.put("peak memory", mebibytes(memory.live()[memory.peakTick()]));
    boolean host = List.of("cpu", "reference").contains(specimen.device().name());
    facts.put("times", host ? "of kernels, wall clock" : "of launches, as seen by the host");
    return facts;
  }

  static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }

  /** Self-contained page. */
  public HtmlPage page() {
    return new HtmlPage("One training step: " + facts.get("model"), json)
        .style("step.css")
        .scripts(
            "step-model.js",
            "step-layout.js",
            "step-graph.js",
            "step-panel.js",
            "step-memory.js",
            "step-tables.js",
            "step-app.js");
  }

  /** The data of the page. */
  public String json() {
    return json.toString();
  }

  /** The tape as a graph for Graphviz. */
  public String dot() {
    return result.dot();
  }

  /** Facts, the tape line by line, the slowest ops and who holds memory at its peak. */
  public String text() {
    StringBuilder out = new StringBuilder();
    facts.forEach((k, v) -> out.append("%-12s %s%n".formatted(k, v)));
    result.losses().forEach((k, v) -> out.append(String.format(Locale.ROOT, "%-12s %.6g%n", k, v)));
    out.append('\n').append(result.text()).append('\n');
    phases(out);
    slowest(out);
    peak(out);
    return out.toString();
  }

  private void phases(StringBuilder out) {
    for (StepTrace.PhaseTime p : result.trace().phases()) {
      String name = p.phase().name().toLowerCase(Locale.ROOT);
      out.append(
          String.format(
              Locale.ROOT, "%-9s %10.2f ms in %d kernels%n", name, p.nanos() / 1e6, p.launches()));
    }
  }

  private void slowest(StringBuilder out) {
    out.append("\nslowest ops: forward ms, backward ms\n");
    result.trace().ops().stream()
        .sorted((a, b) -> Long.compare(b.totalNanos(), a.totalNanos()))
        .limit(20)
        .forEach(
            o ->
                out.append(
                    String.format(
                        Locale.ROOT,
                        "%10.3f %10.3f  %s @ %s%n",
                        o.nanos() / 1e6,
                        o.backward().map(b -> b.nanos() / 1e6).orElse(0.0),
                        o.name(),
                        o.path())));
  }

  private void peak(StringBuilder out) {
    MemoryTimeline m = result.trace().memory();
    out.append("\nlargest blocks at the peak of ").append(facts.get("peak memory")).append('\n');
    m.at(m.peakTick()).stream()
        .limit(20)
        .forEach(
            b ->
                out.append(
                    "%12s  %-16s %s @ %s%n"
                        .formatted(mebibytes(b.bytes()), b.kind().words(), b.origin(), b.path())));
  }
}

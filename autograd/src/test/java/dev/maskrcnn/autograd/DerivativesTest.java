package dev.maskrcnn.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.contract.Catalogue;
import dev.maskrcnn.tensor.contract.OpCases;
import dev.maskrcnn.tensor.op.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DerivativesTest {

  @Test
  void everyOpHasRuleOrReason() {
    List<String> missing =
        Catalogue.ops().stream()
            .filter(c -> Derivatives.find(c).isEmpty())
            .map(Class::getSimpleName)
            .toList();
    assertEquals(List.of(), missing, "add a line for each to Derivatives.java");
    assertTrue(Catalogue.ops().size() > 50, "the catalogue was not found");
  }

  @Test
  void reasonsAreSentences() {
    for (Class<? extends Op> c : Catalogue.ops()) {
      Derivative<?> d = Derivatives.find(c).orElseThrow();
      if (!d.differentiable()) {
        assertFalse(d.words().isBlank(), c.getSimpleName());
      }
    }
  }

  @Test
  void everyRuleIsChecked() {
    Map<Class<?>, Long> checked =
        OpCases.all().stream()
            .filter(GradCheck::applies)
            .collect(Collectors.groupingBy(c -> c.op().getClass(), Collectors.counting()));
    List<String> missing =
        Catalogue.ops().stream()
            .filter(c -> Derivatives.find(c).orElseThrow().differentiable())
            .filter(c -> checked.getOrDefault(c, 0L) < 3)
            .map(Class::getSimpleName)
            .toList();
    assertEquals(List.of(), missing, "add small cases away from kinks for each to OpCases");
  }

  @Test
  void everyRuleIsExplained() {
    List<String> missing = new ArrayList<>();
    for (Class<? extends Op> c : Catalogue.ops()) {
      DerivativeDocument d = DerivativeDocument.of(c);
      assertTrue(d.line() > 1, c.getSimpleName());
      if (d.words().isEmpty() || d.differentiable() && d.formula().isEmpty()) {
        missing.add(c.getSimpleName());
      }
      assertEquals(d.differentiable(), d.rule().startsWith("rule("), d.rule());
    }
    assertEquals(List.of(), missing, "say each in Derivatives.java");
  }

  @Test
  void theSourceOfARuleIsItsLine() {
    String rule = DerivativeDocument.of(dev.maskrcnn.tensor.op.Pointwise.Exp.class).rule();
    assertEquals(
        "rule(\n    Pointwise.Exp.class,\n    keep(out(0)),\n"
            + "    (op, p) -> p.gradients(() -> p.dy().mul(p.out(0))))",
        rule);
  }
}

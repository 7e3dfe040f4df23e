package dev.maskrcnn.tensor.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.reference.ReferenceKernels;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Nothing of the catalogue is forgotten. */
class CatalogueTest {

  @Test
  void theCatalogueIsFound() {
    assertTrue(Catalogue.ops().size() >= 60, "only " + Catalogue.ops());
  }

  @Test
  void everyOpHasReferenceKernel() {
    KernelTable table = ReferenceKernels.table();
    List<String> missing =
        Catalogue.ops().stream()
            .filter(op -> table.find(op).isEmpty())
            .map(Class::getSimpleName)
            .toList();
    assertEquals(List.of(), missing, "ops without a reference kernel");
  }

  @Test
  void everyOpHasSeveralCases() {
    Set<String> lacking = new HashSet<>();
    List<OpCase> cases = OpCases.all();
    for (Class<? extends Op> op : Catalogue.ops()) {
      long count = cases.stream().filter(c -> c.op().getClass() == op).count();
      if (count < 3) {
        lacking.add(op.getSimpleName() + " has " + count);
      }
    }
    assertEquals(Set.of(), lacking, "ops with fewer than three cases in OpCases");
  }
}

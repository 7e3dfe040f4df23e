package dev.maskrcnn.detection.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoClasses;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.NoSegmentation;
import dev.maskrcnn.detection.data.CocoSource;
import dev.maskrcnn.detection.log.RunLog;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CategoryMatchTest {
  private static final List<CocoCategory> MODEL =
      List.of(category(1, "cat"), category(3, "dog"), category(7, "cow"));

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final RunLog log =
      RunLog.consoleOnly(new PrintStream(printed, true, StandardCharsets.UTF_8));

  private static CocoCategory category(int id, String name) {
    return new CocoCategory(id, name, "");
  }

  /** One image that shows an object of each category, in the order of the list. */
  private static LoadedSet set(CocoCategory... categories) {
    List<CocoAnnotation> objects = new ArrayList<>();
    for (CocoCategory c : categories) {
      double[] box = {objects.size(), 0, 9, 9};
      objects.add(
          new CocoAnnotation(objects.size() + 1, 1, c.id(), box, 81, false, new NoSegmentation()));
    }
    CocoDataset coco =
        CocoDataset.of(
            List.of(new CocoImage(1, "a", 50, 50)), objects, List.of(categories), Path.of(""));
    return new LoadedSet("val", coco, Optional.empty(), true);
  }

  private int[] labels(CategoryMatch.By by, CocoCategory... categories) {
    LoadedSet matched = set(categories).matched(MODEL, "model", by, log);
    return CocoSource.forTest(matched.coco(), 1).targets(0).labels();
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theSameNamesHaveTheSameLabelsWhateverTheirNumbers() {
    int[] got =
        labels(CategoryMatch.By.NAME, category(1, "cow"), category(2, "cat"), category(3, "dog"));
    assertArrayEquals(new int[] {3, 1, 2}, got);
    assertTrue(text().contains("numbered otherwise"), text());
  }

  @Test
  void ofASubsetAllIsUsed() {
    assertArrayEquals(
        new int[] {3, 2}, labels(CategoryMatch.By.NAME, category(1, "cow"), category(2, "dog")));
    assertTrue(text().contains("2 of the 3 categories of model are used: it has no cat"), text());
  }

  @Test
  void ofASupersetTheOthersAreLeftOut() {
    int[] got =
        labels(
            CategoryMatch.By.NAME,
            category(1, "bird"),
            category(2, "dog"),
            category(3, "cat"),
            category(4, "cow"));
    assertArrayEquals(new int[] {2, 1, 3}, got);
    assertTrue(text().contains("objects of bird, which model does not know"), text());
  }

  @Test
  void idsOfTheDataSetStayAndOthersDoNotCollide() {
    CategoryMatch match =
        CategoryMatch.of(
            MODEL, List.of(category(1, "dog"), category(3, "x")), CategoryMatch.By.NAME);
    List<Integer> ids = match.categories().stream().map(CocoCategory::id).toList();
    assertEquals(1, ids.get(1));
    assertEquals(3, ids.stream().distinct().count());
    assertTrue(!ids.contains(3), ids.toString());
  }

  @Test
  void unrelatedNamesAreRefusedUnlessIdsCount() {
    CocoCategory[] own = {category(7, "katze"), category(3, "hund"), category(1, "kuh")};
    RunException e = assertThrows(RunException.class, () -> labels(CategoryMatch.By.NAME, own));
    assertTrue(e.getMessage().contains("[katze, hund, kuh]"), e.getMessage());
    assertTrue(e.getMessage().contains("[cat, dog, cow]"), e.getMessage());
    assertTrue(e.getMessage().contains("--categories by-id"), e.getMessage());
    assertArrayEquals(new int[] {3, 2, 1}, labels(CategoryMatch.By.ID, own));
  }

  @Test
  void ofTwoOfOneNameTheFirstIsTheFirst() {
    List<CocoCategory> model = List.of(category(1, ""), category(2, ""));
    CategoryMatch match =
        CategoryMatch.of(model, List.of(category(5, ""), category(4, "")), CategoryMatch.By.NAME);
    assertEquals(5, match.categories().get(0).id());
    assertTrue(match.complete());
  }

  /** torchvision's detectors of COCO have an output for each id, COCO's files have 80 of them. */
  @Test
  void idsThatCocoDoesNotUseAreNotMissing() {
    List<CocoCategory> ninety = CocoClasses.ninety();
    List<CocoCategory> eighty =
        ninety.stream().filter(c -> !c.name().equals(CocoClasses.UNUSED)).toList();
    CategoryMatch match = CategoryMatch.of(ninety, eighty, CategoryMatch.By.NAME);
    assertTrue(match.complete());
    assertEquals(80, match.common());
    assertEquals(ninety, match.categories());
  }
}

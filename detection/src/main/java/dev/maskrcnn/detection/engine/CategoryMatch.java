package dev.maskrcnn.detection.engine;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoClasses;
import dev.maskrcnn.detection.config.Config;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The categories of a data set, found in those of a model by their names, whatever their numbers
 * and their order.
 *
 * @param categories in the order of the model's, which is that of its labels; each with the id of
 *     the data set, or one that the data set does not use if it lacks the category
 * @param missing names that the model knows and the data set does not
 * @param extra names that the data set has and the model does not
 */
public record CategoryMatch(
    List<CocoCategory> categories, List<String> missing, List<String> extra) {
  private static final String KEY = "DATASETS.MATCH_CATEGORIES_BY";
  private static final int MOST_SHOWN = 6;

  /** By what categories are found. */
  public enum By {
    NAME(CocoCategory::name),
    ID(CocoCategory::id);

    private final Function<CocoCategory, Object> key;

    By(Function<CocoCategory, Object> key) {
      this.key = key;
    }

    /** As a configuration asks for. */
    public static By of(Config config) {
      return switch (config.text(KEY)) {
        case "name" -> NAME;
        case "id" -> ID;
        default ->
            throw new RunException(
                "%s: got \"%s\" in %s, expected name or id"
                    .formatted(KEY, config.text(KEY), config.origin(KEY)));
      };
    }
  }

  /** Finds them; of several of one name the first is the first of the other, and so on. */
  public static CategoryMatch of(List<CocoCategory> model, List<CocoCategory> own, By by) {
    Map<Object, Deque<CocoCategory>> left = new HashMap<>();
    own.forEach(c -> left.computeIfAbsent(by.key.apply(c), k -> new ArrayDeque<>()).add(c));
    Set<Integer> taken = new HashSet<>();
    own.forEach(c -> taken.add(c.id()));
    List<CocoCategory> categories = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (CocoCategory wanted : model) {
      Deque<CocoCategory> found = left.get(by.key.apply(wanted));
      if (found != null && !found.isEmpty()) {
        categories.add(found.remove());
      } else {
        if (!wanted.name().equals(CocoClasses.UNUSED)) {
          missing.add(wanted.name());
        }
        int id = wanted.id();
        while (!taken.add(id)) {
          id++;
        }
        categories.add(new CocoCategory(id, wanted.name(), wanted.supercategory()));
      }
    }
    List<String> extra =
        own.stream().filter(c -> !categories.contains(c)).map(CocoCategory::name).toList();
    return new CategoryMatch(categories, missing, extra);
  }

  /** Whether both know the same categories. */
  public boolean complete() {
    return missing.isEmpty() && extra.isEmpty();
  }

  /** How many categories both know. */
  public int common() {
    return all() - missing.size();
  }

  private int all() {
    return (int) categories.stream().filter(c -> !c.name().equals(CocoClasses.UNUSED)).count();
  }

  /** What only one of the two knows, for people. */
  public String differences(String origin) {
    String lacks = missing.isEmpty() ? "" : "it has no " + shown(missing);
    String more =
        extra.isEmpty()
            ? ""
            : "objects of %s, which %s does not know, are left out".formatted(shown(extra), origin);
    return "%s of the %s categories of %s are used: %s%s%s"
        .formatted(
            common(), all(), origin, lacks, lacks.isEmpty() || more.isEmpty() ? "" : "; ", more);
  }

  /** A list of categories for a message. */
  static String names(List<CocoCategory> categories) {
    return "[" + shown(categories.stream().map(CocoCategory::name).toList()) + "]";
  }

  private static String shown(List<String> names) {
    String text = String.join(", ", names.subList(0, Math.min(MOST_SHOWN, names.size())));
    return names.size() > MOST_SHOWN ? text + ", …" : text;
  }
}

package dev.maskrcnn.detection.coco;

import java.util.TreeSet;

/** How often something occurs, and the first images that show it. */
final class CountedImages {
  private static final int NAMED = 5;

  private int count;
  private boolean more;
  private final TreeSet<Long> ids = new TreeSet<>();

  void add(long imageId) {
    count++;
    if (ids.size() < NAMED) {
      ids.add(imageId);
    } else {
      more |= !ids.contains(imageId);
    }
  }

  int count() {
    return count;
  }

  /** {@code (image ids 3, 7, …)}; empty if no image is known. */
  String text() {
    if (ids.isEmpty()) {
      return "";
    }
    String listed = ids.toString().replace("[", "").replace("]", more ? ", …" : "");
    return "(image id%s %s)".formatted(ids.size() > 1 || more ? "s" : "", listed);
  }
}

package dev.maskrcnn.detection.coco;

import java.util.Objects;

/**
 * One category of a dataset.
 *
 * @param id the id in the file; ids may have gaps (COCO goes to 90 for 80 categories)
 * @param name display name
 * @param supercategory the group that it belongs to, empty if the file names none
 */
public record CocoCategory(int id, String name, String supercategory) {
  public CocoCategory {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(supercategory, "supercategory");
  }
}

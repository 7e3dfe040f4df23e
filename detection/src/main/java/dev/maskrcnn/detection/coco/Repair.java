package dev.maskrcnn.detection.coco;

/**
 * What annotation files lack or add without harm, which pycocotools and the original accept too:
 * reading puts it right and counts it.
 */
enum Repair {
  TEXT_ID("an id is a text and read as a number"),
  CONTROL_CHARACTERS("a category's name has control characters, which become blanks"),
  NO_AREA("an annotation has no \"area\" and gets that of its outline or box"),
  NO_CROWD("an annotation has no \"iscrowd\" and is taken for a single object"),
  FLAT_POLYGON("\"segmentation\" is a flat list of numbers and read as one polygon"),
  SHORT_POLYGON("a polygon has fewer than 3 points and is left out"),
  UNLISTED_IMAGE("an annotation names an image that is not in \"images\" and is left out");

  /** What reading does, for a line that starts with how often. */
  final String text;

  Repair(String text) {
    this.text = text;
  }
}

package dev.maskrcnn.detection.coco;

import java.util.List;
import java.util.stream.IntStream;

/** The categories of COCO 2014 and 2017 by their ids, 1 to 90, ten of which are not used. */
public final class CocoClasses {
  /** What torchvision calls the ids that no category of COCO has. */
  public static final String UNUSED = "N/A";

  private static final String NAMES =
      """
          person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire \
          hydrant, N/A, stop sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, \
          elephant, bear, zebra, giraffe, N/A, backpack, umbrella, N/A, N/A, handbag, tie, \
          suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, \
          skateboard, surfboard, tennis racket, bottle, N/A, wine glass, cup, fork, knife, spoon, \
          bowl, banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, \
          chair, couch, potted plant, bed, N/A, dining table, N/A, N/A, toilet, N/A, tv, laptop, \
          mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink, refrigerator, N/A, \
          book, clock, vase, scissors, teddy bear, hair drier, toothbrush
      """;

  private CocoClasses() {}

  /** All 90, in the order of the ids; ids without a category are called {@link #UNUSED}. */
  public static List<CocoCategory> ninety() {
    String[] names = NAMES.strip().split(", *");
    return IntStream.range(0, names.length)
        .mapToObj(i -> new CocoCategory(i + 1, names[i], ""))
        .toList();
  }
}

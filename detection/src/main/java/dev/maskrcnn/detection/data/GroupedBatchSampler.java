package dev.maskrcnn.detection.data;

import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.ResizeRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Batches of images that belong together, portrait with portrait and landscape with landscape, so
 * that little of a batch is padding. As in maskrcnn-benchmark, each group is cut into chunks in the
 * order of the epoch, and chunks are ordered by their first image.
 */
public final class GroupedBatchSampler implements EpochBatches {
  private final EpochOrder order;
  private final int[] groups;
  private final int batchSize;
  private final boolean dropUneven;

  /**
   * Keeps the short last batch of each group, as training and test do.
   *
   * @param order of the images
   * @param groups {@code [size]} group of each image, from 0
   * @param batchSize images per batch, at least 1
   */
  public GroupedBatchSampler(EpochOrder order, int[] groups, int batchSize) {
    this(order, groups, batchSize, false);
  }

  /**
   * The same with a choice.
   *
   * @param dropUneven leaves out the batches that are not full
   */
  public GroupedBatchSampler(EpochOrder order, int[] groups, int batchSize, boolean dropUneven) {
    if (batchSize < 1) {
      throw new DataException(
          "batch sampler: %s images per batch, expected at least 1; check SOLVER.IMS_PER_BATCH"
              .formatted(batchSize));
    }
    this.order = order;
    this.groups = groups.clone();
    this.batchSize = batchSize;
    this.dropUneven = dropUneven;
  }

  /**
   * Two groups: 1 for images at least as high as wide, 0 for the others.
   *
   * @param source its sizes decide, no image is read
   */
  public static int[] byAspect(SampleSource source) {
    int[] out = new int[source.size()];
    for (int i = 0; i < out.length; i++) {
      ImageEntry image = source.image(i);
      out[i] = image.size().height() >= image.size().width() ? 1 : 0;
    }
    return out;
  }

  /**
   * A group for each size that a batch of the image alone has: no image is padded for another, and
   * what is found in it does not depend on its batch.
   *
   * @param rule decides the network size
   * @param divisibility of both sides of a batch
   */
  public static int[] bySize(SampleSource source, ResizeRule rule, int divisibility) {
    Map<ImageSize, Integer> known = new HashMap<>();
    int[] out = new int[source.size()];
    for (int i = 0; i < out.length; i++) {
      ImageSize size = source.image(i).size();
      ImageSize block = ImageBatch.block(rule.apply(size.width(), size.height()), divisibility);
      Integer group = known.putIfAbsent(block, known.size());
      out[i] = group == null ? known.size() - 1 : group;
    }
    return out;
  }

  /** One group for all. */
  public static int[] ungrouped(int size) {
    return new int[size];
  }

  @Override
  public List<int[]> batches(long epoch) {
    int groupCount = Arrays.stream(groups).max().orElse(0) + 1;
    int[][] open = new int[groupCount][];
    int[] filled = new int[groupCount];
    List<int[]> out = new ArrayList<>();
    int[] position = new int[groupCount];
    for (int index : order.indices(epoch)) {
      int group = groups[index];
      if (open[group] == null) {
        open[group] = new int[batchSize];
        position[group] = out.size();
        out.add(open[group]);
      }
      open[group][filled[group]++] = index;
      if (filled[group] == batchSize) {
        open[group] = null;
        filled[group] = 0;
      }
    }
    for (int group = 0; group < groupCount; group++) {
      if (open[group] != null) {
        out.set(position[group], Arrays.copyOf(open[group], filled[group]));
      }
    }
    if (dropUneven) {
      out.removeIf(batch -> batch.length < batchSize);
    }
    return out;
  }
}

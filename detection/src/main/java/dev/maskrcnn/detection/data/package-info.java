/**
 * Training and test examples: from a dataset to padded batches, in a reproducible order, ahead of
 * time.
 *
 * <p>The way of an image: a {@link dev.maskrcnn.detection.data.SampleSource} gives file and targets
 * in original pixels, {@link dev.maskrcnn.detection.data.SampleTransform} resizes and flips them to
 * a {@link dev.maskrcnn.detection.data.Sample}, and {@link dev.maskrcnn.detection.data.ImageBatch}
 * normalises and pads several of those. For a device that does all this itself the sample holds a
 * {@link dev.maskrcnn.detection.image.PlannedImage} and the batch no pixels.
 *
 * <p>The way of the order: {@link dev.maskrcnn.detection.data.EpochOrder} permutes, {@link
 * dev.maskrcnn.detection.data.GroupedBatchSampler} cuts into batches, {@link
 * dev.maskrcnn.detection.data.IterationBatches} strings epochs together, and {@link
 * dev.maskrcnn.detection.data.PrefetchLoader} runs {@link dev.maskrcnn.detection.data.BatchLoader}
 * on the result, on threads of its own.
 *
 * <p>Invariants: everything here is a host record, no tensor and no device; boxes are {@code xyxy};
 * order and flips are pure functions of (seed, epoch, index), so a resumed run sees the batches
 * that an uninterrupted one sees, and the number of threads changes nothing.
 *
 * <p>Read {@code BatchLoader} first. Another dataset format is a further {@code SampleSource};
 * another augmentation belongs in {@code SampleTransform}, its randomness drawn in {@code
 * BatchLoader}.
 */
package dev.maskrcnn.detection.data;

/**
 * Training and test examples: from a dataset to padded batches, in a reproducible order, ahead of
 * time.
 *
 * <p>The way of an image: {@link dev.maskrcnn.detection.data.SampleSource} (file and targets in
 * original pixels) → {@link dev.maskrcnn.detection.data.SampleTransform} (resize, flip) → {@link
 * dev.maskrcnn.detection.data.Sample} (network pixels) → {@link
 * dev.maskrcnn.detection.data.ImageBatch} (normalised, padded). The way of the order: {@link
 * dev.maskrcnn.detection.data.EpochOrder} → {@link dev.maskrcnn.detection.data.GroupedBatchSampler}
 * → {@link dev.maskrcnn.detection.data.IterationBatches} → {@link
 * dev.maskrcnn.detection.data.PrefetchLoader}, whose threads run {@link
 * dev.maskrcnn.detection.data.BatchLoader}.
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

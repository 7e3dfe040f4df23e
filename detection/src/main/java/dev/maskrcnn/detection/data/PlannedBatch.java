package dev.maskrcnn.detection.data;

/**
 * Which images a batch will have.
 *
 * @param iteration number of the batch in the run, from 0
 * @param epoch the epoch that it belongs to, from 0
 * @param indices positions in the {@link SampleSource}; do not write into it
 */
public record PlannedBatch(long iteration, long epoch, int[] indices) {}

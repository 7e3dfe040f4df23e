/**
 * What every run needs: a model on a device with the data that goes into it.
 *
 * <p>{@link dev.maskrcnn.detection.engine.Session} opens a device and builds the model that a
 * configuration describes. {@code LoadedSet} and {@code BatchPipeline} turn data sets into batches
 * on loader threads, {@code UploadedBatches} sends the next batch to the device while the current
 * one is computed, {@code PassGraphs} captures passes as CUDA graphs and launches them again.
 *
 * <p>Invariants: loader threads prepare host data, the thread of the run alone touches the device.
 * A batch lives in a frame of its own; everything else of a pass lives in the frame of the pass, so
 * memory is flat. Whatever can be checked is checked before the first pass.
 *
 * <p>Training, evaluation and prediction use this package; it knows none of them.
 */
package dev.maskrcnn.detection.engine;

/**
 * Image files to pixels, and pixels to network size.
 *
 * <p>Invariants: images are interleaved RGB, row-major, 0 to 255, at least 1x1; decoding and
 * resizing give the bytes that Pillow gives, because the published weights were trained on those;
 * whatever is wrong with a file becomes one {@link
 * dev.maskrcnn.detection.image.ImageFormatException} that names it.
 *
 * <p>Read {@link dev.maskrcnn.detection.image.ImageReader} first, then {@link
 * dev.maskrcnn.detection.image.ResizeRule} and {@link dev.maskrcnn.detection.image.Resampling}. A
 * further file format is a branch in {@code ImageReader.decode}; a further resampler a constant of
 * {@code Resampling}.
 */
package dev.maskrcnn.detection.image;

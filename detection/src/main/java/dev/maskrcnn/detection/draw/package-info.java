/**
 * Pictures for people: detections drawn on images, truth beside prediction, and charts of runs and
 * data sets. Input is plain host data, output is a {@link dev.maskrcnn.detection.draw.Picture}.
 *
 * <p>Invariants: everything works without a display; drawing never fails because of the data (no
 * points, NaN, boxes beyond the image); a file is written as a whole or not at all.
 *
 * <p>Read {@link dev.maskrcnn.detection.draw.Overlay} first for images and {@link
 * dev.maskrcnn.detection.draw.Charts} for curves; {@link dev.maskrcnn.detection.draw.RunCharts}
 * makes the usual charts from a run's metrics. A new chart is a new method of {@code Charts} on top
 * of {@code ChartStyle}.
 */
package dev.maskrcnn.detection.draw;

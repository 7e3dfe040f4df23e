/**
 * Looking inside: one training step as data and as a page ({@link
 * dev.maskrcnn.detection.inspect.StepInspection}), and the stages of a detector on one image as
 * pictures ({@link dev.maskrcnn.detection.inspect.DetectorInspection}). What is shown is what ran:
 * nothing here computes a model a second way.
 */
package dev.maskrcnn.detection.inspect;

/**
 * Box geometry on the host. The box ops themselves (IoU, matching, coding, NMS) are in the
 * catalogue, {@link dev.maskrcnn.tensor.op.Boxes}, so that they run on every device.
 */
package dev.maskrcnn.detection.box;

/**
 * Pascal VOC: its annotation files, its data sets, its measure.
 *
 * <p>Invariants: a data set is handed on as a {@link dev.maskrcnn.detection.coco.CocoDataset}, so
 * that everything behind the reader knows one format; boxes in the files count pixels from 1 with
 * both corners inside, here they are {@code xywh} from 0; XML is parsed without document types and
 * entities, so a file can name no other file.
 *
 * <p>Read {@link dev.maskrcnn.detection.voc.VocDataset} first, then {@link
 * dev.maskrcnn.detection.voc.VocMetric}.
 */
package dev.maskrcnn.detection.voc;

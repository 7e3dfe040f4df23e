/**
 * The report of a training run as one page, {@code report.html}: curves, numbers by category, what
 * was missed, settings and environment. {@link dev.maskrcnn.detection.report.RunReport} puts it
 * together from the files of the run's folder and what only the run itself knows.
 *
 * <p>Invariants: a report can be written at any time, of a run that has only begun or was stopped;
 * what is not there yet is left out. Curves are thinned to what a screen can show, so the page
 * stays small however long the run.
 */
package dev.maskrcnn.detection.report;

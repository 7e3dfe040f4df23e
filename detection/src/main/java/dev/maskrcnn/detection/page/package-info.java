/**
 * Web pages that are one file: style, scripts, data and pictures inside, nothing fetched, opened
 * from disk. {@link dev.maskrcnn.detection.page.HtmlPage} puts them together from the small files
 * in the resources of this package: {@code page.css} and {@code dom.js} are for every page, {@code
 * charts.js} draws bars, histograms, lines and areas, the others belong to one kind of page.
 *
 * <p>Invariants: data is JSON in a script element of its own, so no text of a user is ever part of
 * markup; scripts make elements and set their text, never markup from strings. To make another kind
 * of page, write its script and its style, and list them when building it.
 */
package dev.maskrcnn.detection.page;

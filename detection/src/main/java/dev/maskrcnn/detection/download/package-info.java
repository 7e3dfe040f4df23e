/**
 * Files from the network: weights under {@code catalog://} names and URLs, archives of data sets.
 *
 * <p>A download goes to {@code FILE.part}, which a later call goes on with; it takes its name only
 * when it is whole, its checksum is right and it is on the disk. So a file that is there can be
 * used. {@code FILE.part.from} remembers which version of the file on the server the beginning is
 * of; from another version nothing is joined to it.
 *
 * <p>Errors are one line that says which URL failed and where to put the file by hand, since many
 * machines that train have no network.
 *
 * <p>Read {@link dev.maskrcnn.detection.download.Downloader} first. New weights or archives are new
 * lines of {@code weights.txt} or {@code archives.txt} beside these classes.
 */
package dev.maskrcnn.detection.download;

package dev.maskrcnn.detection.weights;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** Recognises files that hold no weights, or hold them in a form that is not read. */
final class UnrelatedFile {
  private UnrelatedFile() {}

  /**
   * What the file is and what to do; empty if it is nothing that is known.
   *
   * @param head its first bytes
   */
  static Optional<String> kind(byte[] head) {
    String text = new String(head, StandardCharsets.ISO_8859_1);
    String start = text.replace("\u00ef\u00bb\u00bf", "").stripLeading().toLowerCase(Locale.ROOT);
    if (start.startsWith("version https://git-lfs")) {
      return Optional.of("is a Git LFS pointer, not the file itself; fetch it with git lfs pull");
    }
    if (start.startsWith("<!doctype html") || start.startsWith("<html")) {
      return Optional.of(
          "is an HTML page, not weights; the download led to a page for a browser, download the"
              + " file itself");
    }
    if (start.startsWith("<?xml") || start.startsWith("{\"")) {
      return Optional.of("is text (XML or JSON), not weights; perhaps the answer of a server");
    }
    if (text.startsWith("\u0089HDF")) {
      return Optional.of("is an HDF5 file (Keras), a form that is not read");
    }
    if (text.startsWith("\u001f\u008b")) {
      return Optional.of("is compressed with gzip; unpack it first");
    }
    if (text.startsWith("\u0093NUMPY")) {
      return Optional.of("is a single array of numpy, not named weights");
    }
    if (text.length() >= 262 && text.startsWith("ustar", 257)) {
      return Optional.of("is a tar archive; unpack it first");
    }
    return Optional.empty();
  }
}

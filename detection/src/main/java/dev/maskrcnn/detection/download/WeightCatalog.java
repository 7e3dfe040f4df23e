package dev.maskrcnn.detection.download;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where weights lie that a name or an address stands for: {@code catalog://ImageNetPretrained/…},
 * {@code catalog://Caffe2Detectron/COCO/…} of the original, {@code http://…} and {@code https://…}.
 *
 * <p>The system property {@value #BASE_PROPERTY} or else the environment variable {@value
 * #BASE_VARIABLE} puts a mirror in place of the catalog's server.
 */
public final class WeightCatalog {
  /** System property with the address below which the catalog's files lie. */
  public static final String BASE_PROPERTY = "maskrcnn.weights.url";

  /** Environment variable of the same meaning. */
  public static final String BASE_VARIABLE = "MASKRCNN_WEIGHTS_URL";

  /** What names of the catalog begin with. */
  public static final String SCHEME = "catalog://";

  /** Bodies trained on ImageNet, which find nothing by themselves. */
  private static final String BODIES = SCHEME + "ImageNetPretrained/";

  private static final String SAME_NAME = "model_final.pkl";
  private static final String BASE = "BASE";

  /**
   * A file of weights.
   *
   * @param url where it is downloaded from
   * @param fileName its name in the cache, the same for every mirror
   * @param checksum what it must hash to, if known
   */
  public record Location(URI url, String fileName, Optional<Checksum> checksum) {}

  private record Entry(String path, Optional<Checksum> checksum) {}

  private final String base;
  private final String mirror;
  private final Map<String, Entry> entries;

  private WeightCatalog(String base, String mirror, Map<String, Entry> entries) {
    this.base = base;
    this.mirror = mirror;
    this.entries = entries;
  }

  /** The built-in catalog, with the mirror that property or environment name. */
  public static WeightCatalog builtin() {
    String mirror = System.getProperty(BASE_PROPERTY, System.getenv(BASE_VARIABLE));
    return builtin(Optional.ofNullable(mirror));
  }

  static WeightCatalog builtin(Optional<String> mirror) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    String base = "";
    for (String[] row : ResourceTable.rows("weights.txt")) {
      if (row[0].equals(BASE)) {
        base = row[1];
      } else {
        Optional<Checksum> md5 =
            row.length > 2 ? Optional.of(Checksum.md5(row[2])) : Optional.empty();
        entries.put(row[0], new Entry(row[1], md5));
      }
    }
    return new WeightCatalog(base, mirror.orElse(base).replaceFirst("/+$", ""), entries);
  }

  /** Whether a value of {@code MODEL.WEIGHT} or {@code --weights} is no path. */
  public static boolean isRemote(String value) {
    return value.contains("://");
  }

  /** Whether a value stands for a body only, without the heads that find something. */
  public static boolean isBodyOnly(String value) {
    return value.startsWith(BODIES);
  }

  /** All names, each with {@code catalog://}. */
  public List<String> names() {
    return entries.keySet().stream().map(name -> SCHEME + name).toList();
  }

  /**
   * Where the file is that a name or address stands for.
   *
   * @param value {@code catalog://NAME} or an http or https address
   * @throws DownloadException if it is neither, or not in the catalog
   */
  public Location locate(String value) {
    if (!value.startsWith(SCHEME)) {
      URI url = uri(value);
      String scheme = url.getScheme() == null ? "" : url.getScheme();
      String name = fileName(url);
      if (!scheme.matches("(?i)https?") || url.getHost() == null || name.isEmpty()) {
        throw new DownloadException(
            "weights %s: expected a file, catalog://NAME, or the http or https address of a file"
                .formatted(value));
      }
      return new Location(url, name, Checksum.inFileName(name));
    }
    Entry entry = entries.get(value.substring(SCHEME.length()));
    if (entry == null) {
      throw new DownloadException(
          "weights %s: not in the catalog, which has %s"
              .formatted(value, String.join(", ", new ArrayList<>(names()))));
    }
    String name = fileName(uri(base + "/" + entry.path));
    return new Location(
        uri(mirror + "/" + entry.path), name, entry.checksum.or(() -> Checksum.inFileName(name)));
  }

  static URI uri(String text) {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw new DownloadException("%s: not an address".formatted(text), e);
    }
  }

  /**
   * The original's rule: the last part of the path; but Detectron's files are all called the same,
   * so theirs is the whole path with {@code _} for {@code /}.
   */
  private static String fileName(URI url) {
    String path = url.getRawPath() == null ? "" : url.getRawPath();
    String last = path.substring(path.lastIndexOf('/') + 1);
    return last.equals(SAME_NAME) ? path.replace('/', '_') : last;
  }
}

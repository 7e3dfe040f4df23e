package dev.maskrcnn.detection.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.io.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** A page that is one file. Styles and scripts are resources of this package, in this order. */
public final class HtmlPage {
  private final String title;
  private final JsonNode data;
  private final List<String> styles = new ArrayList<>(List.of("page.css"));
  private final List<String> scripts = new ArrayList<>(List.of("dom.js", "charts.js"));

  /**
   * A page.
   *
   * @param title of the browser's tab
   * @param data what the scripts find in {@code Page.data}
   */
  public HtmlPage(String title, JsonNode data) {
    this.title = title;
    this.data = data;
  }

  /** Adds a style sheet. */
  public HtmlPage style(String resource) {
    styles.add(resource);
    return this;
  }

  /** Adds scripts; each runs when the ones before it have. */
  public HtmlPage scripts(String... resources) {
    scripts.addAll(List.of(resources));
    return this;
  }

  /** The page. */
  public String html() {
    StringBuilder out = new StringBuilder(1 << 20);
    out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.append("<title>").append(escape(title)).append("</title>\n");
    styles.forEach(s -> out.append("<style>\n").append(read(s)).append("</style>\n"));
    out.append("</head>\n<body>\n<noscript>This page needs JavaScript.</noscript>\n");
    // A closing tag inside of the data would end the element.
    String json = data.toString().replace("</", "<\\/").replace("<!--", "<\\u0021--");
    out.append("<script type=\"application/json\" id=\"data\">").append(json);
    out.append("</script>\n");
    scripts.forEach(s -> out.append("<script>\n").append(read(s)).append("</script>\n"));
    return out.append("</body>\n</html>\n").toString();
  }

  /** Writes the page; it appears whole or not at all. */
  public void write(Path file) {
    byte[] bytes = html().getBytes(StandardCharsets.UTF_8);
    AtomicFile.writeStream(file, out -> out.write(bytes));
  }

  /** A picture as text for an {@code img} element: PNG, exact. */
  public static String png(BufferedImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  /** A picture as text for an {@code img} element: JPEG, for photos. */
  public static String jpeg(BufferedImage image, float quality) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName("jpeg");
    ImageWriter writer = writers.next();
    ImageWriteParam how = writer.getDefaultWriteParam();
    how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    how.setCompressionQuality(quality);
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), how);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static String read(String resource) {
    try (InputStream in = HtmlPage.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("page: no resource " + resource);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.shape.TensorException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the source says of an op, read from the source itself, which is packed with the classes.
 *
 * @param family the sealed interface that it belongs to
 * @param record its declaration, such as {@code Scale(double factor)}
 * @param text its Javadoc as plain text: meaning, and shapes and types of inputs and outputs
 * @param file source file in the repository
 * @param line of the record in that file
 */
public record OpDocument(String family, String record, String text, String file, int line) {
  private static final String FOLDER = "tensor/src/main/java/dev/maskrcnn/tensor/op/";
  private static final String SOURCE = "/source/dev/maskrcnn/tensor/op/";

  /** The document of an op type. */
  public static OpDocument of(Class<? extends Op> type) {
    String family = type.getEnclosingClass().getSimpleName();
    String source = read(family + ".java");
    Matcher m =
        Pattern.compile(
                "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*record " + type.getSimpleName() + "\\(([^)]*)\\)",
                Pattern.DOTALL)
            .matcher(source);
    if (!m.find()) {
      throw new TensorException(
          type.getSimpleName() + ": " + family + ".java has no documented record of that name");
    }
    String parameters = m.group(2).replaceAll("\\s+", " ").strip();
    int line = (int) source.substring(0, source.indexOf("record ", m.end(1))).lines().count();
    return new OpDocument(
        family,
        type.getSimpleName() + "(" + parameters + ")",
        plain(m.group(1)),
        FOLDER + family + ".java",
        line);
  }

  /** Javadoc without its markup. */
  private static String plain(String javadoc) {
    return javadoc
        .replaceAll("(?m)^\\s*\\* ?", "")
        .replaceAll("\\{@(?:code|link|linkplain)\\s+([^}]*)\\}", "$1")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replaceAll("<p>", "")
        .replaceAll("@(param|throws) ", "\n$1 ")
        .replaceAll("[ \\t]*\\n(?!param|throws)\\s*", " ")
        .strip();
  }

  private static String read(String name) {
    try (InputStream in = OpDocument.class.getResourceAsStream(SOURCE + name)) {
      if (in == null) {
        throw new TensorException(name + ": the source of the catalogue is not in this build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

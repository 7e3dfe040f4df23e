package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.op.Op;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the table of derivatives says of one op type.
 *
 * @param differentiable whether it has a rule
 * @param formula gradients of the inputs by {@code dy}; empty without a rule
 * @param words the same as a sentence, or why there is no rule
 * @param constants inputs by which it cannot be differentiated
 * @param file source file of the table in the repository
 * @param line of the op in that file
 * @param rule the source of its line; empty without a rule
 */
public record DerivativeDocument(
    boolean differentiable,
    String formula,
    String words,
    Set<Integer> constants,
    String file,
    int line,
    String rule) {
  private static final String FILE =
      "autograd/src/main/java/dev/maskrcnn/autograd/Derivatives.java";

  private static final String SOURCE = "/source/dev/maskrcnn/autograd/Derivatives.java";

  /** The document of an op type. */
  public static DerivativeDocument of(Class<? extends Op> type) {
    Derivative<?> d = Derivatives.find(type).orElse(Derivative.none("it has no line in the table"));
    String source = source();
    String name = type.getEnclosingClass().getSimpleName() + "." + type.getSimpleName() + ".class";
    int at = source.indexOf(name);
    int line = at < 0 ? 0 : (int) source.substring(0, at).lines().count();
    return new DerivativeDocument(
        d.differentiable(),
        d.formula(),
        d.words(),
        new TreeSet<>(d.constants()),
        FILE,
        line,
        d.differentiable() && at >= 0 ? statement(source, at) : "");
  }

  /** The call of {@code rule} around a position, without the words and the indentation. */
  private static String statement(String source, int at) {
    int from = source.lastIndexOf("rule(", at);
    int depth = 0;
    int to = from;
    do {
      char c = source.charAt(to++);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    } while (depth > 0 || source.charAt(to - 1) != ')');
    return source
        .substring(from, to)
        .replaceAll("(\\s*\\+?\\s*\"[^\"]*\")+,", "")
        .replaceAll("\n {4}", "\n");
  }

  private static String source() {
    try (InputStream in = DerivativeDocument.class.getResourceAsStream(SOURCE)) {
      if (in == null) {
        throw new AutogradException("the source of the table of derivatives is not in this build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

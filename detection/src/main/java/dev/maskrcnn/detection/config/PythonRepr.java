package dev.maskrcnn.detection.config;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes values as Python's {@code repr} does. */
final class PythonRepr {
  private PythonRepr() {}

  /**
   * A value as a Python literal.
   *
   * @param asList whether an outermost sequence is a list; inner ones are tuples
   */
  static String of(Object value, boolean asList) {
    if (value == null) {
      return "None";
    }
    if (value instanceof Boolean flag) {
      return flag ? "True" : "False";
    }
    if (value instanceof Double number) {
      return number(number);
    }
    if (value instanceof String text) {
      return quoted(text);
    }
    if (value instanceof List<?> list) {
      String inside = list.stream().map(e -> of(e, false)).collect(Collectors.joining(", "));
      if (asList) {
        return "[" + inside + "]";
      }
      return "(" + inside + (list.size() == 1 ? ",)" : ")");
    }
    return value.toString();
  }

  /** The shortest text that reads as the same double; infinity as an overflowing literal. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "1e999" : "-1e999";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal exact = new BigDecimal(value);
    BigDecimal shortest = exact;
    for (int digits = 1; digits <= 17; digits++) {
      shortest = exact.round(new MathContext(digits));
      if (shortest.doubleValue() == value) {
        break;
      }
    }
    shortest = shortest.stripTrailingZeros();
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = shortest.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String digits = shortest.unscaledValue().abs().toString();
    return (value < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + (exponent < 0 ? "e-" : "e+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }

  /** A string in single quotes, or in double ones if it has only single ones inside. */
  static String quoted(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    StringBuilder out = new StringBuilder().append(quote);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> {
                  if (c == quote) {
                    out.append('\\').append(quote);
                  } else if (!isPrintable(c)) {
                    out.append(String.format(Locale.ROOT, c < 256 ? "\\x%02x" : "\\u%04x", c));
                  } else {
                    out.appendCodePoint(c);
                  }
                }
              }
            });
    return out.append(quote).toString();
  }

  /** What may stand in a line of YAML as it is; the rest is below 2^16. */
  private static boolean isPrintable(int c) {
    return c >= ' ' && c < 0x7f
        || c >= 0xa0 && c < 0x2028
        || c > 0x2029 && c < 0xd800
        || c >= 0xe000 && c < 0xfeff
        || c > 0xfeff && c < 0xfffe
        || c > 0xffff;
  }
}

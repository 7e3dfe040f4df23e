package dev.maskrcnn.detection.config;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads text the way the original does, with Python's {@code ast.literal_eval}: what is a literal
 * becomes its value, everything else stays the text it is.
 *
 * <p>Numbers, strings, tuples, lists, {@code True}, {@code False} and {@code None} are literals.
 * Bytes, complex numbers, dictionaries and sets, which no key can hold, stay text.
 */
final class PythonLiteral {
  private static final Pattern INTEGER =
      Pattern.compile(
          "0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+"
              + "|[1-9](?:_?[0-9])*|0(?:_?0)*");

  private static final Pattern FLOAT =
      Pattern.compile(
          "(?:(?:D)?\\.D|D\\.)(?:[eE][-+]?D)?|D[eE][-+]?D".replace("D", "[0-9](?:_?[0-9])*"));

  /** Python gives up at 200; the limits keep hostile text from taking stack or time. */
  private static final int DEEPEST = 100;

  private static final int MOST_DIGITS = 400;

  private final String text;
  private int at;
  private int depth;

  private PythonLiteral(String text) {
    this.text = text;
  }

  /** Says that the text is no literal; thrown and caught here. */
  private static final class NoLiteral extends Exception {
    private static final long serialVersionUID = 1L;

    NoLiteral() {
      super("", null, false, false);
    }
  }

  /**
   * The value of a text.
   *
   * @return null for {@code None}, a {@code Boolean}, a {@code Long} (a {@code BigInteger} if too
   *     large), a {@code Double}, a {@code String}, or an unmodifiable {@code List} for a tuple or
   *     list; {@code text} itself if it is no literal
   */
  static Object parse(String text) {
    try {
      return new PythonLiteral(text).whole();
    } catch (NoLiteral e) {
      return text;
    }
  }

  private Object whole() throws NoLiteral {
    lines();
    Object first = element();
    if (!peek(',')) {
      end();
      return first;
    }
    List<Object> tuple = new ArrayList<>();
    tuple.add(first);
    while (accept(',')) {
      if (!moreInLine()) {
        break;
      }
      tuple.add(element());
    }
    end();
    return Collections.unmodifiableList(tuple);
  }

  private boolean moreInLine() {
    skip();
    return at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r';
  }

  private void end() throws NoLiteral {
    lines();
    if (at < text.length()) {
      throw new NoLiteral();
    }
  }

  /** Skips whole empty lines too, which may surround the literal but not interrupt it. */
  private void lines() {
    depth++;
    skip();
    depth--;
  }

  private void skip() {
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '#') {
        while (at + 1 < text.length() && text.charAt(at + 1) != '\n') {
          at++;
        }
      } else if (c != ' ' && c != '\t' && (depth == 0 || c != '\n' && c != '\r')) {
        return;
      }
    }
  }

  private boolean peek(char c) {
    skip();
    return at < text.length() && text.charAt(at) == c;
  }

  private boolean accept(char c) {
    boolean found = peek(c);
    if (found) {
      at++;
    }
    return found;
  }

  private Object element() throws NoLiteral {
    skip();
    if (at >= text.length()) {
      throw new NoLiteral();
    }
    char c = text.charAt(at);
    if (c == '(' || c == '[') {
      return sequence(c == '(' ? ')' : ']');
    }
    if (c == '+' || c == '-') {
      at++;
      skip();
      return number(c == '-');
    }
    if (c == '.' || c >= '0' && c <= '9') {
      return number(false);
    }
    return stringStarts() ? strings() : name();
  }

  private Object sequence(char close) throws NoLiteral {
    if (++depth > DEEPEST) {
      throw new NoLiteral();
    }
    at++;
    List<Object> elements = new ArrayList<>();
    boolean comma = false;
    while (!peek(close)) {
      elements.add(element());
      comma = accept(',');
      if (!comma && !peek(close)) {
        throw new NoLiteral();
      }
    }
    at++;
    depth--;
    boolean onlyParentheses = close == ')' && elements.size() == 1 && !comma;
    return onlyParentheses ? elements.get(0) : Collections.unmodifiableList(elements);
  }

  private Object number(boolean negative) throws NoLiteral {
    int farthest = Math.min(text.length(), at + MOST_DIGITS);
    Matcher real = FLOAT.matcher(text).region(at, farthest);
    if (real.lookingAt()) {
      at = real.end();
      double value = Double.parseDouble(real.group().replace("_", ""));
      return negative ? -value : value;
    }
    Matcher whole = INTEGER.matcher(text).region(at, farthest);
    if (!whole.lookingAt()) {
      throw new NoLiteral();
    }
    at = whole.end();
    BigInteger value = integer(whole.group().replace("_", ""));
    if (at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
      throw new NoLiteral(); // 007, 7x
    }
    return narrowed(negative ? value.negate() : value);
  }

  /** An integer with an optional prefix {@code 0x}, {@code 0o} or {@code 0b}. */
  private static BigInteger integer(String digits) {
    int radix =
        switch (digits.length() > 1 ? Character.toLowerCase(digits.charAt(1)) : ' ') {
          case 'x' -> 16;
          case 'o' -> 8;
          case 'b' -> 2;
          default -> 10;
        };
    return new BigInteger(radix == 10 ? digits : digits.substring(2), radix);
  }

  static Object narrowed(BigInteger value) {
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }

  private Object name() throws NoLiteral {
    int start = at;
    while (at < text.length() && Character.isLetter(text.charAt(at))) {
      at++;
    }
    return switch (text.substring(start, at)) {
      case "True" -> true;
      case "False" -> false;
      case "None" -> null;
      default -> throw new NoLiteral();
    };
  }

  private boolean stringStarts() {
    int quote = at;
    if (quote < text.length() && "rRuU".indexOf(text.charAt(quote)) >= 0) {
      quote++;
    }
    return quote < text.length() && "'\"".indexOf(text.charAt(quote)) >= 0;
  }

  /** One string, or several beside each other, which are one. */
  private String strings() throws NoLiteral {
    StringBuilder out = new StringBuilder();
    do {
      string(out);
      skip();
    } while (stringStarts());
    return out.toString();
  }

  private void string(StringBuilder out) throws NoLiteral {
    boolean raw = Character.toLowerCase(text.charAt(at)) == 'r';
    if (Character.isLetter(text.charAt(at))) {
      at++;
    }
    String quote = text.substring(at, at + 1);
    boolean tripled = text.startsWith(quote.repeat(3), at);
    quote = tripled ? quote.repeat(3) : quote;
    at += quote.length();
    while (!text.startsWith(quote, at)) {
      if (at >= text.length() || !tripled && text.charAt(at) == '\n') {
        throw new NoLiteral();
      }
      char c = text.charAt(at++);
      if (c != '\\') {
        out.append(c);
      } else if (raw) {
        out.append(c).append(next());
      } else {
        escape(out);
      }
    }
    at += quote.length();
  }

  private char next() throws NoLiteral {
    if (at >= text.length()) {
      throw new NoLiteral();
    }
    return text.charAt(at++);
  }

  private void escape(StringBuilder out) throws NoLiteral {
    char c = next();
    switch (c) {
      case '\n' -> {}
      case '\\', '\'', '"' -> out.append(c);
      case 'a' -> out.append('\u0007');
      case 'b' -> out.append('\b');
      case 'f' -> out.append('\f');
      case 'n' -> out.append('\n');
      case 'r' -> out.append('\r');
      case 't' -> out.append('\t');
      case 'v' -> out.append('\u000b');
      case 'x' -> out.appendCodePoint(hex(2));
      case 'u' -> out.appendCodePoint(hex(4));
      case 'U' -> out.appendCodePoint(hex(8));
      case 'N' -> out.appendCodePoint(named());
      case '0', '1', '2', '3', '4', '5', '6', '7' -> out.append(octal());
      default -> out.append('\\').append(c);
    }
  }

  private int hex(int digits) throws NoLiteral {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = Character.digit(next(), 16);
      if (digit < 0 || value > Character.MAX_CODE_POINT) {
        throw new NoLiteral();
      }
      value = value * 16 + digit;
    }
    if (value > Character.MAX_CODE_POINT) {
      throw new NoLiteral();
    }
    return value;
  }

  private char octal() {
    int value = 0;
    int start = --at;
    while (at < text.length() && at < start + 3 && "01234567".indexOf(text.charAt(at)) >= 0) {
      value = value * 8 + text.charAt(at++) - '0';
    }
    return (char) value;
  }

  private int named() throws NoLiteral {
    int end = text.indexOf('}', at);
    if (end < 0 || next() != '{') {
      throw new NoLiteral();
    }
    try {
      int codePoint = Character.codePointOf(text.substring(at, end));
      at = end + 1;
      return codePoint;
    } catch (IllegalArgumentException e) {
      throw new NoLiteral();
    }
  }
}

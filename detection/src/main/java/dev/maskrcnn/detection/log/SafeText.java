package dev.maskrcnn.detection.log;

/**
 * Text for people, made safe: names in files may hold control characters that would move a
 * terminal's cursor, colour or clear it, or forge lines of a log.
 */
public final class SafeText {
  private SafeText() {}

  /** One line: line breaks become blanks, other control characters are written as {@code \x1b}. */
  public static String line(String text) {
    return escaped(text.strip().replaceAll("\\s*\\R\\s*", " ").replace('\t', ' '), "");
  }

  /** Several lines: as {@link #line}, but line feeds and tabs stay. */
  public static String block(String text) {
    return escaped(text, "\n\t");
  }

  /** As {@link #block}, but carriage returns stay too, by which a progress bar redraws itself. */
  public static String terminal(String text) {
    return escaped(text, "\n\t\r");
  }

  private static String escaped(String text, String allowed) {
    if (text.chars().noneMatch(c -> unsafe((char) c, allowed))) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    for (char c : text.toCharArray()) {
      if (!unsafe(c, allowed)) {
        out.append(c);
      } else if (c < 0x100) {
        out.append("\\x").append(Integer.toHexString(0x100 | c).substring(1));
      } else {
        out.append("\\u").append(Integer.toHexString(c));
      }
    }
    return out.toString();
  }

  /** Control characters, and those that reverse or hide what follows. */
  private static boolean unsafe(char c, String allowed) {
    return Character.isISOControl(c) && allowed.indexOf(c) < 0
        || c >= '\u2028' && c <= '\u202e'
        || c >= '\u2066' && c <= '\u2069';
  }
}

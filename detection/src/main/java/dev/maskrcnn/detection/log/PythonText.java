package dev.maskrcnn.detection.log;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Numbers and durations as Python prints them, which the log formats of the original system need.
 * {@code String.format} is no substitute: it rounds half up and writes {@code NaN}.
 */
public final class PythonText {
  private PythonText() {}

  /**
   * Python's {@code "{:.nf}".format(value)}: the exact binary value rounded half to even.
   *
   * @param value any double
   * @param decimals digits after the point, 0 or more
   * @return the text; {@code nan}, {@code inf}, {@code -inf} for what is no number
   */
  public static String fixed(double value, int decimals) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    String digits =
        new BigDecimal(Math.abs(value)).setScale(decimals, RoundingMode.HALF_EVEN).toPlainString();
    boolean negative = (Double.doubleToRawLongBits(value) & Long.MIN_VALUE) != 0;
    return negative ? "-" + digits : digits;
  }

  /**
   * Python's {@code str(datetime.timedelta(seconds=seconds))}: {@code 4:42:15}, {@code 1 day,
   * 0:00:01}, with six decimals if there is a fraction.
   *
   * @param seconds finite, 0 or more; rounded to microseconds
   * @return the text; {@code nan} or {@code inf} if that is what was given
   */
  public static String duration(double seconds) {
    if (!Double.isFinite(seconds)) {
      return fixed(seconds, 0);
    }
    long micros =
        new BigDecimal(Math.max(0, seconds))
            .movePointRight(6)
            .setScale(0, RoundingMode.HALF_EVEN)
            .longValueExact();
    long whole = micros / 1_000_000;
    long days = whole / 86_400;
    long rest = whole % 86_400;
    StringBuilder text = new StringBuilder();
    if (days > 0) {
      text.append(days).append(days == 1 ? " day, " : " days, ");
    }
    text.append(rest / 3600).append(':');
    twoDigits(text, rest / 60 % 60).append(':');
    twoDigits(text, rest % 60);
    long fraction = micros % 1_000_000;
    if (fraction > 0) {
      text.append('.').append(Long.toString(1_000_000 + fraction).substring(1));
    }
    return text.toString();
  }

  private static StringBuilder twoDigits(StringBuilder text, long value) {
    return (value < 10 ? text.append('0') : text).append(value);
  }
}

package dev.maskrcnn.detection.coco;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Reads values of known type from a JSON stream and notes those of another type.
 *
 * <p>Each reader leaves the parser at the end of the value, whatever it was. NaN and infinity,
 * which other writers emit although JSON has none, are read and left to the caller to judge.
 */
final class JsonFields implements AutoCloseable {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  /** Numbers for ids that are words; above those that files use themselves. */
  private static final long FIRST_OF_TEXT = 1L << 40;

  /** A word or number that is cut off begins no further from the end of the file than this. */
  private static final int LONGEST_WORD = 32;

  private final JsonParser parser;
  private double[] buffer = new double[256];

  private JsonFields(JsonParser parser) {
    this.parser = parser;
  }

  /**
   * Opens a file.
   *
   * @throws CocoFormatException if it is missing, a folder or empty
   */
  static JsonFields open(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new CocoFormatException(file + ": is a folder, expected a JSON file");
    }
    try {
      if (Files.size(file) == 0) {
        throw new CocoFormatException(file + ": is empty; write or download it again");
      }
    } catch (NoSuchFileException e) {
      throw new CocoFormatException(file + ": does not exist; check the path", e);
    }
    return new JsonFields(FACTORY.createParser(file.toFile()));
  }

  /** The one line that explains why a file could not be read to its end. */
  static CocoFormatException unreadable(Path file, IOException e) {
    if (e instanceof JacksonException json) {
      String reason = json.getOriginalMessage().replaceAll("\\s+", " ");
      return new CocoFormatException(
          endsEarly(file, json)
              ? "%s: the JSON ends too early, after %s; the file was cut off, write it again"
                  .formatted(file, position(json))
              : "%s: is not JSON at %s: %s".formatted(file, position(json), reason),
          e);
    }
    return new CocoFormatException(
        "%s: cannot be read: %s".formatted(file, FileFailure.reason(e)), e);
  }

  /** Jackson words it differently inside of a value, between values, in a word or in a number. */
  private static boolean endsEarly(Path file, JacksonException e) {
    return e instanceof JsonEOFException
        || e.getOriginalMessage().startsWith("Unexpected end-of-input")
        || e.getLocation() != null
            && e.getLocation().getByteOffset() >= file.toFile().length() - LONGEST_WORD
            && endsInsideAWord(file);
  }

  private static boolean endsInsideAWord(Path file) {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
      bytes.seek(bytes.length() - 1);
      int last = bytes.read();
      return Character.isLetterOrDigit(last) || last == '.' || last == '-';
    } catch (IOException e) {
      // Then the parser's own words have to do.
      return false;
    }
  }

  private static String position(JacksonException e) {
    var at = e.getLocation();
    return at == null
        ? "an unknown place"
        : "line %s, column %s".formatted(at.getLineNr(), at.getColumnNr());
  }

  JsonParser parser() {
    return parser;
  }

  /** A whole number; 4.0 counts as one. */
  OptionalLong integer(String field, List<String> problems) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      return OptionalLong.of(parser.getLongValue());
    }
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_FLOAT) {
      double value = parser.getDoubleValue();
      if (value == Math.rint(value) && Math.abs(value) < 1L << 53) {
        return OptionalLong.of((long) value);
      }
    }
    wrongType(field, "a whole number", problems);
    return OptionalLong.empty();
  }

  /** An id: a whole number, also as text. */
  OptionalLong id(String field, List<String> problems, List<String> texts) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING
        && parser.getText().matches("-?[0-9]{1,18}")) {
      texts.add("\"%s\" is the text \"%s\"; write a number".formatted(field, parser.getText()));
      return OptionalLong.of(Long.parseLong(parser.getText()));
    }
    return integer(field, problems);
  }

  /**
   * The id of an image: a whole number, or any text, which gets a number of its own.
   *
   * @param numbers of the texts so far
   */
  OptionalLong imageId(
      String field, List<String> problems, List<String> texts, Map<String, Long> numbers)
      throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      String text = parser.getText();
      if (!text.matches("-?[0-9]{1,18}") && !text.isBlank()) {
        texts.add("\"%s\" is the text \"%s\"; write a number".formatted(field, shorten(text)));
        return OptionalLong.of(numbers.computeIfAbsent(text, t -> FIRST_OF_TEXT + numbers.size()));
      }
    }
    return id(field, problems, texts);
  }

  /** A number, or null. */
  Double number(String field, List<String> problems) throws IOException {
    if (parser.currentToken().isNumeric()) {
      return parser.getDoubleValue();
    }
    wrongType(field, "a number", problems);
    return null;
  }

  /** A text, or null. */
  String text(String field, List<String> problems) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      return parser.getText();
    }
    wrongType(field, "a text", problems);
    return null;
  }

  /** A list of numbers, or null. */
  double[] numbers(String field, List<String> problems) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      wrongType(field, "a list of numbers", problems);
      return null;
    }
    parser.nextToken();
    return rest(field, problems);
  }

  /** The numbers from the one at which the parser stands to the end of their list, or null. */
  double[] rest(String field, List<String> problems) throws IOException {
    int size = 0;
    boolean sound = true;
    for (JsonToken t = parser.currentToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
      if (!t.isNumeric()) {
        if (sound) {
          problems.add("\"%s\" holds %s among its numbers".formatted(field, describe()));
        }
        sound = false;
        parser.skipChildren();
        continue;
      }
      if (size == buffer.length) {
        buffer = Arrays.copyOf(buffer, size * 2);
      }
      buffer[size++] = parser.getDoubleValue();
    }
    return sound ? Arrays.copyOf(buffer, size) : null;
  }

  private void wrongType(String field, String expected, List<String> problems) throws IOException {
    problems.add("\"%s\" is %s, expected %s".formatted(field, describe(), expected));
    parser.skipChildren();
  }

  /** What the parser stands at, in words. */
  String describe() throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "a list";
      case VALUE_STRING -> "the text \"" + shorten(parser.getText()) + "\"";
      default -> parser.getText();
    };
  }

  private static String shorten(String text) {
    return text.length() <= 40 ? text : text.substring(0, 37) + "...";
  }

  /** A number as people write it: without ".0" at whole ones. */
  static String plain(double v) {
    return v == (long) v ? Long.toString((long) v) : Double.toString(v);
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }
}

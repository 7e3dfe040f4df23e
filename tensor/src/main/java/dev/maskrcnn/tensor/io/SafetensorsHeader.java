package dev.maskrcnn.tensor.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON header of a safetensors file: which tensor lies where in the data that follows it.
 *
 * @param entries tensors in header order
 * @param metadata strings of {@code __metadata__}
 */
record SafetensorsHeader(Map<String, Entry> entries, Map<String, String> metadata) {
  static final String METADATA = "__metadata__";

  /** Words and numbers of a header; a tensor has about 12, so this is 160,000 tensors. */
  private static final int MOST_TOKENS = 2_000_000;

  /** Keeps no memory of names it has seen, which differ from file to file. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  /**
   * Place of a tensor.
   *
   * @param dtype as the header names it
   * @param type the same, or null if it is not known
   * @param begin first byte, counted from the end of the header
   * @param end byte after the last
   */
  record Entry(String dtype, TensorType type, long[] shape, long begin, long end) {
    Entry(TensorType type, long[] shape, long begin, long end) {
      this(type.name(), type, shape, begin, end);
    }
  }

  /** Reads and validates a header; the checks are those of the reference implementation. */
  static SafetensorsHeader parse(byte[] json, long dataBytes, String file) {
    InputStream bytes = new ByteArrayInputStream(json);
    Reader text = new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder());
    try (JsonParser parser = JSON.createParser(text)) {
      SafetensorsHeader header = new HeaderReader(parser, file).header();
      header.checkPlaces(dataBytes, file);
      return header;
    } catch (JsonProcessingException e) {
      String reason = e.getOriginalMessage().replaceAll("\\s*\\R\\s*", " ");
      throw new TensorFileException(
          "%s: damaged header at character %s: %s"
              .formatted(
                  file, e.getLocation() == null ? 0 : e.getLocation().getCharOffset(), reason),
          e);
    } catch (CharacterCodingException e) {
      throw new TensorFileException(file + ": damaged header, its text is not UTF-8", e);
    } catch (IOException e) {
      throw new TensorFileException(file + ": damaged header, " + e.getMessage(), e);
    }
  }

  /** Tensors must tile the data without gap or overlap, from its first byte to its last. */
  private void checkPlaces(long dataBytes, String file) {
    List<Map.Entry<String, Entry>> byPlace = new ArrayList<>(entries.entrySet());
    byPlace.sort(
        Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin)
            .thenComparingLong(e -> e.getValue().end));
    long filled = 0;
    for (Map.Entry<String, Entry> named : byPlace) {
      Entry entry = named.getValue();
      String tensor = "%s: tensor %s ".formatted(file, Safetensors.quoted(named.getKey()));
      if (entry.end > dataBytes) {
        throw new TensorFileException(
            tensor
                + "ends at byte %s of the data, but the file has only %s; it is cut off"
                    .formatted(entry.end, dataBytes));
      }
      if (entry.begin != filled) {
        throw new TensorFileException(
            tensor
                + "starts at byte %s of the data, expected %s; tensors %s"
                    .formatted(
                        entry.begin, filled, entry.begin < filled ? "overlap" : "leave a gap"));
      }
      filled = entry.end;
    }
    if (filled != dataBytes) {
      throw new TensorFileException(
          "%s: %s bytes of data, but the header describes %s".formatted(file, dataBytes, filled));
    }
  }

  /** The header as JSON, padded with spaces so that header and length word fill 8-byte words. */
  byte[] toJson() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(METADATA);
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      for (Map.Entry<String, Entry> named : entries.entrySet()) {
        Entry entry = named.getValue();
        json.writeObjectFieldStart(named.getKey());
        json.writeStringField("dtype", entry.dtype);
        json.writeFieldName("shape");
        json.writeArray(entry.shape, 0, entry.shape.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {entry.begin, entry.end}, 0, 2);
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    while (out.size() % 8 != 0) {
      out.write(' ');
    }
    return out.toByteArray();
  }

  /** Pulls the header out of the token stream; every surprise names the tensor it belongs to. */
  private static final class HeaderReader {
    private final JsonParser json;
    private final String file;
    private int tokens;

    HeaderReader(JsonParser json, String file) {
      this.json = json;
      this.file = file;
    }

    private JsonToken next() throws IOException {
      if (++tokens > MOST_TOKENS) {
        throw new TensorFileException(
            file + ": its header has more than %s words and numbers".formatted(MOST_TOKENS));
      }
      return json.nextToken();
    }

    /** The next name of the object that is read; null at its end. */
    private String nextName() throws IOException {
      return next() == JsonToken.FIELD_NAME ? json.currentName() : null;
    }

    private void skipValue() throws IOException {
      int depth = 0;
      do {
        JsonToken token = json.currentToken();
        if (token == null) {
          throw new TensorFileException(file + ": damaged header, it is cut off");
        }
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        if (depth > 0) {
          next();
        }
      } while (depth > 0);
    }

    SafetensorsHeader header() throws IOException {
      expect(JsonToken.START_OBJECT, next(), "the header");
      Map<String, Entry> entries = new LinkedHashMap<>();
      Map<String, String> metadata = new LinkedHashMap<>();
      for (String name = nextName(); name != null; name = nextName()) {
        if (name.equals(METADATA)) {
          strings(metadata);
        } else {
          entries.put(name, entry(name));
        }
      }
      expect(JsonToken.END_OBJECT, json.currentToken(), "the header");
      if (next() != null) {
        throw new TensorFileException(file + ": damaged header, something follows its last brace");
      }
      return new SafetensorsHeader(entries, metadata);
    }

    private void strings(Map<String, String> metadata) throws IOException {
      expect(JsonToken.START_OBJECT, next(), METADATA);
      for (String key = nextName(); key != null; key = nextName()) {
        expect(JsonToken.VALUE_STRING, next(), METADATA + "." + Safetensors.quoted(key));
        metadata.put(key, json.getText());
      }
      expect(JsonToken.END_OBJECT, json.currentToken(), METADATA);
    }

    private Entry entry(String name) throws IOException {
      String tensor = "tensor " + Safetensors.quoted(name);
      expect(JsonToken.START_OBJECT, next(), tensor);
      String type = null;
      long[] shape = null;
      long[] offsets = null;
      for (String key = nextName(); key != null; key = nextName()) {
        next();
        switch (key) {
          case "dtype" -> {
            expect(JsonToken.VALUE_STRING, json.currentToken(), tensor + " dtype");
            type = json.getText();
          }
          case "shape" -> shape = numbers(tensor + " shape");
          case "data_offsets" -> offsets = numbers(tensor + " data_offsets");
          default -> skipValue();
        }
      }
      expect(JsonToken.END_OBJECT, json.currentToken(), tensor);
      if (type == null || shape == null || offsets == null || offsets.length != 2) {
        throw new TensorFileException(
            file + ": " + tensor + " needs a dtype, a shape and two data_offsets");
      }
      TensorType known = TensorType.named(type).orElse(null);
      checkSize(tensor, known, shape, offsets);
      return new Entry(type, known, shape, offsets[0], offsets[1]);
    }

    /** The size of a tensor of a type that is not known cannot be checked. */
    private void checkSize(String tensor, TensorType type, long[] shape, long[] offsets) {
      long bytes = offsets[1] - offsets[0];
      long expected;
      try {
        expected = type == null ? Math.max(0, bytes) : HostTensor.byteCount(type, shape);
      } catch (TensorFileException e) {
        throw new TensorFileException(file + ": " + tensor + ": " + e.getMessage(), e);
      }
      if (bytes != expected) {
        throw new TensorFileException(
            "%s: %s has data_offsets %s, but %s %s takes %s bytes"
                .formatted(
                    file,
                    tensor,
                    Arrays.toString(offsets),
                    type,
                    Arrays.toString(shape),
                    expected));
      }
    }

    private long[] numbers(String what) throws IOException {
      expect(JsonToken.START_ARRAY, json.currentToken(), what);
      List<Long> numbers = new ArrayList<>();
      while (next() != JsonToken.END_ARRAY) {
        expect(JsonToken.VALUE_NUMBER_INT, json.currentToken(), what);
        long number = json.getLongValue();
        if (number < 0) {
          throw new TensorFileException(file + ": " + what + " has a negative number " + number);
        }
        numbers.add(number);
      }
      return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    private void expect(JsonToken expected, JsonToken got, String what) {
      if (got != expected) {
        throw new TensorFileException(
            "%s: damaged header, %s: got %s, expected %s".formatted(file, what, got, expected));
      }
    }
  }
}

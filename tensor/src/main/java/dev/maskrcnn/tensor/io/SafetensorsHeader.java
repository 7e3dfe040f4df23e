package dev.maskrcnn.tensor.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
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
   * @param begin first byte, counted from the end of the header
   * @param end byte after the last
   */
  record Entry(TensorType type, long[] shape, long begin, long end) {}

  /** Reads and validates a header; the checks are those of the reference implementation. */
  static SafetensorsHeader parse(byte[] json, long dataBytes, String file) {
    try (JsonParser parser = JSON.createParser(utf8(json, file))) {
      SafetensorsHeader header = new Reader(parser, file).header();
      header.checkPlaces(dataBytes, file);
      return header;
    } catch (JsonProcessingException e) {
      String reason = e.getOriginalMessage().replaceAll("\\s*\\R\\s*", " ");
      throw new TensorFileException(
          "%s: damaged header at character %d: %s"
              .formatted(
                  file, e.getLocation() == null ? 0 : e.getLocation().getCharOffset(), reason),
          e);
    } catch (IOException e) {
      throw new TensorFileException(file + ": damaged header, " + e.getMessage(), e);
    }
  }

  private static String utf8(byte[] json, String file) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
    } catch (CharacterCodingException e) {
      throw new TensorFileException(file + ": damaged header, its text is not UTF-8", e);
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
                + "ends at byte %d of the data, but the file has only %d; it is cut off"
                    .formatted(entry.end, dataBytes));
      }
      if (entry.begin != filled) {
        throw new TensorFileException(
            tensor
                + "starts at byte %d of the data, expected %d; tensors %s"
                    .formatted(
                        entry.begin, filled, entry.begin < filled ? "overlap" : "leave a gap"));
      }
      filled = entry.end;
    }
    if (filled != dataBytes) {
      throw new TensorFileException(
          "%s: %d bytes of data, but the header describes %d".formatted(file, dataBytes, filled));
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
        json.writeStringField("dtype", entry.type.name());
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
  private record Reader(JsonParser json, String file) {

    SafetensorsHeader header() throws IOException {
      expect(JsonToken.START_OBJECT, json.nextToken(), "the header");
      Map<String, Entry> entries = new LinkedHashMap<>();
      Map<String, String> metadata = new LinkedHashMap<>();
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        if (name.equals(METADATA)) {
          strings(metadata);
        } else {
          entries.put(name, entry(name));
        }
      }
      expect(JsonToken.END_OBJECT, json.currentToken(), "the header");
      if (json.nextToken() != null) {
        throw new TensorFileException(file + ": damaged header, something follows its last brace");
      }
      return new SafetensorsHeader(entries, metadata);
    }

    private void strings(Map<String, String> metadata) throws IOException {
      expect(JsonToken.START_OBJECT, json.nextToken(), METADATA);
      for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
        expect(JsonToken.VALUE_STRING, json.nextToken(), METADATA + "." + Safetensors.quoted(key));
        metadata.put(key, json.getText());
      }
      expect(JsonToken.END_OBJECT, json.currentToken(), METADATA);
    }

    private Entry entry(String name) throws IOException {
      String tensor = "tensor " + Safetensors.quoted(name);
      expect(JsonToken.START_OBJECT, json.nextToken(), tensor);
      TensorType type = null;
      long[] shape = null;
      long[] offsets = null;
      for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
        json.nextToken();
        switch (key) {
          case "dtype" -> type = type(tensor);
          case "shape" -> shape = numbers(tensor + " shape");
          case "data_offsets" -> offsets = numbers(tensor + " data_offsets");
          default -> json.skipChildren();
        }
      }
      expect(JsonToken.END_OBJECT, json.currentToken(), tensor);
      if (type == null || shape == null || offsets == null || offsets.length != 2) {
        throw new TensorFileException(
            file + ": " + tensor + " needs a dtype, a shape and two data_offsets");
      }
      checkSize(tensor, type, shape, offsets);
      return new Entry(type, shape, offsets[0], offsets[1]);
    }

    private void checkSize(String tensor, TensorType type, long[] shape, long[] offsets) {
      long expected;
      try {
        expected = HostTensor.byteCount(type, shape);
      } catch (TensorFileException e) {
        throw new TensorFileException(file + ": " + tensor + ": " + e.getMessage(), e);
      }
      if (offsets[1] - offsets[0] != expected || offsets[1] < offsets[0]) {
        throw new TensorFileException(
            "%s: %s has data_offsets %s, but %s %s takes %d bytes"
                .formatted(
                    file,
                    tensor,
                    Arrays.toString(offsets),
                    type,
                    Arrays.toString(shape),
                    expected));
      }
    }

    private TensorType type(String tensor) throws IOException {
      expect(JsonToken.VALUE_STRING, json.currentToken(), tensor + " dtype");
      String name = json.getText();
      return TensorType.named(name)
          .orElseThrow(
              () ->
                  new TensorFileException(
                      "%s: %s has dtype %s, expected one of %s"
                          .formatted(
                              file,
                              tensor,
                              Safetensors.quoted(name),
                              Arrays.toString(TensorType.values()))));
    }

    private long[] numbers(String what) throws IOException {
      expect(JsonToken.START_ARRAY, json.currentToken(), what);
      List<Long> numbers = new ArrayList<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
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

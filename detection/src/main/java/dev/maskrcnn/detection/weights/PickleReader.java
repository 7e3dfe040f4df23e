package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.weights.PickleValue.Made;
import dev.maskrcnn.detection.weights.PickleValue.Name;
import dev.maskrcnn.detection.weights.PickleValue.Persistent;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads Python's pickles, protocols 0 to 5, into plain values: dict → {@code LinkedHashMap} with
 * keys as text, list, tuple and set → {@code List}, int → {@code Long} or {@code BigInteger}, float
 * → {@code Double}, str → {@code String}, bytes → {@code ByteBuffer}, everything else → {@link
 * PickleValue}. Byte strings of Python 2 are {@code String}s of Latin-1 characters, long ones
 * {@code ByteBuffer}s. No name is looked up and nothing is called, so a hostile pickle can do no
 * more than be wrong; time and memory are bounded by {@link #MOST_CODES}. Values may be nested
 * without limit and contain themselves: whoever walks them has to bound that.
 *
 * <p>Own code although {@code net.razorvine:pickle} 1.5 exists: that library allocates what a
 * length word announces (8 bytes end in OutOfMemoryError), hashes lists that contain themselves
 * (StackOverflowError), parses long integers for minutes, and loses the order of dicts.
 */
final class PickleReader {
  private static final Object MARK = new Object();

  /** Codes of a pickle, each of which makes at most one value; a checkpoint has some 10,000. */
  private static final int MOST_CODES = 3_000_000;

  /** Bytes of an integer; Python itself refuses more than 4300 digits in text. */
  private static final int LONGEST_INTEGER = 1024;

  /** Longer byte strings of Python 2 are data, shorter ones are names. */
  private static final int LONGEST_NAME = 4096;

  private final ByteBuffer in;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();
  private final List<Persistent> references = new ArrayList<>();

  /**
   * @param in positioned at a pickle; is left behind its end
   */
  PickleReader(ByteBuffer in) {
    this.in = in.order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * The value of the pickle.
   *
   * @throws PickleException if it is cut off or damaged
   */
  Object read() {
    try {
      for (int codes = 0; codes < MOST_CODES; codes++) {
        int code = next();
        if (code == '.') {
          return pop();
        }
        if (!constant(code) && !container(code) && !object(code)) {
          throw new PickleException(
              "unknown code 0x%s at byte %s"
                  .formatted(Integer.toHexString(code), in.position() - 1));
        }
      }
      throw new PickleException("is a pickle of more than " + MOST_CODES + " codes, not weights");
    } catch (java.nio.BufferUnderflowException e) {
      throw new PickleException("is cut off");
    } catch (ClassCastException | NumberFormatException e) {
      throw new PickleException("is damaged before byte " + in.position());
    }
  }

  /** All references to outside data in what was read. */
  List<Persistent> references() {
    return references;
  }

  private int next() {
    return in.get() & 255;
  }

  private boolean constant(int code) {
    switch (code) {
      case 'N' -> push(null);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'K' -> push((long) next());
      case 'M' -> push((long) (in.getShort() & 0xffff));
      case 'J' -> push((long) in.getInt());
      case 'G' -> push(in.order(ByteOrder.BIG_ENDIAN).getDouble());
      case 0x8a -> push(integer(next()));
      case 0x8b -> push(integer(in.getInt()));
      case 'U' -> push(text(next(), StandardCharsets.ISO_8859_1));
      case 'T' -> push(byteString(in.getInt()));
      case 0x8c -> push(text(next(), StandardCharsets.UTF_8));
      case 'X' -> push(text(in.getInt(), StandardCharsets.UTF_8));
      case 0x8d -> push(text(in.getLong(), StandardCharsets.UTF_8));
      case 'C' -> push(bytes(next()));
      case 'B' -> push(bytes(in.getInt()));
      case 0x8e, 0x96 -> push(bytes(in.getLong()));
      default -> {
        return line(code);
      }
    }
    in.order(ByteOrder.LITTLE_ENDIAN);
    return true;
  }

  /** The codes of protocol 0, whose arguments are lines of text. */
  private boolean line(int code) {
    switch (code) {
      case 'I' -> {
        String digits = line();
        push(digits.equals("01") ? true : digits.equals("00") ? false : number(digits));
      }
      case 'L' -> push(number(line().replaceFirst("L$", "")));
      case 'F' -> push(Double.parseDouble(line()));
      case 'S' -> push(unquoted(line()));
      case 'V' -> push(line());
      default -> {
        return false;
      }
    }
    return true;
  }

  private static Object number(String digits) {
    if (digits.length() > 2 * LONGEST_INTEGER) {
      throw new PickleException("has an integer of %s digits".formatted(digits.length()));
    }
    BigInteger n = new BigInteger(digits);
    return n.bitLength() < 64 ? (Object) n.longValue() : n;
  }

  private static String unquoted(String literal) {
    if (!literal.matches("'[^\\\\]*'|\"[^\\\\]*\"")) {
      throw new PickleException("has a string that is no plain literal");
    }
    return literal.substring(1, literal.length() - 1);
  }

  private String line() {
    StringBuilder out = new StringBuilder();
    for (int c = next(); c != '\n'; c = next()) {
      out.append((char) c);
    }
    return out.toString();
  }

  private Object integer(int length) {
    if (length > LONGEST_INTEGER) {
      throw new PickleException("has an integer of %s bytes".formatted(length));
    }
    ByteBuffer little = bytes(length);
    byte[] big = new byte[length];
    for (int i = 0; i < length; i++) {
      big[i] = little.get(length - 1 - i);
    }
    BigInteger n = length == 0 ? BigInteger.ZERO : new BigInteger(big);
    return n.bitLength() < 64 ? (Object) n.longValue() : n;
  }

  /** The next bytes, as a part of the pickle. */
  private ByteBuffer bytes(long length) {
    if (length < 0 || length > in.remaining()) {
      throw new PickleException("is cut off");
    }
    ByteBuffer out = in.slice(in.position(), (int) length);
    in.position(in.position() + (int) length);
    return out;
  }

  private Object byteString(int length) {
    return length > LONGEST_NAME ? bytes(length) : text(length, StandardCharsets.ISO_8859_1);
  }

  private String text(long length, Charset charset) {
    ByteBuffer bytes = bytes(length);
    byte[] raw = new byte[bytes.remaining()];
    bytes.get(raw);
    return new String(raw, charset);
  }

  private boolean container(int code) {
    switch (code) {
      case '(' -> stack.add(MARK);
      case '0' -> pop();
      case '1' -> marked();
      case '2' -> push(top());
      case ']' -> push(new ArrayList<>());
      case '}' -> push(new LinkedHashMap<>());
      case ')' -> push(List.of());
      case 0x8f -> push(new ArrayList<>());
      case 'l' -> push(marked());
      case 't', 0x91 -> push(Collections.unmodifiableList(marked()));
      case 'd' -> {
        Map<String, Object> dict = new LinkedHashMap<>();
        putAll(dict, marked());
        push(dict);
      }
      case 0x85 -> push(last(1));
      case 0x86 -> push(last(2));
      case 0x87 -> push(last(3));
      case 'a' -> addTo(last(1));
      case 'e', 0x90 -> addTo(marked());
      case 's' -> putTo(last(2));
      case 'u' -> putTo(marked());
      default -> {
        return memory(code);
      }
    }
    return true;
  }

  private boolean memory(int code) {
    switch (code) {
      case 'q' -> remember(next());
      case 'r' -> remember(in.getInt());
      case 'p' -> remember(Integer.parseInt(line()));
      case 0x94 -> remember(memo.size());
      case 'h' -> push(recall(next()));
      case 'j' -> push(recall(in.getInt()));
      case 'g' -> push(recall(Integer.parseInt(line())));
      case 0x80 -> {
        int protocol = next();
        if (protocol > 5) {
          throw new PickleException("has protocol " + protocol + ", at most 5 is known");
        }
      }
      case 0x95 -> in.getLong();
      default -> {
        return false;
      }
    }
    return true;
  }

  private void push(Object value) {
    stack.add(value);
  }

  private Object pop() {
    Object value = top();
    stack.remove(stack.size() - 1);
    return value;
  }

  private Object top() {
    if (stack.isEmpty() || stack.get(stack.size() - 1) == MARK) {
      throw new PickleException("is damaged before byte " + in.position() + ": nothing to take");
    }
    return stack.get(stack.size() - 1);
  }

  /** The last values, in order. */
  private List<Object> last(int count) {
    Object[] values = new Object[count];
    for (int i = count - 1; i >= 0; i--) {
      values[i] = pop();
    }
    return Collections.unmodifiableList(Arrays.asList(values));
  }

  private List<Object> marked() {
    int at = stack.lastIndexOf(MARK);
    if (at < 0) {
      throw new PickleException("is damaged before byte " + in.position() + ": no mark");
    }
    List<Object> tail = stack.subList(at + 1, stack.size());
    List<Object> values = new ArrayList<>(tail);
    tail.clear();
    stack.remove(at);
    return values;
  }

  private void addTo(List<Object> values) {
    Object target = top();
    // Weights do not need the elements of an object.
    if (!(target instanceof Made)) {
      list(target).addAll(values);
    }
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Object value) {
    if (value instanceof ArrayList<?> list) {
      return (List<Object>) list;
    }
    throw new PickleException("appends to what is no list");
  }

  private void putTo(List<Object> pairs) {
    Object target = top();
    if (target instanceof Made made) {
      putAll(made.entries(), pairs);
    } else if (target instanceof LinkedHashMap<?, ?> map) {
      @SuppressWarnings("unchecked")
      Map<String, Object> dict = (Map<String, Object>) map;
      putAll(dict, pairs);
    } else {
      throw new PickleException("sets an item of what is no dict");
    }
  }

  /** Keys become text, so that no key can make the map slow or be hashed without end. */
  private static void putAll(Map<String, Object> dict, List<Object> pairs) {
    if (pairs.size() % 2 != 0) {
      throw new PickleException("has a dict with a key without value");
    }
    for (int i = 0; i < pairs.size(); i += 2) {
      Object key = pairs.get(i);
      boolean plain = key instanceof String || key instanceof Number || key instanceof Boolean;
      String text = plain ? key.toString() : "key " + (dict.size() + 1);
      dict.put(text, pairs.get(i + 1));
    }
  }

  private void remember(int index) {
    if (index < 0) {
      throw new PickleException("is damaged before byte " + in.position());
    }
    memo.put(index, top());
  }

  private Object recall(int index) {
    if (!memo.containsKey(index)) {
      throw new PickleException("recalls value %s, which it did not remember".formatted(index));
    }
    return memo.get(index);
  }

  private boolean object(int code) {
    switch (code) {
      case 'c' -> push(new Name(line(), line()));
      case 0x93 -> {
        List<Object> names = last(2);
        push(new Name((String) names.get(0), (String) names.get(1)));
      }
      case 'R', 0x81 -> {
        List<Object> call = last(2);
        push(new Made(name(call.get(0)), arguments(call.get(1))));
      }
      case 0x92 -> {
        List<Object> call = last(3);
        push(new Made(name(call.get(0)), arguments(call.get(1))));
      }
      case 'i' -> push(new Made(new Name(line(), line()), marked()));
      case 'o' -> {
        List<Object> call = marked();
        if (call.isEmpty()) {
          throw new PickleException("makes an object of no class");
        }
        push(new Made(name(call.get(0)), call.subList(1, call.size())));
      }
      case 'b' -> {
        Object state = pop();
        // Weights do not need the state of a plain value.
        if (top() instanceof Made made) {
          made.state = state;
        }
      }
      case 'Q' -> refer(pop());
      case 'P' -> refer(line());
      default -> {
        return false;
      }
    }
    return true;
  }

  private void refer(Object id) {
    Persistent reference = new Persistent(id);
    references.add(reference);
    push(reference);
  }

  private static Name name(Object callee) {
    // The pickle calls the result of a call; weights do not need that.
    return callee instanceof Name name ? name : new Name("?", "?");
  }

  private static List<?> arguments(Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw new PickleException("calls with what is no tuple");
  }
}

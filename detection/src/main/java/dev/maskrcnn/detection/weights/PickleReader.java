package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.weights.PickleValue.Made;
import dev.maskrcnn.detection.weights.PickleValue.Name;
import dev.maskrcnn.detection.weights.PickleValue.Persistent;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads Python's pickles, protocols 0 to 5, into plain values: dict → {@code LinkedHashMap}, list
 * and tuple → {@code List}, int → {@code Long} or {@code BigInteger}, float → {@code Double}, str →
 * {@code String}, bytes → {@code byte[]}, everything else → {@link PickleValue}. Byte strings of
 * Python 2 are {@code String}s of Latin-1 characters. No name is looked up and nothing is called,
 * so a hostile pickle can do no more than be wrong.
 */
final class PickleReader {
  private static final Object MARK = new Object();
  private static final int MOST_MEMOS = 1 << 24;

  private final ByteBuffer in;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();

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
      while (true) {
        int code = next();
        if (code == '.') {
          return pop();
        }
        if (!constant(code) && !container(code) && !object(code)) {
          throw new PickleException(
              "unknown code 0x%02x at byte %d".formatted(code, in.position() - 1));
        }
      }
    } catch (java.nio.BufferUnderflowException e) {
      throw new PickleException("is cut off");
    } catch (ClassCastException | NumberFormatException e) {
      throw new PickleException("is damaged before byte " + in.position());
    }
  }

  private int next() {
    return in.get() & 255;
  }

  // ---- constants ----

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
      case 'T' -> push(text(in.getInt(), StandardCharsets.ISO_8859_1));
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
    BigInteger n = new BigInteger(digits);
    return n.bitLength() < 64 ? (Object) n.longValue() : n;
  }

  private static String unquoted(String literal) {
    char quote = literal.isEmpty() ? ' ' : literal.charAt(0);
    boolean quoted =
        literal.length() >= 2
            && (quote == '\'' || quote == '"')
            && literal.charAt(literal.length() - 1) == quote;
    if (!quoted || literal.indexOf('\\') >= 0) {
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
    byte[] little = bytes(length);
    if (little.length == 0) {
      return 0L;
    }
    byte[] big = new byte[little.length];
    for (int i = 0; i < big.length; i++) {
      big[i] = little[big.length - 1 - i];
    }
    BigInteger n = new BigInteger(big);
    return n.bitLength() < 64 ? (Object) n.longValue() : n;
  }

  private byte[] bytes(long length) {
    if (length < 0 || length > in.remaining()) {
      throw new PickleException("is cut off");
    }
    byte[] out = new byte[(int) length];
    in.get(out);
    return out;
  }

  private String text(long length, java.nio.charset.Charset charset) {
    return new String(bytes(length), charset);
  }

  // ---- containers, stack, memo ----

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
      case 'l' -> push(new ArrayList<>(marked()));
      case 't', 0x91 -> push(tuple(marked()));
      case 'd' -> {
        Map<Object, Object> dict = new LinkedHashMap<>();
        putAll(dict, marked());
        push(dict);
      }
      case 0x85 -> push(tuple(last(1)));
      case 0x86 -> push(tuple(last(2)));
      case 0x87 -> push(tuple(last(3)));
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
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(pop());
    }
    Collections.reverse(values);
    return values;
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

  private static List<Object> tuple(List<Object> values) {
    return Collections.unmodifiableList(values);
  }

  private void addTo(List<Object> values) {
    Object target = top();
    if (target instanceof Made made) {
      made.elements.addAll(values);
    } else {
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
      putAll(made.entries, pairs);
    } else if (target instanceof LinkedHashMap<?, ?> map) {
      @SuppressWarnings("unchecked")
      Map<Object, Object> dict = (Map<Object, Object>) map;
      putAll(dict, pairs);
    } else {
      throw new PickleException("sets an item of what is no dict");
    }
  }

  private static void putAll(Map<Object, Object> dict, List<Object> pairs) {
    if (pairs.size() % 2 != 0) {
      throw new PickleException("has a dict with a key without value");
    }
    for (int i = 0; i < pairs.size(); i += 2) {
      Object key = pairs.get(i);
      if (!(key instanceof String || key instanceof Number || key instanceof Boolean)) {
        // Keys of other kinds do not occur with weights; hashing them could go round in circles.
        key = String.valueOf(key == null ? null : key.getClass().getSimpleName() + "@" + i);
      }
      dict.put(key, pairs.get(i + 1));
    }
  }

  private void remember(int index) {
    if (index < 0 || memo.size() > MOST_MEMOS) {
      throw new PickleException("remembers too much");
    }
    memo.put(index, top());
  }

  private Object recall(int index) {
    if (!memo.containsKey(index)) {
      throw new PickleException("recalls value %d, which it did not remember".formatted(index));
    }
    return memo.get(index);
  }

  // ---- objects ----

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
        // A state for a plain value has no use for weights.
        if (top() instanceof Made made) {
          made.state = state;
        }
      }
      case 'Q' -> push(new Persistent(pop()));
      case 'P' -> push(new Persistent(line()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private static Name name(Object callee) {
    if (callee instanceof Name name) {
      return name;
    }
    // The result of a call that is called: nothing that weights need.
    return new Name("?", "?");
  }

  private static List<?> arguments(Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw new PickleException("calls with what is no tuple");
  }
}

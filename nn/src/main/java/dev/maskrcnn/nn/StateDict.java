package dev.maskrcnn.nn;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All parameters and buffers of a model by name, in the order in which they were made, which is the
 * order of the original's {@code named_parameters()}. It owns their memory: close it last.
 */
public final class StateDict implements AutoCloseable {
  private final Map<String, Parameter> byName = new LinkedHashMap<>();
  private final List<OwnedCache> owned = new ArrayList<>();

  StateDict() {}

  void add(String name, Parameter parameter) {
    requireFree(name);
    byName.put(name, parameter);
  }

  void requireFree(String name) {
    if (byName.containsKey(name)) {
      throw new NnException("state dict: the name " + name + " is taken");
    }
  }

  /** Closes something together with the parameters. */
  void own(OwnedCache cache) {
    owned.add(cache);
  }

  /** The parameter or buffer of a name, aliases included. */
  public Optional<Parameter> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /**
   * The parameter or buffer of a name.
   *
   * @throws NnException if there is none
   */
  public Parameter get(String name) {
    return find(name)
        .orElseThrow(() -> new NnException("state dict: there is no parameter " + name));
  }

  /** Name → parameter or buffer, aliases included, in order. */
  public Map<String, Parameter> entries() {
    return Collections.unmodifiableMap(byName);
  }

  /** Each weight and buffer once, in order. */
  public Collection<Parameter> all() {
    return new LinkedHashSet<>(byName.values());
  }

  /** Each weight once, in order. */
  public List<Parameter> weights() {
    return all().stream().filter(p -> p.role() == Parameter.Role.WEIGHT).toList();
  }

  /** Each weight that is trained, once, in order. */
  public List<Parameter> trainable() {
    return all().stream().filter(Parameter::trainable).toList();
  }

  /**
   * Freezes every parameter whose name is {@code prefix} or begins with {@code prefix} and a dot.
   *
   * @return how many there are
   * @throws NnException if there is none
   */
  public int freeze(String prefix) {
    int count = 0;
    for (Map.Entry<String, Parameter> e : byName.entrySet()) {
      if (e.getKey().equals(prefix) || e.getKey().startsWith(prefix + ".")) {
        e.getValue().freeze();
        count++;
      }
    }
    if (count == 0) {
      throw new NnException("freeze: no parameter begins with " + prefix);
    }
    return count;
  }

  /** Frees all parameters. */
  @Override
  public void close() {
    for (OwnedCache c : owned) {
      c.close();
    }
    for (Parameter p : byName.values()) {
      p.dropCopy();
      p.tensor().close();
    }
  }
}

package dev.maskrcnn.tensor.io;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a safetensors file holds.
 *
 * @param name the file, for messages
 * @param tensors by name, in the order of the file's header
 * @param unread tensors of types that are not known: name to what is wrong with them
 * @param metadata the free strings of {@code __metadata__}; empty if there are none
 */
public record SafetensorsFile(
    String name,
    Map<String, HostTensor> tensors,
    Map<String, String> unread,
    Map<String, String> metadata) {

  /** Copies the maps, keeping their order. */
  public SafetensorsFile {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    unread = Collections.unmodifiableMap(new LinkedHashMap<>(unread));
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /**
   * One tensor.
   *
   * @throws TensorFileException if the file has none of that name
   */
  public HostTensor tensor(String tensorName) {
    HostTensor tensor = tensors.get(tensorName);
    if (tensor == null && unread.containsKey(tensorName)) {
      throw new TensorFileException(
          "%s: tensor %s %s"
              .formatted(name, Safetensors.quoted(tensorName), unread.get(tensorName)));
    }
    if (tensor == null) {
      throw new TensorFileException(
          "%s: no tensor %s among its %s"
              .formatted(name, Safetensors.quoted(tensorName), tensors.size()));
    }
    return tensor;
  }
}

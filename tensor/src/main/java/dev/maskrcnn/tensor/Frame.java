package dev.maskrcnn.tensor;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A stack frame for tensors: what is made while a frame is on top belongs to it and is freed when
 * it closes, unless it {@linkplain #escape escaped} to the frame below. Frames close in the reverse
 * order of opening (try-with-resources); only those {@linkplain Device#apart apart} from the stack
 * come and go as they like.
 */
public final class Frame implements AutoCloseable {
  private final Device device;
  private final Frame parent;
  private final String name;
  private final boolean apart;
  private final Set<Tensor> owned = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean open = true;

  Frame(Device device, Frame parent, String name) {
    this(device, parent, name, false);
  }

  /**
   * @param apart from the stack: it may close at any time
   */
  Frame(Device device, Frame parent, String name, boolean apart) {
    this.device = device;
    this.parent = parent;
    this.name = name;
    this.apart = apart;
  }

  /**
   * Runs work whose tensors belong to this frame, one that is {@linkplain Device#apart apart} from
   * the stack.
   */
  <T> T compute(Supplier<T> work) {
    if (!apart || !open) {
      throw new FrameClosedException(
          "frame " + name + (open ? " is on the stack already" : " is closed"));
    }
    Frame before = device.exchange(this);
    try {
      return work.get();
    } finally {
      device.exchange(before);
    }
  }

  /** Hands a tensor of this frame to the frame below; a tensor of another frame stays there. */
  public <T extends Tensor> T escape(T tensor) {
    if (owned.remove(tensor)) {
      if (parent == null) {
        throw new FrameClosedException("frame " + name + ": the root frame has nothing below it");
      }
      parent.adopt(tensor);
    }
    return tensor;
  }

  void adopt(Tensor tensor) {
    owned.add(tensor);
    tensor.frame(this);
  }

  void forget(Tensor tensor) {
    owned.remove(tensor);
  }

  Frame parent() {
    return parent;
  }

  /** Name given when the frame was pushed. */
  public String name() {
    return name;
  }

  /** Number of tensors that would be freed if the frame closed now. */
  public int size() {
    return owned.size();
  }

  /** Frees everything that this frame owns. */
  @Override
  public void close() {
    if (!open) {
      return;
    }
    if (device.takesBack() && !apart) {
      device.pop(this);
    }
    open = false;
    for (Tensor t : owned) {
      t.frame(null);
      t.close();
    }
    owned.clear();
  }
}

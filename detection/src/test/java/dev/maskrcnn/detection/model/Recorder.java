package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Autocast;
import dev.maskrcnn.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;

/** Copies every stage of a pass to the host. */
final class Recorder implements Stages {
  private final Map<String, float[]> floats = new HashMap<>();
  private final Map<String, int[]> ints = new HashMap<>();
  private final Map<String, int[]> shapes = new HashMap<>();

  @Override
  public void stage(String name, Tensor value) {
    shapes.put(name, value.shape().dims());
    if (value.spec().dtype().isFloat()) {
      floats.put(name, Autocast.widened(value).toFloats());
    } else {
      ints.put(name, value.toInts());
    }
  }

  float[] floats(String name) {
    return floats.get(name);
  }

  int[] ints(String name) {
    return ints.get(name);
  }

  int[] shape(String name) {
    return shapes.get(name);
  }

  /** The first {@code rows} rows of {@code length} numbers from row {@code first}. */
  float[] rows(String name, int first, int rows, int length) {
    float[] a = new float[rows * length];
    System.arraycopy(floats(name), first * length, a, 0, a.length);
    return a;
  }

  /** The same for integers. */
  int[] intRows(String name, int first, int rows, int length) {
    int[] a = new int[rows * length];
    System.arraycopy(ints(name), first * length, a, 0, a.length);
    return a;
  }
}

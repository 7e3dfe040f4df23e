package dev.maskrcnn.tensor.contract;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.Arrays;

/**
 * Recorded truth: the operator goldens (tensors and {@code case.json}) and the literal cases of
 * other systems' test suites.
 */
public final class Golden {
  private final SafetensorsFile tensors;
  private final JsonNode json;

  private Golden(SafetensorsFile tensors, JsonNode json) {
    this.tensors = tensors;
    this.json = json;
  }

  /** Golden case 16: numbers of maskrcnn-benchmark, torch and pycocotools. */
  public static Golden operators() {
    return new Golden(TestData.tensors("16_ops"), TestData.json("goldens/16_ops/case.json"));
  }

  /** A literal case: {@code peer/name}. */
  public static JsonNode literal(String name) {
    return TestData.json("cases/" + name + ".json");
  }

  /** A part of {@code case.json}. */
  public JsonNode json(String key) {
    return json.get(key);
  }

  /** True if there is such a tensor. */
  public boolean has(String name) {
    return tensors.tensors().containsKey(name);
  }

  /** A tensor as it is stored. */
  public Operand tensor(String name) {
    HostTensor t = tensors.tensor(name);
    int[] dims = Arrays.stream(t.shape()).mapToInt(Math::toIntExact).toArray();
    DType type =
        switch (t.type()) {
          case F32 -> DType.F32;
          case I32 -> DType.I32;
          case U8 -> DType.U8;
          default -> throw new IllegalStateException(name + " is " + t.type());
        };
    double[] values =
        type == DType.F32 ? t.doubles() : Arrays.stream(t.ints()).asDoubleStream().toArray();
    return new Operand(new Spec(Shape.of(dims), type), values);
  }

  /** A tensor {@code [A,B,H,W]} as {@code [A,H,W,B]}: images and convolution weights. */
  public Operand nhwc(String name) {
    return nhwc(tensor(name));
  }

  public static Operand nhwc(Operand t) {
    Shape s = t.spec().shape();
    int b = s.dim(1);
    int area = s.dim(2) * s.dim(3);
    double[] v = new double[t.values().length];
    for (int i = 0; i < v.length; i++) {
      int image = i / (b * area);
      int channel = i / area % b;
      v[(image * area + i % area) * b + channel] = t.values()[i];
    }
    return Operand.f32(Shape.of(s.dim(0), s.dim(2), s.dim(3), b), v);
  }

  /** Numbers of a nested list, row by row. */
  public static double[] numbers(JsonNode list) {
    if (list.isNumber()) {
      return new double[] {list.asDouble()};
    }
    double[] all = {};
    for (JsonNode item : list) {
      double[] more = numbers(item);
      int old = all.length;
      all = Arrays.copyOf(all, old + more.length);
      System.arraycopy(more, 0, all, old, more.length);
    }
    return all;
  }

  /** Integers of a nested list. */
  public static int[] integers(JsonNode list) {
    return Arrays.stream(numbers(list)).mapToInt(d -> (int) d).toArray();
  }

  /** A nested list, or {@code {shape, data}}, as F32 operand of the given shape. */
  public static Operand f32(JsonNode list, int... dims) {
    return Operand.f32(Shape.of(dims), numbers(list.has("data") ? list.get("data") : list));
  }
}

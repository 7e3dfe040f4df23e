package dev.maskrcnn.tensor.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.contract.OpCase;
import dev.maskrcnn.tensor.contract.OpCases;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.op.Movement.Concat;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2d;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.ShapeException;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Inputs that do not fit are refused before a kernel sees them, by a message that helps. */
class InferTest {

  /** One case of each op, with its input specs. */
  private static Map<Op, List<Spec>> samples() {
    Map<Class<?>, OpCase> first = new LinkedHashMap<>();
    for (OpCase c : OpCases.all()) {
      first.putIfAbsent(c.op().getClass(), c);
    }
    Map<Op, List<Spec>> samples = new LinkedHashMap<>();
    first.values().forEach(c -> samples.put(c.op(), specs(c)));
    return samples;
  }

  private static List<Spec> specs(OpCase c) {
    return c.inputs().stream().map(Operand::spec).toList();
  }

  private static void refused(Op op, List<Spec> in, String what) {
    ShapeException e =
        assertThrows(ShapeException.class, () -> op.infer(in), () -> op + " took " + what + in);
    String name = Check.name(op) + ":";
    assertTrue(e.getMessage().startsWith(name), () -> name + " expected in: " + e.getMessage());
    for (Spec s : in) {
      assertTrue(e.getMessage().contains(s.toString()), e::getMessage);
    }
  }

  @Test
  void numberOfInputs() {
    samples()
        .forEach(
            (op, in) -> {
              List<Spec> more = new ArrayList<>(in);
              more.add(Spec.of(DType.F32, 1, 2, 3, 4, 5, 6));
              refused(op, more, "one more input ");
              if (!in.isEmpty() && !(op instanceof Concat && in.size() > 1)) {
                refused(op, in.subList(0, in.size() - 1), "one input less ");
              }
            });
  }

  @Test
  void elementTypes() {
    samples()
        .forEach(
            (op, in) -> {
              for (int i = 0; i < in.size(); i++) {
                boolean any = op instanceof Movement && i == 0 && !op.toString().contains("Class");
                List<Spec> changed = new ArrayList<>(in);
                changed.set(i, new Spec(in.get(i).shape(), DType.I64));
                if (!any || op instanceof Movement.GatherRowsBackward) {
                  refused(op, changed, "I64 as input " + i + " ");
                }
              }
            });
  }

  @Test
  void ranks() {
    samples()
        .forEach(
            (op, in) -> {
              for (int i = 0; i < in.size(); i++) {
                List<Spec> changed = new ArrayList<>(in);
                changed.set(i, new Spec(Shape.of(2, 1, 1, 2, 3, 1, 1), in.get(i).dtype()));
                if (in.size() > 1 || op instanceof Pooling || op instanceof Boxes) {
                  if (!acceptsAnyRank(op, i)) {
                    refused(op, changed, "rank 7 as input " + i + " ");
                  }
                }
              }
            });
  }

  private static boolean acceptsAnyRank(Op op, int input) {
    return op instanceof Boxes.IndexWhere
        || op instanceof Movement.GatherRows && input == 0
        || op instanceof Movement.GatherRowsBackward && input == 0;
  }

  @Test
  void scalarsWhereRowsAreNeeded() {
    samples()
        .forEach(
            (op, in) -> {
              for (int i = 0; i < in.size(); i++) {
                List<Spec> changed = new ArrayList<>(in);
                changed.set(i, new Spec(Shape.of(), in.get(i).dtype()));
                boolean unary =
                    in.size() == 1 && (op instanceof Pointwise || acceptsAnyRank(op, 0));
                boolean sum = op instanceof LinearAlgebra.Sum;
                if (!unary && !sum && in.get(i).shape().rank() > 0) {
                  refused(op, changed, "rank 0 as input " + i + " ");
                }
              }
            });
  }

  @Test
  void lastExtentOfBoxes() {
    samples()
        .forEach(
            (op, in) -> {
              for (int i = 0; i < in.size(); i++) {
                Shape s = in.get(i).shape();
                boolean boxes =
                    in.get(i).dtype().isFloat()
                        && (op instanceof Boxes || op instanceof RegionOfInterest);
                if (boxes && s.rank() >= 2 && (s.dim(-1) == 4 || s.dim(-1) == 5)) {
                  List<Spec> changed = new ArrayList<>(in);
                  changed.set(i, new Spec(s.with(-1, 3), in.get(i).dtype()));
                  refused(op, changed, "3 columns as input " + i + " ");
                }
              }
            });
  }

  @Test
  void messagesReadWell() {
    Spec x = Spec.of(DType.F32, 1, 8, 8, 3);
    Spec w = Spec.of(DType.F32, 4, 3, 3, 5);
    Op conv = new Conv2d(Window.of(1, 1), Epilogue.NONE);
    ShapeException e = assertThrows(ShapeException.class, () -> conv.infer(List.of(x, w)));
    assertEquals(
        "conv2d: input has 3 channels but weight expects 5 (inputs [[1, 8, 8, 3] f32, [4, 3, 3, 5]"
            + " f32]; "
            + conv
            + ")",
        e.getMessage());
    assertThrows(ShapeException.class, () -> new Window(0, 1, 1, 1));
    Spec tiny = Spec.of(DType.F32, 1, 2, 2, 3);
    Op pool = new MaxPool2d(5, 1, 0);
    assertThrows(ShapeException.class, () -> pool.infer(List.of(tiny)));
    Op align = new RoiAlign(new Grid(7, 7, 2, false), List.of(1.0));
    Spec rois = Spec.of(DType.F32, 3, 4);
    assertThrows(ShapeException.class, () -> align.infer(List.of(rois, Spec.of(DType.I32, 3), x)));
  }
}

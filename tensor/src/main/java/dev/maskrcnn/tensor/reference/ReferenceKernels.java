package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Boxes;
import dev.maskrcnn.tensor.op.Convolution;
import dev.maskrcnn.tensor.op.LinearAlgebra;
import dev.maskrcnn.tensor.op.Loss;
import dev.maskrcnn.tensor.op.Masks;
import dev.maskrcnn.tensor.op.Movement;
import dev.maskrcnn.tensor.op.Normalization;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise;
import dev.maskrcnn.tensor.op.Pooling;
import dev.maskrcnn.tensor.op.RegionOfInterest;
import dev.maskrcnn.tensor.op.Update;
import dev.maskrcnn.tensor.spi.Kernel;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.util.Arrays;

/**
 * The reference kernel of every op of the catalogue. They run on any tensors that live on the host,
 * so another host backend may take over those that it does not want to write.
 */
public final class ReferenceKernels {
  private ReferenceKernels() {}

  /** A fresh table with a kernel for each op. */
  public static KernelTable table() {
    KernelTable t = new KernelTable("reference").onHost();
    convolution(t);
    linearAlgebra(t);
    pointwise(t);
    movement(t);
    pooling(t);
    normalization(t);
    losses(t);
    boxes(t);
    selection(t);
    regions(t);
    t.put(Update.SgdStep.class, plain(UpdateReference::sgdStep));
    t.put(Update.SgdUpdate.class, plain(UpdateReference::sgdUpdate));
    return t;
  }

  private static <O extends Op> Kernel<O> plain(PlainKernel<O> kernel) {
    return new PlainKernel.OnTensors<>(kernel);
  }

  private static void convolution(KernelTable t) {
    t.put(Convolution.Conv2d.class, plain(ConvolutionReference::conv2d));
    t.put(Convolution.Conv2dBackwardData.class, plain(ConvolutionReference::backwardData));
    t.put(Convolution.Conv2dBackwardWeights.class, plain(ConvolutionReference::backwardWeights));
    t.put(Convolution.ConvTranspose2d.class, plain(ConvolutionReference::convTranspose2d));
  }

  private static void linearAlgebra(KernelTable t) {
    t.put(LinearAlgebra.MatMul.class, plain(LinearAlgebraReference::matMul));
    t.put(LinearAlgebra.SumRows.class, plain(LinearAlgebraReference::sumRows));
    t.put(LinearAlgebra.RowDots.class, plain(LinearAlgebraReference::rowDots));
    t.put(LinearAlgebra.Sum.class, plain(LinearAlgebraReference::sum));
  }

  private static void pointwise(KernelTable t) {
    t.put(Pointwise.Add.class, plain((op, a) -> PointwiseReference.binary(a, (x, y) -> x + y)));
    t.put(Pointwise.Sub.class, plain((op, a) -> PointwiseReference.binary(a, (x, y) -> x - y)));
    t.put(Pointwise.Mul.class, plain((op, a) -> PointwiseReference.binary(a, (x, y) -> x * y)));
    t.put(
        Pointwise.Scale.class, plain((op, a) -> PointwiseReference.unary(a, x -> op.factor() * x)));
    t.put(Pointwise.Relu.class, plain((op, a) -> PointwiseReference.unary(a, x -> Math.max(x, 0))));
    t.put(
        Pointwise.ReluBackward.class,
        plain((op, a) -> PointwiseReference.binary(a, (y, dy) -> y > 0 ? dy : 0)));
    t.put(
        Pointwise.Sigmoid.class,
        plain((op, a) -> PointwiseReference.unary(a, PointwiseReference::sigmoid)));
    t.put(Pointwise.Exp.class, plain((op, a) -> PointwiseReference.unary(a, Math::exp)));
    t.put(Pointwise.Log.class, plain((op, a) -> PointwiseReference.unary(a, Math::log)));
    t.put(Pointwise.Reciprocal.class, plain((op, a) -> PointwiseReference.unary(a, x -> 1 / x)));
    t.put(Pointwise.ScaleRows.class, plain(PointwiseReference::scaleRows));
    t.put(Pointwise.Expand.class, plain(PointwiseReference::expand));
    t.put(Pointwise.Fill.class, plain((op, a) -> Arrays.fill(a.out(0), op.value())));
    t.put(Pointwise.Accumulate.class, plain(PointwiseReference::accumulate));
    t.put(Pointwise.Cast.class, plain(PointwiseReference::cast));
  }

  private static void movement(KernelTable t) {
    t.put(Movement.Concat.class, plain(MovementReference::concat));
    t.put(Movement.Slice.class, plain(MovementReference::slice));
    t.put(Movement.SliceBackward.class, plain(MovementReference::sliceBackward));
    t.put(Movement.GatherRows.class, plain(MovementReference::gatherRows));
    t.put(Movement.GatherRowsBackward.class, plain(MovementReference::gatherRowsBackward));
    t.put(Movement.BatchGather.class, plain(MovementReference::batchGather));
    t.put(Movement.SelectClass.class, plain(MovementReference::selectClass));
    t.put(Movement.SelectClassBackward.class, plain(MovementReference::selectClassBackward));
  }

  private static void pooling(KernelTable t) {
    t.put(Pooling.MaxPool2d.class, plain(PoolingReference::maxPool2d));
    t.put(Pooling.MaxPool2dBackward.class, plain(PoolingReference::maxPool2dBackward));
    t.put(Pooling.UpsampleNearest.class, plain(PoolingReference::upsampleNearest));
    t.put(Pooling.UpsampleNearestBackward.class, plain(PoolingReference::upsampleNearestBackward));
  }

  private static void normalization(KernelTable t) {
    t.put(Normalization.GroupNorm.class, plain(NormalizationReference::groupNorm));
    t.put(Normalization.GroupNormBackward.class, plain(NormalizationReference::groupNormBackward));
    t.put(Normalization.Softmax.class, plain(NormalizationReference::softmax));
  }

  private static void losses(KernelTable t) {
    t.put(Loss.SoftmaxCrossEntropy.class, plain(LossReference::crossEntropy));
    t.put(Loss.SoftmaxCrossEntropyBackward.class, plain(LossReference::crossEntropyBackward));
    t.put(Loss.BinaryCrossEntropy.class, plain(LossReference::binaryCrossEntropy));
    t.put(Loss.BinaryCrossEntropyBackward.class, plain(LossReference::binaryCrossEntropyBackward));
    t.put(Loss.SmoothL1.class, plain(LossReference::smoothL1));
    t.put(Loss.SmoothL1Backward.class, plain(LossReference::smoothL1Backward));
  }

  private static void boxes(KernelTable t) {
    t.put(Boxes.AnchorGrid.class, plain(AnchorReference::grid));
    t.put(Boxes.AnchorsVisible.class, plain(AnchorReference::visible));
    t.put(Boxes.BoxIou.class, plain(MatchingReference::boxIou));
    t.put(Boxes.MatchBoxes.class, plain(MatchingReference::matchBoxes));
    t.put(Boxes.AssignLabels.class, plain(MatchingReference::assignLabels));
    t.put(Movement.LabelsAt.class, plain(MatchingReference::labelsAt));
    t.put(Masks.ObjectRows.class, plain(MatchingReference::objectRows));
    t.put(Boxes.RoisAt.class, plain(BoxReference::roisAt));
    t.put(Boxes.BoxEncode.class, plain(BoxReference::encode));
    t.put(Boxes.BoxDecode.class, plain(BoxReference::decode));
    t.put(Boxes.ClipBoxes.class, plain(BoxReference::clip));
    t.put(Boxes.BoxesAtLeast.class, plain(BoxReference::atLeast));
    t.put(Boxes.AppendBoxes.class, plain(BoxReference::append));
  }

  private static void selection(KernelTable t) {
    t.put(Boxes.SampleBalanced.class, plain(SelectionReference::sampleBalanced));
    t.put(Boxes.IndexWhere.class, plain(SelectionReference::indexWhere));
    t.put(Boxes.SelectTopK.class, plain(SelectionReference::topK));
    t.put(Boxes.Nms.class, plain(SelectionReference::nms));
    t.put(Boxes.SelectProposals.class, plain(SelectionReference::proposals));
    t.put(Boxes.SelectDetections.class, plain(DetectionReference::detections));
  }

  private static void regions(KernelTable t) {
    t.put(RegionOfInterest.RoiLevels.class, plain(RegionReference::levels));
    t.put(RegionOfInterest.RoiAlign.class, plain(RegionReference::align));
    t.put(RegionOfInterest.RoiAlignBackward.class, plain(RegionReference::alignBackward));
    t.put(RegionOfInterest.RoiPool.class, plain(RoiPoolReference::pool));
    t.put(RegionOfInterest.RoiPoolBackward.class, plain(RoiPoolReference::poolBackward));
    t.put(Masks.MaskTargets.class, plain(MaskReference::targets));
    t.put(Masks.IgnoreRows.class, plain((op, a) -> MaskReference.ignoreRows(a)));
    t.put(Masks.MaskPaste.class, plain(MaskReference::paste));
  }
}

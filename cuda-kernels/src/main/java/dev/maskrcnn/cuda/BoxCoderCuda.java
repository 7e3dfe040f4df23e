package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.BoxesAtLeast;
import dev.maskrcnn.tensor.op.Boxes.ClipBoxes;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/** Launches {@code box_coder.cu}. */
final class BoxCoderCuda {
  private static final int THREADS = 256;

  private final CudaRuntime cuda;
  private final KernelFunction encode;
  private final KernelFunction decode;
  private final KernelFunction clip;
  private final KernelFunction atLeast;

  private BoxCoderCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.encode = cuda.function("box_encode_f32");
    this.decode = cuda.function("box_decode_f32");
    this.clip = cuda.function("clip_boxes_f32");
    this.atLeast = cuda.function("boxes_at_least_f32");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    BoxCoderCuda coder = new BoxCoderCuda(cuda);
    table.put(BoxEncode.class, coder::encode);
    table.put(BoxDecode.class, coder::decode);
    table.put(ClipBoxes.class, coder::clip);
    table.put(BoxesAtLeast.class, coder::atLeast);
  }

  private static Arguments weights(Arguments arguments, CoderWeights w) {
    return arguments
        .number((float) w.x())
        .number((float) w.y())
        .number((float) w.width())
        .number((float) w.height());
  }

  private void encode(KernelCall<BoxEncode> call) {
    Float32.require(call);
    long count = call.in(1).shape().size() / 4;
    Arguments arguments =
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .longInteger(call.in(0).shape().size() / 4)
            .longInteger(count);
    encode.launch(
        Launch.of(count, THREADS),
        weights(arguments, call.op().weights())
            .number((float) call.op().offset())
            .pointer(call.out(0)));
  }

  private void decode(KernelCall<BoxDecode> call) {
    Float32.require(call);
    long count = call.in(1).shape().size() / 4;
    Arguments arguments =
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .longInteger(call.in(0).shape().size() / 4)
            .longInteger(count)
            .integer(call.in(1).shape().dim(2) / 4);
    decode.launch(
        Launch.of(count, THREADS),
        weights(arguments, call.op().weights())
            .number((float) call.op().offset())
            .number((float) call.op().clamp())
            .pointer(call.out(0)));
  }

  private void clip(KernelCall<ClipBoxes> call) {
    Float32.require(call);
    long count = call.in(0).shape().size() / 4;
    clip.launch(
        Launch.of(count, THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .longInteger(count)
            .longInteger(call.in(0).shape().size(1, 3) / 4)
            .number((float) call.op().offset())
            .pointer(call.out(0)));
  }

  private void atLeast(KernelCall<BoxesAtLeast> call) {
    Float32.require(call);
    long count = call.out(0).shape().size();
    atLeast.launch(
        Launch.of(count, THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .longInteger(count)
            .number((float) call.op().minimum())
            .number((float) call.op().offset())
            .pointer(call.out(0)));
  }
}

// Box arithmetic: deltas to boxes and back, clipping to the image, and the filter of small boxes.
//
// Layouts: boxes f32 [N or 1,M,4] xyxy pixels, deltas f32 [N,M,4K] as (dx, dy, dw, dh) per class,
// sizes i32 [N,2] (height, width), flags u8 [N,M]. Boxes of batch 1 serve every image: row i of the
// deltas belongs to box i modulo the number of boxes.
// Thread mapping: one thread per group of four numbers, one 16-byte access per operand.
// Numerics: float32, each step rounded in the order of the CPU kernels. Decoded boxes decide later
// suppressions and matches, so `exp` is taken in double and rounded, as the CPU does it; nothing is
// decided by encoded deltas, whose `logf` may differ in the last bit. NaN stays NaN. Deterministic.
// Source: Girshick et al., "Rich feature hierarchies", 2014, appendix C; BoxCoder of
// maskrcnn-benchmark.
#include "box_overlap.cuh"

constexpr int CODER_THREADS = 256;

namespace {

struct Span {
  float size;
  float centre;
};

__device__ __forceinline__ Span box_span(float from, float to, float offset) {
  const float size = box_extent(from, to, offset);
  return {size, __fadd_rn(from, __fmul_rn(0.5f, size))};
}

// (shift, growth) of one axis.
__device__ __forceinline__ float2 encode_axis(Span box, Span target, float weight,
                                              float size_weight) {
  const float moved = __fmul_rn(weight, __fsub_rn(target.centre, box.centre));
  const float growth = logf(__fdiv_rn(target.size, box.size));
  return make_float2(__fdiv_rn(moved, box.size), __fmul_rn(size_weight, growth));
}

// (from, to) of one axis.
__device__ __forceinline__ float2 decode_axis(Span box, float shift, float growth, float clamp,
                                              float offset) {
  const float limited = growth > clamp ? clamp : growth;
  const float factor = static_cast<float>(exp(static_cast<double>(limited)));
  const float centre = __fadd_rn(__fmul_rn(shift, box.size), box.centre);
  const float half = __fmul_rn(0.5f, __fmul_rn(factor, box.size));
  return make_float2(__fsub_rn(centre, half), __fsub_rn(__fadd_rn(centre, half), offset));
}

__device__ __forceinline__ float clip(float value, float limit) {
  const float low = value <= 0 ? 0 : value;
  return low > limit ? limit : low;
}

}  // namespace

extern "C" __global__ void __launch_bounds__(CODER_THREADS)
    box_encode_f32(const float* __restrict__ boxes, const float* __restrict__ targets,
                   long long box_count, long long count, float weight_x, float weight_y,
                   float weight_width, float weight_height, float offset,
                   float* __restrict__ deltas) {
  for (long long i = grid_start(); i < count; i += grid_stride()) {
    const float4 b = load4(boxes + 4 * (i % box_count));
    const float4 t = load4(targets + 4 * i);
    const float2 x = encode_axis(box_span(b.x, b.z, offset), box_span(t.x, t.z, offset), weight_x,
                                 weight_width);
    const float2 y = encode_axis(box_span(b.y, b.w, offset), box_span(t.y, t.w, offset), weight_y,
                                 weight_height);
    store4(deltas + 4 * i, make_float4(x.x, y.x, x.y, y.y));
  }
}
REGISTER_KERNEL(box_encode_f32)

// `count` groups of four deltas, `classes` to a row.
extern "C" __global__ void __launch_bounds__(CODER_THREADS)
    box_decode_f32(const float* __restrict__ boxes, const float* __restrict__ deltas,
                   long long box_count, long long count, int classes, float weight_x,
                   float weight_y, float weight_width, float weight_height, float offset,
                   float clamp, float* __restrict__ decoded) {
  for (long long i = grid_start(); i < count; i += grid_stride()) {
    const float4 b = load4(boxes + 4 * (i / classes % box_count));
    const float4 d = load4(deltas + 4 * i);
    const float2 x = decode_axis(box_span(b.x, b.z, offset), __fdiv_rn(d.x, weight_x),
                                 __fdiv_rn(d.z, weight_width), clamp, offset);
    const float2 y = decode_axis(box_span(b.y, b.w, offset), __fdiv_rn(d.y, weight_y),
                                 __fdiv_rn(d.w, weight_height), clamp, offset);
    store4(decoded + 4 * i, make_float4(x.x, y.x, x.y, y.y));
  }
}
REGISTER_KERNEL(box_decode_f32)

// Clips to [0, size - offset]; `per_image` boxes belong to an image.
extern "C" __global__ void __launch_bounds__(CODER_THREADS)
    clip_boxes_f32(const float* __restrict__ boxes, const int* __restrict__ sizes, long long count,
                   long long per_image, float offset, float* __restrict__ clipped) {
  for (long long i = grid_start(); i < count; i += grid_stride()) {
    const long long n = i / per_image;
    const float right = __fsub_rn(static_cast<float>(sizes[2 * n + 1]), offset);
    const float bottom = __fsub_rn(static_cast<float>(sizes[2 * n]), offset);
    const float4 b = load4(boxes + 4 * i);
    store4(clipped + 4 * i, make_float4(clip(b.x, right), clip(b.y, bottom), clip(b.z, right),
                                        clip(b.w, bottom)));
  }
}
REGISTER_KERNEL(clip_boxes_f32)

// Flag 1 where both sides, with the offset, are at least `minimum` pixels.
extern "C" __global__ void __launch_bounds__(CODER_THREADS)
    boxes_at_least_f32(const float* __restrict__ boxes, long long count, float minimum,
                       float offset, unsigned char* __restrict__ flags) {
  for (long long i = grid_start(); i < count; i += grid_stride()) {
    const float4 b = load4(boxes + 4 * i);
    flags[i] = box_extent(b.x, b.z, offset) >= minimum && box_extent(b.y, b.w, offset) >= minimum;
  }
}
REGISTER_KERNEL(boxes_at_least_f32)

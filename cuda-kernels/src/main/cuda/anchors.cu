// Anchors: the grid of one pyramid level, and which anchors lie inside their image.
//
// Layouts: anchors f32 [M,4] xyxy pixels, in (y, x, anchor) order; sizes i32 [N,2] (height, width);
// flags u8 [N,M].
// Thread mapping: one thread per anchor, one 16-byte access each; the flags of all images are
// written by the thread that read the anchor. The cells come as parameters, four anchors per
// launch, so that the grid reads no memory and the usual three anchors per place need one launch.
// Numerics: one float32 addition per number, as on the CPU; the border is compared in double, since
// the margin of the op is one. Bit-exact and deterministic.
// Source: Ren et al., "Faster R-CNN", 2015; straddle threshold of maskrcnn-benchmark.
#include "common.cuh"

constexpr int ANCHOR_THREADS = 256;

// Writes anchors `first ... first + used - 1` (at most 4) of the `per_place` anchors of each place.
extern "C" __global__ void __launch_bounds__(ANCHOR_THREADS)
    anchor_grid_f32(int height, int width, int stride_y, int stride_x, int per_place, int first,
                    int used, float ax1, float ay1, float ax2, float ay2, float bx1, float by1,
                    float bx2, float by2, float cx1, float cy1, float cx2, float cy2, float dx1,
                    float dy1, float dx2, float dy2, float* __restrict__ anchors) {
  const long long count = static_cast<long long>(height) * width * used;
  for (long long i = grid_start(); i < count; i += grid_stride()) {
    const long long place = i / used;
    const int a = static_cast<int>(i - place * used);
    const int y = static_cast<int>(place / width);
    const int x = static_cast<int>(place - static_cast<long long>(y) * width);
    const float4 even = a == 0 ? make_float4(ax1, ay1, ax2, ay2) : make_float4(cx1, cy1, cx2, cy2);
    const float4 odd = a == 1 ? make_float4(bx1, by1, bx2, by2) : make_float4(dx1, dy1, dx2, dy2);
    const float4 cell = a % 2 == 0 ? even : odd;
    const float shift_x = static_cast<float>(x * stride_x);
    const float shift_y = static_cast<float>(y * stride_y);
    store4(anchors + 4 * (place * per_place + first + a),
           make_float4(__fadd_rn(cell.x, shift_x), __fadd_rn(cell.y, shift_y),
                       __fadd_rn(cell.z, shift_x), __fadd_rn(cell.w, shift_y)));
  }
}
REGISTER_KERNEL(anchor_grid_f32)

// Flag 1 where x1, y1 >= -margin, x2 < width + margin and y2 < height + margin. A negative margin
// makes all visible.
extern "C" __global__ void __launch_bounds__(ANCHOR_THREADS)
    anchors_visible_f32(const float* __restrict__ anchors, const int* __restrict__ sizes,
                        long long count, int images, double margin,
                        unsigned char* __restrict__ flags) {
  for (long long i = grid_start(); i < count; i += grid_stride()) {
    const float4 b = load4(anchors + 4 * i);
    const bool corner = b.x >= -margin && b.y >= -margin;
    for (int n = 0; n < images; n++) {
      const bool inside = corner && b.z < sizes[2 * n + 1] + margin && b.w < sizes[2 * n] + margin;
      flags[n * count + i] = margin < 0 || inside;
    }
  }
}
REGISTER_KERNEL(anchors_visible_f32)

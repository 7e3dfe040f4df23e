// Pairwise intersection over union of two sets of boxes, as a matrix. For tests, tools and small
// sets; matching does not come by here (see match_boxes.cu).
//
// Layouts: a f32 [A,4] and b f32 [B,4], xyxy pixels; iou f32 [A,B].
// Thread mapping: x over columns, so that stores are coalesced; each thread keeps its box of b in
// registers and goes down ROWS rows, whose boxes of a are one broadcast load each.
// Numerics: box_overlap.cuh; the bits of the CPU. Deterministic.
#include "box_overlap.cuh"

constexpr int IOU_THREADS = 256;
constexpr int IOU_ROWS = 8;

extern "C" __global__ void __launch_bounds__(IOU_THREADS)
    box_iou_f32(const float* __restrict__ a, const float* __restrict__ b, int rows, int columns,
                float offset, float* __restrict__ iou) {
  for (long long j = grid_start(); j < columns; j += grid_stride()) {
    const float4 right = load4(b + 4 * j);
    const float right_area = box_area(right, offset);
    for (long long first = static_cast<long long>(blockIdx.y) * IOU_ROWS; first < rows;
         first += static_cast<long long>(gridDim.y) * IOU_ROWS) {
      const int last = static_cast<int>(first + IOU_ROWS < rows ? first + IOU_ROWS : rows);
#pragma unroll 1  // unrolled, the slow path of the division would spill
      for (int i = static_cast<int>(first); i < last; i++) {
        const float4 left = load4(a + 4LL * i);
        iou[static_cast<long long>(i) * columns + j] =
            box_iou(left, box_area(left, offset), right, right_area, offset);
      }
    }
  }
}
REGISTER_KERNEL(box_iou_f32)

// Areas and overlaps of xyxy boxes, for matching, suppression and the plain IoU matrix; and how
// many boxes an image has.
//
// Numerics: results are compared with thresholds and for equality, so every step is one float32
// operation rounded to nearest, never contracted to an FMA, in the order of the op `BoxIou`:
// area = ((x2 - x1) + offset) * ((y2 - y1) + offset), iou = inter / ((areaA + areaB) - inter).
// So the bits are those of the CPU kernels. `offset` is 1 where corners are inclusive pixels.
#pragma once

#include "common.cuh"

// `(to - from) + offset`.
__device__ __forceinline__ float box_extent(float from, float to, float offset) {
  return __fadd_rn(__fsub_rn(to, from), offset);
}

__device__ __forceinline__ float box_area(float4 b, float offset) {
  return __fmul_rn(box_extent(b.x, b.z, offset), box_extent(b.y, b.w, offset));
}

// Extent that a and b share on one axis, with the offset; not positive if they do not meet.
__device__ __forceinline__ float shared_extent(float a1, float a2, float b1, float b2,
                                               float offset) {
  return box_extent(a1 > b1 ? a1 : b1, a2 < b2 ? a2 : b2, offset);
}

// True if the boxes meet, by the arithmetic of `box_iou`. Rounding is monotonic, so a hull that
// does not meet a box has no part that meets it.
__device__ __forceinline__ bool boxes_meet(float4 a, float4 b, float offset) {
  return shared_extent(a.x, a.z, b.x, b.z, offset) > 0 &&
         shared_extent(a.y, a.w, b.y, b.w, offset) > 0;
}

// Intersection over union; 0 for boxes that do not meet. The areas are those of `box_area`.
__device__ __forceinline__ float box_iou(float4 a, float area_a, float4 b, float area_b,
                                         float offset) {
  const float w = shared_extent(a.x, a.z, b.x, b.z, offset);
  const float h = shared_extent(a.y, a.w, b.y, b.w, offset);
  if (!(w > 0) || !(h > 0)) {
    return 0;
  }
  const float inter = __fmul_rn(w, h);
  return inter == 0 ? 0 : __fdiv_rn(inter, __fsub_rn(__fadd_rn(area_a, area_b), inter));
}

// The count of image n, of at most `rows`. Another one is a fault of the caller and traps: the host
// learns of it at its next wait.
__device__ __forceinline__ int box_count(const int* counts, long long n, int rows) {
  const int count = counts[n];
  if (count < 0 || count > rows) {
    __trap();
  }
  return count;
}

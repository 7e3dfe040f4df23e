// Greedy non-maximum suppression in chunks of 64 boxes in rank order, shared by the op Nms and the
// detections of a class.
#pragma once

#include "box_overlap.cuh"
#include "ranking.cuh"

namespace {

constexpr int CHUNK = 64;

using ChunkMask = unsigned long long;

// Whether box_iou(a, b) > threshold, with the same result as dividing. A quotient that is clearly
// on one side is decided by a product: rounding moves either by far less than the margin.
__device__ __forceinline__ bool overlap_above(float4 a, float area_a, float4 b, float area_b,
                                              float offset, float threshold) {
  const float w = shared_extent(a.x, a.z, b.x, b.z, offset);
  const float h = shared_extent(a.y, a.w, b.y, b.w, offset);
  if (!(w > 0) || !(h > 0)) {
    return 0 > threshold;
  }
  const float inter = __fmul_rn(w, h);
  const float bound = __fmul_rn(threshold, __fsub_rn(__fadd_rn(area_a, area_b), inter));
  if (bound > 1e-30f) {  // no denormal number is involved
    if (inter > __fmul_rn(bound, 1.000001f)) {
      return true;
    }
    if (inter < __fmul_rn(bound, 0.999999f)) {
      return false;
    }
  }
  return box_iou(a, area_a, b, area_b, offset) > threshold;
}

// Which boxes of a chunk survive. Bit i of `alive`: no kept box of an earlier chunk suppresses box
// i. The word of a box says which boxes of its chunk, all of higher rank, would suppress it; lane l
// brings the words of boxes l and l + 32. In each round every box is decided whose suppressors are:
// as many rounds as the longest chain of suppressions, seldom more than five. Each full warp that
// calls gets the same result.
__device__ __forceinline__ ChunkMask chunk_survivors(ChunkMask word0, ChunkMask word1,
                                                     ChunkMask alive) {
  const int lane = static_cast<int>(threadIdx.x) % WARP;
  ChunkMask kept = 0;
  ChunkMask open = alive;
  while (open != 0) {
    const bool open0 = (open >> lane & 1) != 0;
    const bool open1 = (open >> (lane + WARP) & 1) != 0;
    const bool drop0 = open0 && (word0 & kept) != 0;
    const bool drop1 = open1 && (word1 & kept) != 0;
    const bool keep0 = open0 && (word0 & (kept | open)) == 0;
    const bool keep1 = open1 && (word1 & (kept | open)) == 0;
    const ChunkMask decided =
        __ballot_sync(FULL_WARP, keep0 || drop0) |
        static_cast<ChunkMask>(__ballot_sync(FULL_WARP, keep1 || drop1)) << WARP;
    kept |= __ballot_sync(FULL_WARP, keep0) |
            static_cast<ChunkMask>(__ballot_sync(FULL_WARP, keep1)) << WARP;
    open &= ~decided;
  }
  return kept;
}

// The bits of a chunk that are not set in a bitmap of `words` words; bits beyond it count as set.
__device__ __forceinline__ ChunkMask clear_bits(const unsigned* bitmap, int words, int chunk) {
  const unsigned low = bitmap[2 * chunk];
  const unsigned high = 2 * chunk + 1 < words ? bitmap[2 * chunk + 1] : 0xffffffffu;
  return ~(static_cast<ChunkMask>(high) << WARP | low);
}

}  // namespace

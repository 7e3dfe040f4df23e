// Matching of boxes to ground truth by IoU, fused with the low-quality rule; the matrix of IoUs is
// never written.
//
// Layouts: truth f32 [N,G,4] with counts i32 [N], boxes f32 [N or 1,M,4] with counts i32 [N], all
// xyxy pixels; match i32 [N,M]: index of the best truth, -1 (background) or -2 (ignored, padding).
// Passes: with the low-quality rule, match_truth_best_f32 first finds each truth's best IoU by
// atomicMax on the bits of the float (IoUs are never negative, so bits order as values do). Then
// match_boxes_f32 computes the IoUs again, takes each box's best truth, and where an IoU equals its
// truth's best lets the box keep that truth, whatever its IoU. Computing twice is cheaper than
// keeping anything per box: boxes are read once per pass and matches written once.
// Thread mapping: y = image; one box per lane. Neighbouring anchors lie close together, so most
// truths miss the hull of a warp's 32 boxes: lane k tests truth k of 32 against the hull, a ballot
// says which of them are left, and only those are compared with all 32 boxes, each truth by one
// broadcast load. A truth is offered to memory only by warps that improve on what they last saw.
// Numerics: box_overlap.cuh, the same instructions in both passes; ties go to the lowest truth.
// The results are the integers of the CPU. Deterministic: a maximum has no order.
// Source: Ren et al., "Faster R-CNN", 2015, section 3.1.2; Matcher of maskrcnn-benchmark, where a
// truth that no box touches (best IoU 0) makes every box keep its best truth. Kept on purpose.
#include "box_overlap.cuh"

constexpr int MATCH_THREADS = 256;

namespace {

constexpr int MATCH_BELOW = -1;
constexpr int MATCH_BETWEEN = -2;

// The smallest box around those of the warp; lanes without a box have an empty one.
__device__ __forceinline__ float4 warp_hull(float4 b) {
#pragma unroll
  for (int step = WARP / 2; step > 0; step /= 2) {
    b.x = fminf(b.x, __shfl_xor_sync(FULL_WARP, b.x, step));
    b.y = fminf(b.y, __shfl_xor_sync(FULL_WARP, b.y, step));
    b.z = fmaxf(b.z, __shfl_xor_sync(FULL_WARP, b.z, step));
    b.w = fmaxf(b.w, __shfl_xor_sync(FULL_WARP, b.w, step));
  }
  return b;
}

// Box i, or an empty box that meets nothing and does not widen a hull.
__device__ __forceinline__ float4 match_box(const float* boxes, long long i, bool present) {
  const float4 empty = make_float4(INFINITY, INFINITY, -INFINITY, -INFINITY);
  return present ? load4(boxes + 4 * i) : empty;
}

}  // namespace

// Raises `best` [N,G], zero before, to the bits of each truth's best IoU. `box_step` is 0 if all
// images share their boxes, and else the number of boxes of an image.
extern "C" __global__ void __launch_bounds__(MATCH_THREADS)
    match_truth_best_f32(const float* __restrict__ truth, const int* __restrict__ truth_counts,
                         const float* __restrict__ boxes, const int* __restrict__ box_counts,
                         int truth_rows, int box_rows, int box_step, float offset,
                         int* best) {
  const int n = static_cast<int>(blockIdx.y);
  const int lane = static_cast<int>(threadIdx.x) % WARP;
  const int truths = box_count(truth_counts, n, truth_rows);
  const int count = box_count(box_counts, n, box_rows);
  const float* const of_image = truth + 4LL * n * truth_rows;
  int* const raised = best + static_cast<long long>(n) * truth_rows;
  for (long long first = grid_start() - lane; first < count; first += grid_stride()) {
    const long long m = first + lane;
    const float4 box = match_box(boxes, static_cast<long long>(n) * box_step + m, m < count);
    const float area = box_area(box, offset);
    const float4 hull = warp_hull(box);
    for (int from = 0; from < truths; from += WARP) {
      const int g = from + lane;
      const bool near = g < truths && boxes_meet(hull, load4(of_image + 4LL * g), offset);
      // Other warps raise this meanwhile; an old value costs an atomic that changes nothing.
      const int seen = near ? *const_cast<const volatile int*>(raised + g) : 0;
      for (unsigned left = __ballot_sync(FULL_WARP, near); left != 0; left &= left - 1) {
        const int k = __ffs(static_cast<int>(left)) - 1;
        const float4 t = load4(of_image + 4LL * (from + k));
        const int bits = __float_as_int(box_iou(t, box_area(t, offset), box, area, offset));
        const int known = __shfl_sync(FULL_WARP, seen, k);
        if (__any_sync(FULL_WARP, bits > known)) {
          const int most = warp_max(bits);
          if (lane == 0) {
            atomicMax(raised + from + k, most);
          }
        }
      }
    }
  }
}
REGISTER_KERNEL(match_truth_best_f32)

// The matches. `best` is what match_truth_best_f32 found, or null without the low-quality rule.
extern "C" __global__ void __launch_bounds__(MATCH_THREADS)
    match_boxes_f32(const float* __restrict__ truth, const int* __restrict__ truth_counts,
                    const float* __restrict__ boxes, const int* __restrict__ box_counts,
                    int truth_rows, int box_rows, int box_step, float high, float low,
                    float offset, const int* __restrict__ best, int* __restrict__ match) {
  const int n = static_cast<int>(blockIdx.y);
  const int lane = static_cast<int>(threadIdx.x) % WARP;
  const int truths = box_count(truth_counts, n, truth_rows);
  const int count = box_count(box_counts, n, box_rows);
  const float* const of_image = truth + 4LL * n * truth_rows;
  for (long long first = grid_start() - lane; first < box_rows; first += grid_stride()) {
    const long long m = first + lane;
    const float4 box = match_box(boxes, static_cast<long long>(n) * box_step + m, m < count);
    const float area = box_area(box, offset);
    const float4 hull = warp_hull(box);
    float value = 0;
    int index = 0;
    bool keeps = false;
    for (int from = 0; from < truths; from += WARP) {
      const int g = from + lane;
      const bool near = g < truths && boxes_meet(hull, load4(of_image + 4LL * g), offset);
      const bool lowest = best != nullptr && g < truths;
      const int reach = lowest ? best[static_cast<long long>(n) * truth_rows + g] : -1;
      // Nothing touches such a truth: all IoUs with it are 0, and 0 is its best.
      keeps |= __any_sync(FULL_WARP, reach == 0) != 0;
      for (unsigned left = __ballot_sync(FULL_WARP, near); left != 0; left &= left - 1) {
        const int k = __ffs(static_cast<int>(left)) - 1;
        const float4 t = load4(of_image + 4LL * (from + k));
        const float iou = box_iou(t, box_area(t, offset), box, area, offset);
        index = iou > value ? from + k : index;
        value = iou > value ? iou : value;
        const int most = __shfl_sync(FULL_WARP, reach, k);
        keeps = keeps || __float_as_int(iou) == most;
      }
    }
    if (m < box_rows) {
      int result = value >= high ? index : value >= low ? MATCH_BETWEEN : MATCH_BELOW;
      result = keeps ? index : truths == 0 ? MATCH_BELOW : result;
      match[static_cast<long long>(n) * box_rows + m] = m < count ? result : MATCH_BETWEEN;
    }
  }
}
REGISTER_KERNEL(match_boxes_f32)

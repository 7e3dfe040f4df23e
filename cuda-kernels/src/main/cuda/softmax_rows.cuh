// Softmax of one row by one warp, shared by softmax.cu and losses.cu.
#pragma once

#include "common.cuh"

// The largest element of a row and Σ e^(x − largest), in every lane.
struct RowSum {
  float largest;
  float sum;
};

// Writes the softmax of x[0..width) to y with all 32 lanes. A lane keeps its first HELD elements in
// registers, so a row of up to 128 (81 or 91 classes) is read once and its exponentials are taken
// once; what is beyond is read again.
template <typename T>
__device__ __forceinline__ RowSum softmax_row(const T* x, int width, int lane, T* y) {
  constexpr int HELD = 4;
  const float lowest = __int_as_float(static_cast<int>(0xff800000u));  // −∞
  float v[HELD];
  float largest = lowest;
#pragma unroll
  for (int k = 0; k < HELD; k++) {
    const int c = lane + k * WARP;
    v[k] = c < width ? to_float(x[c]) : lowest;
    largest = maximum(largest, v[k]);
  }
  for (int c = lane + HELD * WARP; c < width; c += WARP) {
    largest = maximum(largest, to_float(x[c]));
  }
  largest = warp_max(largest);
  float sum = 0.0f;
#pragma unroll
  for (int k = 0; k < HELD; k++) {
    v[k] = lane + k * WARP < width ? expf(v[k] - largest) : 0.0f;
    sum += v[k];
  }
  for (int c = lane + HELD * WARP; c < width; c += WARP) {
    sum += expf(to_float(x[c]) - largest);
  }
  sum = warp_sum(sum);
#pragma unroll
  for (int k = 0; k < HELD; k++) {
    const int c = lane + k * WARP;
    if (c < width) {
      y[c] = from_float<T>(v[k] / sum);
    }
  }
  for (int c = lane + HELD * WARP; c < width; c += WARP) {
    y[c] = from_float<T>(expf(to_float(x[c]) - largest) / sum);
  }
  return RowSum{largest, sum};
}

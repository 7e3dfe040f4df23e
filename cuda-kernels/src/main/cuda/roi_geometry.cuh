// Where the samples of a RoI lie: shared by roi_align.cu and roi_align_backward.cu.
//
// A RoI is a row (image, x1, y1, x2, y2) in pixels of the image, and names its level of the pyramid.
// A RoI with a negative image index is padding. Bilinear sampling is a product of the axes, so all
// here is about one axis.
//
// Numerics: positions in float32 without contraction, in the order of the original, since it decides
// which samples lie outside.
#pragma once

#include "pack.cuh"

namespace {

constexpr int THREADS = 256;

// Levels of one launch.
constexpr int LEVELS = 6;

// Samples of an axis that are kept in shared memory; beyond, each thread computes its own.
constexpr int TAPS = 64;

// More samples of a bin than this come from coordinates that are no image's.
constexpr float MOST_SAMPLES = 16384.0f;

template <typename T>
struct Map {
  T* data;
  int height;
  int width;
  float scale;
};

// A level's parameters, and all of them as an array that is only indexed by constants.
#define LEVEL(T, n) T *map##n, int height##n, int width##n, float scale##n
#define PYRAMID(T) LEVEL(T, 0), LEVEL(T, 1), LEVEL(T, 2), LEVEL(T, 3), LEVEL(T, 4), LEVEL(T, 5)
#define ENTRY(n) {map##n, height##n, width##n, scale##n}
#define ENTRIES {ENTRY(0), ENTRY(1), ENTRY(2), ENTRY(3), ENTRY(4), ENTRY(5)}

template <typename T>
struct Pyramid {
  Map<T> maps[LEVELS];

  __device__ __forceinline__ Map<T> pick(int level) const {
    Map<T> found = maps[0];
#pragma unroll
    for (int l = 1; l < LEVELS; l++) {
      if (l == level) {
        found = maps[l];
      }
    }
    return found;
  }
};

// RoI rows; always float32, since half precision cannot tell neighbouring pixels apart.
struct Rois {
  const float* rows;

  __device__ __forceinline__ float at(int roi, int column) const {
    return rows[5LL * roi + column];
  }

  // Image index, negative for padding.
  __device__ __forceinline__ int image(int roi) const {
    const float number = at(roi, 0);
    return number > -1.0f ? static_cast<int>(number) : -1;
  }
};

// Size of the output and how each bin is sampled.
struct Grid {
  int height;
  int width;
  int ratio;
  int aligned;
};

// One axis of a RoI on its level: where bins start, their size, and samples per bin.
struct Axis {
  float start;
  float bin;
  int samples;

  __device__ __forceinline__ float position(int p, int i) const {
    const float bin_start = __fadd_rn(start, __fmul_rn(static_cast<float>(p), bin));
    const float step = __fmul_rn(static_cast<float>(i) + 0.5f, bin);
    return __fadd_rn(bin_start, __fdiv_rn(step, static_cast<float>(samples)));
  }
};

__device__ __forceinline__ Axis axis_of(const Grid& grid, float from, float to, float scale,
                                        int bins) {
  const float shift = grid.aligned ? 0.5f : 0.0f;
  const float start = __fsub_rn(__fmul_rn(from, scale), shift);
  const float end = __fsub_rn(__fmul_rn(to, scale), shift);
  float size = __fsub_rn(end, start);
  if (!grid.aligned && size < 1.0f) {
    size = 1.0f;
  }
  const float bin = __fdiv_rn(size, static_cast<float>(bins));
  // fmaxf also turns NaN into no samples.
  const float adaptive = fminf(fmaxf(ceilf(bin), 0.0f), MOST_SAMPLES);
  return {start, bin, grid.ratio > 0 ? grid.ratio : static_cast<int>(adaptive)};
}

__device__ __forceinline__ Axis rows_of(const Rois& rois, int roi, const Grid& grid, float scale) {
  return axis_of(grid, rois.at(roi, 2), rois.at(roi, 4), scale, grid.height);
}

__device__ __forceinline__ Axis columns_of(const Rois& rois, int roi, const Grid& grid,
                                           float scale) {
  return axis_of(grid, rois.at(roi, 1), rois.at(roi, 3), scale, grid.width);
}

// The neighbours of a sample along one axis and the weight of the higher one; low < 0: outside.
struct Tap {
  int low;
  int high;
  float above;
};

__device__ __forceinline__ Tap tap_of(const Axis& axis, int extent, int p, int i) {
  const float position = axis.position(p, i);
  if (!(position >= -1.0f && position <= static_cast<float>(extent)) || extent == 0) {
    return {-1, -1, 0.0f};
  }
  const float inside = fminf(fmaxf(position, 0.0f), static_cast<float>(extent - 1));
  const int low = static_cast<int>(inside);
  return {low, min(low + 1, extent - 1), inside - static_cast<float>(low)};
}

// The taps of a RoI's axis, from shared memory if they fit there.
struct Taps {
  Axis axis;
  int extent;
  const Tap* kept;

  __device__ __forceinline__ Tap at(int p, int i) const {
    return kept != nullptr ? kept[p * axis.samples + i] : tap_of(axis, extent, p, i);
  }
};

// Fills shared memory with the taps of an axis; the caller synchronises.
__device__ __forceinline__ Taps keep_taps(const Axis& axis, int bins, int extent, Tap* shared) {
  const bool fits = static_cast<long long>(bins) * axis.samples <= TAPS;
  if (fits) {
    for (int k = static_cast<int>(threadIdx.x); k < bins * axis.samples; k += THREADS) {
      shared[k] = tap_of(axis, extent, k / axis.samples, k % axis.samples);
    }
  }
  return {axis, extent, fits ? shared : nullptr};
}

// What one launch of the forward mapping works on.
struct Work {
  Rois rois;
  const int* level;
  int count;
  Grid grid;
  int channels;
  int levels;
  int images;
};

// A block's bins of a RoI.
struct Share {
  int first;
  int last;

  __device__ __forceinline__ explicit Share(int bins) {
    const int each = ceil_div(bins, static_cast<int>(gridDim.y));
    first = static_cast<int>(blockIdx.y) * each;
    last = min(first + each, bins);
  }
};

// Calls `sample(top row, bottom row, left column, right column, weights)` for each sample of a bin
// that lies inside. SAMPLES > 0 fixes their number per axis at compile time.
template <int SAMPLES, typename Sample>
__device__ __forceinline__ void each_sample(const Taps& y, const Taps& x, int p, int q,
                                            Sample sample) {
  const int rows = SAMPLES > 0 ? SAMPLES : y.axis.samples;
  const int columns = SAMPLES > 0 ? SAMPLES : x.axis.samples;
#pragma unroll(SAMPLES > 0 ? SAMPLES : 1)
  for (int i = 0; i < rows; i++) {
    const Tap row = y.at(p, i);
#pragma unroll(SAMPLES > 0 ? SAMPLES : 1)
    for (int j = 0; j < columns; j++) {
      const Tap column = x.at(q, j);
      if (row.low >= 0 && column.low >= 0) {
        sample(row, column);
      }
    }
  }
}

__device__ __forceinline__ float share_of(const Axis& y, const Axis& x) {
  return 1.0f / fmaxf(static_cast<float>(y.samples) * static_cast<float>(x.samples), 1.0f);
}

}  // namespace

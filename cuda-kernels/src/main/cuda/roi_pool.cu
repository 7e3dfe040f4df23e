// RoIPool (Girshick 2015) of one feature map, and its gradient.
//
// Layout: features [N,H,W,C], pooled and winner [R,bins_y,bins_x,C], a RoI is a float32 row (image,
// x1, y1, x2, y2) in pixels of the image; a negative image index is padding. The winner is the
// position row * W + column in its image, -1 for an empty bin, whose maximum counts as 0.
//
// Thread mapping: one thread per pack of channels (16 bytes where the channel count allows) of a bin
// or, in the gradient, of a pixel, grid-stride. The gradient gathers: a thread runs through the RoIs
// in ascending order and adds, in float32, the bins that its pixel won. So every element is written
// once, without atomics, and the result is the same at every run. (The original adds atomically into
// zeros, in float32 only.)
//
// Numerics: corners are rounded to whole pixels, half away from zero, and bins lie between floor and
// ceiling, in float32 without contraction, as in maskrcnn-benchmark and torchvision.
#include "pack.cuh"

namespace {

constexpr int THREADS = 256;

// One axis of a RoI in pixels of the map.
struct Extent {
  int start;
  int size;
  float bin;
  int limit;

  __device__ __forceinline__ Extent(float from, float to, float scale, int bins, int map)
      : start(static_cast<int>(roundf(__fmul_rn(from, scale)))),
        size(max(static_cast<int>(roundf(__fmul_rn(to, scale))) - start + 1, 1)),
        bin(__fdiv_rn(static_cast<float>(size), static_cast<float>(bins))),
        limit(map) {}

  // First pixel of bin p.
  __device__ __forceinline__ int first(int p) const {
    const int at = static_cast<int>(floorf(__fmul_rn(static_cast<float>(p), bin)));
    return min(max(at + start, 0), limit);
  }

  // The pixel behind the last one of bin p.
  __device__ __forceinline__ int end(int p) const {
    const int at = static_cast<int>(ceilf(__fmul_rn(static_cast<float>(p + 1), bin)));
    return min(max(at + start, 0), limit);
  }

  // False if no bin holds the pixel.
  __device__ __forceinline__ bool may_hold(int pixel) const {
    return pixel >= start && pixel - start <= size;
  }
};

// Sizes of the map and of the output.
struct Frame {
  int height;
  int width;
  int channels;
  int bins_y;
  int bins_x;
  float scale;

  __device__ __forceinline__ Extent rows(const float* roi) const {
    return Extent(roi[2], roi[4], scale, bins_y, height);
  }

  __device__ __forceinline__ Extent columns(const float* roi) const {
    return Extent(roi[1], roi[3], scale, bins_x, width);
  }
};

template <typename T, int V>
__device__ __forceinline__ void pool(const T* features, const float* rois, int count, int images,
                                     const Frame& f, T* pooled, int* winner) {
  const long long packs =
      static_cast<long long>(count) * f.bins_y * f.bins_x * (f.channels / V);
  for (long long i = grid_start(); i < packs; i += grid_stride()) {
    long long pack;
    long long q;
    long long p;
    const long long bin = divide(i, f.channels / V, pack);
    const long long row = divide(bin, f.bins_x, q);
    const float* roi = rois + 5 * divide(row, f.bins_y, p);
    const int image = roi[0] > -1.0f ? static_cast<int>(roi[0]) : -1;
    require(image < images);
    float best[V];
    int won[V];
#pragma unroll
    for (int v = 0; v < V; v++) {
      best[v] = -INFINITY;
      won[v] = -1;
    }
    if (image >= 0) {
      const Extent y = f.rows(roi);
      const Extent x = f.columns(roi);
      for (int h = y.first(static_cast<int>(p)); h < y.end(static_cast<int>(p)); h++) {
        for (int w = x.first(static_cast<int>(q)); w < x.end(static_cast<int>(q)); w++) {
          const long long pixel = (static_cast<long long>(image) * f.height + h) * f.width + w;
          float value[V];
          load_pack<V>(features + pixel * f.channels + pack * V, value);
#pragma unroll
          for (int v = 0; v < V; v++) {
            if (value[v] > best[v]) {
              best[v] = value[v];
              won[v] = h * f.width + w;
            }
          }
        }
      }
    }
#pragma unroll
    for (int v = 0; v < V; v++) {
      best[v] = won[v] < 0 ? 0.0f : best[v];
      winner[i * V + v] = won[v];
    }
    store_pack<V>(pooled + i * V, best);
  }
}

template <typename T, int V>
__device__ __forceinline__ void gradient(const T* dy, const int* winner, const float* rois,
                                         int count, int images, const Frame& f, T* dx) {
  const long long packs =
      static_cast<long long>(images) * f.height * f.width * (f.channels / V);
  for (long long i = grid_start(); i < packs; i += grid_stride()) {
    long long pack;
    long long column;
    long long row;
    const long long pixel = divide(i, f.channels / V, pack);
    const long long image = divide(divide(pixel, f.width, column), f.height, row);
    const int h = static_cast<int>(row);
    const int w = static_cast<int>(column);
    float sum[V] = {};
    for (int r = 0; r < count; r++) {
      const float* roi = rois + 5LL * r;
      if (!(roi[0] > -1.0f) || static_cast<int>(roi[0]) != image) {
        continue;
      }
      const Extent y = f.rows(roi);
      const Extent x = f.columns(roi);
      if (!y.may_hold(h) || !x.may_hold(w)) {
        continue;
      }
      for (int p = 0; p < f.bins_y; p++) {
        for (int q = 0; h >= y.first(p) && h < y.end(p) && q < f.bins_x; q++) {
          if (w < x.first(q) || w >= x.end(q)) {
            continue;
          }
          const long long bin = (static_cast<long long>(r) * f.bins_y + p) * f.bins_x + q;
          const long long at = bin * f.channels + pack * V;
          float value[V];
          load_pack<V>(dy + at, value);
#pragma unroll
          for (int v = 0; v < V; v++) {
            sum[v] += winner[at + v] == h * f.width + w ? value[v] : 0.0f;
          }
        }
      }
    }
    store_pack<V>(dx + i * V, sum);
  }
}

}  // namespace

#define ROI_POOL(suffix, T)                                                                      \
  extern "C" __global__ void __launch_bounds__(THREADS, 2) roi_pool_##suffix(                    \
      const float* rois, const T* features, int count, int images, int height, int width,        \
      int channels, int bins_y, int bins_x, float scale, T* pooled, int* winner) {               \
    const Frame frame{height, width, channels, bins_y, bins_x, scale};                           \
    if (channels % WIDE<T> == 0) {                                                               \
      pool<T, WIDE<T>>(features, rois, count, images, frame, pooled, winner);                    \
    } else {                                                                                     \
      pool<T, 1>(features, rois, count, images, frame, pooled, winner);                          \
    }                                                                                            \
  }

ROI_POOL(f32, float)
ROI_POOL(f16, __half)
ROI_POOL(bf16, bf16)

#define ROI_POOL_BACKWARD(suffix, T)                                                             \
  extern "C" __global__ void __launch_bounds__(THREADS, 2) roi_pool_backward_##suffix(           \
      const T* dy, const int* winner, const float* rois, int count, int images, int height,      \
      int width, int channels, int bins_y, int bins_x, float scale, T* dx) {                     \
    const Frame frame{height, width, channels, bins_y, bins_x, scale};                           \
    if (channels % WIDE<T> == 0) {                                                               \
      gradient<T, WIDE<T>>(dy, winner, rois, count, images, frame, dx);                          \
    } else {                                                                                     \
      gradient<T, 1>(dy, winner, rois, count, images, frame, dx);                                \
    }                                                                                            \
  }

ROI_POOL_BACKWARD(f32, float)
ROI_POOL_BACKWARD(f16, __half)
ROI_POOL_BACKWARD(bf16, bf16)

REGISTER_KERNEL(roi_pool_f32)
REGISTER_KERNEL(roi_pool_f16)
REGISTER_KERNEL(roi_pool_bf16)
REGISTER_KERNEL(roi_pool_backward_f32)
REGISTER_KERNEL(roi_pool_backward_f16)
REGISTER_KERNEL(roi_pool_backward_bf16)

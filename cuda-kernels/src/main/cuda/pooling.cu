// Max pooling and nearest-neighbour upsampling of NHWC images, and their gradients.
//
// Thread mapping: one thread per pack of channels (16 bytes where the channel count allows) of an
// output pixel, grid-stride. Neighbouring threads hold neighbouring channels, so all accesses are
// coalesced; the windows of neighbouring pixels meet in the caches.
//
// Numerics: maxima and copies are exact. Both gradients gather: a thread adds up in float32, in the
// order of rows and columns, everything that reaches its input pixel. No atomics, no zero fill,
// deterministic.
//
// The winner of a window is its position inside the window, row * kernel + column, one byte; among
// equal elements the first wins. (maskrcnn-benchmark keeps 8-byte flat positions.)
#include "pack.cuh"

namespace {

constexpr int THREADS = 256;

// Position of a pack in an image batch.
struct Spot {
  long long image;
  int row;
  int column;
  int channel;
};

template <int V>
__device__ __forceinline__ Spot spot_of(long long i, int height, int width, int channels) {
  long long pack;
  long long column;
  long long row;
  const long long pixel = divide(i, channels / V, pack);
  const long long line = divide(pixel, width, column);
  const long long image = divide(line, height, row);
  return {image, static_cast<int>(row), static_cast<int>(column), static_cast<int>(pack) * V};
}

// Flat position of an element of [N,height,width,channels].
__device__ __forceinline__ long long flat(const Spot& s, int height, int width, int channels) {
  return ((s.image * height + s.row) * width + s.column) * channels + s.channel;
}

// Sizes of the finer and the coarser image, and how windows lie.
struct Window {
  int height;
  int width;
  int out_height;
  int out_width;
  int channels;
  int kernel;
  int stride;
  int padding;
};

template <typename T, int V>
__device__ __forceinline__ void pool(const T* x, long long images, const Window& w, T* y,
                                     unsigned char* winner) {
  const long long packs = images * w.out_height * w.out_width * (w.channels / V);
  for (long long i = grid_start(); i < packs; i += grid_stride()) {
    const Spot s = spot_of<V>(i, w.out_height, w.out_width, w.channels);
    float best[V];
    Pack<unsigned char, V> won;
#pragma unroll
    for (int v = 0; v < V; v++) {
      best[v] = -INFINITY;
      won.at[v] = 0;
    }
    const int top = s.row * w.stride - w.padding;
    const int left = s.column * w.stride - w.padding;
    // Backwards with >=, so that the first of equal elements wins.
    for (int p = w.kernel - 1; p >= 0; p--) {
      for (int q = w.kernel - 1; q >= 0; q--) {
        const Spot from{s.image, top + p, left + q, s.channel};
        if (from.row < 0 || from.row >= w.height || from.column < 0 || from.column >= w.width) {
          continue;
        }
        float value[V];
        load_pack<V>(x + flat(from, w.height, w.width, w.channels), value);
#pragma unroll
        for (int v = 0; v < V; v++) {
          if (value[v] >= best[v]) {
            best[v] = value[v];
            won.at[v] = static_cast<unsigned char>(p * w.kernel + q);
          }
        }
      }
    }
    store_pack<V>(y + i * V, best);
    CHECK_ALIGNED(winner + i * V, V);
    *reinterpret_cast<Pack<unsigned char, V>*>(winner + i * V) = won;
  }
}

// First output whose window reaches coordinate `at` of the padded input.
__device__ __forceinline__ int first_window(int at, int kernel, int stride) {
  return at < kernel ? 0 : (at - kernel) / stride + 1;
}

template <typename T, int V>
__device__ __forceinline__ void pool_backward(const T* dy, const unsigned char* winner,
                                              long long images, const Window& w, T* dx) {
  const long long packs = images * w.height * w.width * (w.channels / V);
  for (long long i = grid_start(); i < packs; i += grid_stride()) {
    const Spot s = spot_of<V>(i, w.height, w.width, w.channels);
    const int row = s.row + w.padding;
    const int column = s.column + w.padding;
    const int last_p = min(row / w.stride, w.out_height - 1);
    const int last_q = min(column / w.stride, w.out_width - 1);
    float sum[V] = {};
    for (int p = first_window(row, w.kernel, w.stride); p <= last_p; p++) {
      for (int q = first_window(column, w.kernel, w.stride); q <= last_q; q++) {
        const int mine = (row - p * w.stride) * w.kernel + column - q * w.stride;
        const Spot from{s.image, p, q, s.channel};
        const long long at = flat(from, w.out_height, w.out_width, w.channels);
        CHECK_ALIGNED(winner + at, V);
        const auto won = *reinterpret_cast<const Pack<unsigned char, V>*>(winner + at);
        float value[V];
        load_pack<V>(dy + at, value);
#pragma unroll
        for (int v = 0; v < V; v++) {
          sum[v] += won.at[v] == mine ? value[v] : 0.0f;
        }
      }
    }
    store_pack<V>(dx + i * V, sum);
  }
}

// The small pixel that pixel `large` of `fine` pixels shows.
__device__ __forceinline__ int shown(int large, int coarse, int fine) {
  return static_cast<int>(static_cast<long long>(large) * coarse / fine);
}

// The first of `fine` pixels that shows small pixel `small` of `coarse`.
__device__ __forceinline__ int first_showing(int small, int coarse, int fine) {
  return static_cast<int>(ceil_div(static_cast<long long>(small) * fine,
                                   static_cast<long long>(coarse)));
}

// height, width: of x; out_height, out_width: of y.
template <typename T, int V>
__device__ __forceinline__ void upsample(const T* x, long long images, const Window& w, T* y) {
  const long long packs = images * w.out_height * w.out_width * (w.channels / V);
  for (long long i = grid_start(); i < packs; i += grid_stride()) {
    Spot s = spot_of<V>(i, w.out_height, w.out_width, w.channels);
    s.row = shown(s.row, w.height, w.out_height);
    s.column = shown(s.column, w.width, w.out_width);
    const T* from = x + flat(s, w.height, w.width, w.channels);
    CHECK_ALIGNED(from, V * sizeof(T));
    *reinterpret_cast<Pack<T, V>*>(y + i * V) = *reinterpret_cast<const Pack<T, V>*>(from);
  }
}

// height, width: of dx; out_height, out_width: of dy.
template <typename T, int V>
__device__ __forceinline__ void upsample_backward(const T* dy, long long images, const Window& w,
                                                  T* dx) {
  const long long packs = images * w.height * w.width * (w.channels / V);
  for (long long i = grid_start(); i < packs; i += grid_stride()) {
    const Spot s = spot_of<V>(i, w.height, w.width, w.channels);
    const int end_p = first_showing(s.row + 1, w.height, w.out_height);
    const int end_q = first_showing(s.column + 1, w.width, w.out_width);
    const int from_q = first_showing(s.column, w.width, w.out_width);
    float sum[V] = {};
    for (int p = first_showing(s.row, w.height, w.out_height); p < end_p; p++) {
      for (int q = from_q; q < end_q; q++) {
        const Spot from{s.image, p, q, s.channel};
        float value[V];
        load_pack<V>(dy + flat(from, w.out_height, w.out_width, w.channels), value);
#pragma unroll
        for (int v = 0; v < V; v++) {
          sum[v] += value[v];
        }
      }
    }
    store_pack<V>(dx + i * V, sum);
  }
}

}  // namespace

// x [images,height,width,channels] -> y, winner [images,out_height,out_width,channels].
#define MAX_POOL(suffix, T)                                                                      \
  extern "C" __global__ void __launch_bounds__(THREADS, 4) max_pool_##suffix(                       \
      const T* x, long long images, int height, int width, int out_height, int out_width,        \
      int channels, int kernel, int stride, int padding, T* y, unsigned char* winner) {          \
    const Window w{height, width, out_height, out_width, channels, kernel, stride, padding};     \
    if (channels % WIDE<T> == 0) {                                                               \
      pool<T, WIDE<T>>(x, images, w, y, winner);                                                 \
    } else {                                                                                     \
      pool<T, 1>(x, images, w, y, winner);                                                       \
    }                                                                                            \
  }

MAX_POOL(f32, float)
MAX_POOL(f16, __half)
MAX_POOL(bf16, bf16)

// dy, winner [images,out_height,out_width,channels] -> dx [images,height,width,channels].
#define MAX_POOL_BACKWARD(suffix, T)                                                             \
  extern "C" __global__ void __launch_bounds__(THREADS, 4) max_pool_backward_##suffix(              \
      const T* dy, const unsigned char* winner, long long images, int height, int width,         \
      int out_height, int out_width, int channels, int kernel, int stride, int padding,          \
      T* dx) {                                                                                   \
    const Window w{height, width, out_height, out_width, channels, kernel, stride, padding};     \
    if (channels % WIDE<T> == 0) {                                                               \
      pool_backward<T, WIDE<T>>(dy, winner, images, w, dx);                                      \
    } else {                                                                                     \
      pool_backward<T, 1>(dy, winner, images, w, dx);                                            \
    }                                                                                            \
  }

MAX_POOL_BACKWARD(f32, float)
MAX_POOL_BACKWARD(f16, __half)
MAX_POOL_BACKWARD(bf16, bf16)

// x [images,height,width,channels] -> y [images,out_height,out_width,channels].
#define UPSAMPLE_NEAREST(suffix, T)                                                              \
  extern "C" __global__ void __launch_bounds__(THREADS) upsample_nearest_##suffix(               \
      const T* x, long long images, int height, int width, int out_height, int out_width,        \
      int channels, T* y) {                                                                      \
    const Window w{height, width, out_height, out_width, channels, 1, 1, 0};                     \
    if (channels % WIDE<T> == 0) {                                                               \
      upsample<T, WIDE<T>>(x, images, w, y);                                                     \
    } else {                                                                                     \
      upsample<T, 1>(x, images, w, y);                                                           \
    }                                                                                            \
  }

UPSAMPLE_NEAREST(f32, float)
UPSAMPLE_NEAREST(f16, __half)
UPSAMPLE_NEAREST(bf16, bf16)

// dy [images,out_height,out_width,channels] -> dx [images,height,width,channels].
#define UPSAMPLE_NEAREST_BACKWARD(suffix, T)                                                     \
  extern "C" __global__ void __launch_bounds__(THREADS) upsample_nearest_backward_##suffix(      \
      const T* dy, long long images, int height, int width, int out_height, int out_width,       \
      int channels, T* dx) {                                                                     \
    const Window w{height, width, out_height, out_width, channels, 1, 1, 0};                     \
    if (channels % WIDE<T> == 0) {                                                               \
      upsample_backward<T, WIDE<T>>(dy, images, w, dx);                                          \
    } else {                                                                                     \
      upsample_backward<T, 1>(dy, images, w, dx);                                                \
    }                                                                                            \
  }

UPSAMPLE_NEAREST_BACKWARD(f32, float)
UPSAMPLE_NEAREST_BACKWARD(f16, __half)
UPSAMPLE_NEAREST_BACKWARD(bf16, bf16)

REGISTER_KERNEL(max_pool_f32)
REGISTER_KERNEL(max_pool_f16)
REGISTER_KERNEL(max_pool_bf16)
REGISTER_KERNEL(max_pool_backward_f32)
REGISTER_KERNEL(max_pool_backward_f16)
REGISTER_KERNEL(max_pool_backward_bf16)
REGISTER_KERNEL(upsample_nearest_f32)
REGISTER_KERNEL(upsample_nearest_f16)
REGISTER_KERNEL(upsample_nearest_bf16)
REGISTER_KERNEL(upsample_nearest_backward_f32)
REGISTER_KERNEL(upsample_nearest_backward_f16)
REGISTER_KERNEL(upsample_nearest_backward_bf16)

// Scalar losses and their gradients (tensor.op.Loss): softmax cross-entropy, binary cross-entropy
// with logits, smooth L1. Rows (elements) whose label (target) is negative are ignored and do not
// count in the mean; smooth L1 adds up rows with label > 0 only, which is the selection by index of
// the original without a list of indices. The mean of nothing is 0.
//
// Layout: dense row-major; labels int32 [rows]. `sums` float32 and `counts` int32 are scratch of
// one entry per block of the first launch.
// Mapping: forward = a launch that leaves sum and count of each block, then mean_* with one block.
// Backward = count_* over labels or targets, then the gradient; each of its blocks adds up the ≤
// 1024 counts by itself (4 KB from L2), which saves a launch in between. Cross-entropy: a warp per
// row. Binary cross-entropy: 16-byte accesses. Smooth L1: a thread per row, which is one 16-byte
// store for boxes; rows that are not positive are not read.
// Numerics: float32; ln(1+e^−|x|) + max(x,0) − x·t and ln Σ e^(x−max) + (max − x[label]) neither
// overflow nor cancel. A label ≥ K would be read outside of the row: it makes the loss NaN instead.
// Determinism: no float atomics; the numbers of blocks follow from the sizes alone.
// Source: the op catalogue and its reference kernels; smooth L1: Girshick 2015, equation 3.
#include "sixteen.cuh"
#include "softmax_rows.cuh"

namespace {

constexpr int THREADS = 256;
constexpr int ROWS = THREADS / WARP;

// Leaves the block's sum and count in entry blockIdx.x.
__device__ __forceinline__ void store_terms(float sum, int count, float* sums, int* counts) {
  sum = block_sum<THREADS>(sum);
  count = block_sum<THREADS>(count);
  if (threadIdx.x == 0) {
    sums[blockIdx.x] = sum;
    counts[blockIdx.x] = count;
  }
}

// The number of terms over all blocks of the first launch, at least 1; in every thread.
__device__ __forceinline__ float divisor(const int* counts, int blocks) {
  int count = 0;
  for (int i = static_cast<int>(threadIdx.x); i < blocks; i += THREADS) {
    count += counts[i];
  }
  count = block_sum<THREADS>(count);
  return static_cast<float>(count > 0 ? count : 1);
}

// Second stage of every forward: Σ sums / max(Σ counts, 1). One block.
template <typename T>
__device__ __forceinline__ void mean(const float* sums, const int* counts, int blocks, T* loss) {
  float sum = 0.0f;
  for (int i = static_cast<int>(threadIdx.x); i < blocks; i += THREADS) {
    sum += sums[i];
  }
  sum = block_sum<THREADS>(sum);
  const float count = divisor(counts, blocks);
  if (threadIdx.x == 0) {
    loss[0] = from_float<T>(sum / count);
  }
}

__device__ __forceinline__ bool counts_in_mean(int label) { return label >= 0; }
template <typename T>
__device__ __forceinline__ bool counts_in_mean(T target) {
  return to_float(target) >= 0.0f;
}

// First stage of every backward: how many labels or targets of this block's share are ≥ 0.
template <typename T>
__device__ __forceinline__ void count_terms(const T* label, long long n, int* counts) {
  constexpr int SIZE = Sixteen<T>::SIZE;
  const long long lots = n / SIZE;
  int count = 0;
  for (long long i = grid_start(); i < lots; i += grid_stride()) {
    const Sixteen<T> p = load16(label + i * SIZE);
#pragma unroll
    for (int k = 0; k < SIZE; k++) {
      count += counts_in_mean(p.v[k]) ? 1 : 0;
    }
  }
  for (long long i = lots * SIZE + grid_start(); i < n; i += grid_stride()) {
    count += counts_in_mean(label[i]) ? 1 : 0;
  }
  count = block_sum<THREADS>(count);
  if (threadIdx.x == 0) {
    counts[blockIdx.x] = count;
  }
}

// ---- Softmax cross-entropy: x, softmax [rows,width] ----

template <typename T>
__device__ __forceinline__ void cross_entropy(const T* x, const int* label, int rows, int width,
                                              float* sums, int* counts, T* softmax) {
  const int lane = static_cast<int>(threadIdx.x) % WARP;
  const int warp = static_cast<int>(threadIdx.x) / WARP;
  float sum = 0.0f;
  int count = 0;
  for (int r = static_cast<int>(blockIdx.x) * ROWS + warp; r < rows;
       r += static_cast<int>(gridDim.x) * ROWS) {
    const T* row = x + static_cast<long long>(r) * width;
    const RowSum s = softmax_row(row, width, lane, softmax + static_cast<long long>(r) * width);
    const int own = label[r];
    if (lane == 0 && own >= 0) {
      const float at = own < width ? to_float(row[own]) : __int_as_float(0x7fc00000);  // NaN
      sum += logf(s.sum) + (s.largest - at);
      count++;
    }
  }
  store_terms(sum, count, sums, counts);
}

template <typename T>
__device__ __forceinline__ void cross_entropy_backward(const T* dloss, const T* softmax,
                                                       const int* label, int rows, int width,
                                                       const int* counts, int blocks, T* dx) {
  const float scale = to_float(dloss[0]) / divisor(counts, blocks);
  const int lane = static_cast<int>(threadIdx.x) % WARP;
  const int warp = static_cast<int>(threadIdx.x) / WARP;
  for (int r = static_cast<int>(blockIdx.x) * ROWS + warp; r < rows;
       r += static_cast<int>(gridDim.x) * ROWS) {
    const long long row = static_cast<long long>(r) * width;
    const int own = label[r];
    for (int c = lane; c < width; c += WARP) {
      const float target = c == own ? 1.0f : 0.0f;
      dx[row + c] = from_float<T>(own < 0 ? 0.0f : scale * (to_float(softmax[row + c]) - target));
    }
  }
}

// ---- Binary cross-entropy with logits x and targets t, both [n] ----

__device__ __forceinline__ float binary_term(float x, float t) {
  return fmaxf(x, 0.0f) - x * t + log1pf(expf(-fabsf(x)));
}

__device__ __forceinline__ float binary_slope(float x, float t, float scale) {
  return t >= 0.0f ? scale * (1.0f / (1.0f + expf(-x)) - t) : 0.0f;
}

template <typename T>
__device__ __forceinline__ void binary_cross_entropy(const T* x, const T* t, long long n,
                                                     float* sums, int* counts) {
  constexpr int SIZE = Sixteen<T>::SIZE;
  const long long lots = n / SIZE;
  float sum = 0.0f;
  int count = 0;
  for (long long i = grid_start(); i < lots; i += grid_stride()) {
    const Sixteen<T> p = load16(x + i * SIZE);
    const Sixteen<T> q = load16(t + i * SIZE);
#pragma unroll
    for (int k = 0; k < SIZE; k++) {
      if (counts_in_mean(q.v[k])) {
        sum += binary_term(to_float(p.v[k]), to_float(q.v[k]));
        count++;
      }
    }
  }
  for (long long i = lots * SIZE + grid_start(); i < n; i += grid_stride()) {
    if (counts_in_mean(t[i])) {
      sum += binary_term(to_float(x[i]), to_float(t[i]));
      count++;
    }
  }
  store_terms(sum, count, sums, counts);
}

template <typename T>
__device__ __forceinline__ void binary_cross_entropy_backward(const T* dloss, const T* x,
                                                              const T* t, long long n,
                                                              const int* counts, int blocks,
                                                              T* dx) {
  constexpr int SIZE = Sixteen<T>::SIZE;
  const float scale = to_float(dloss[0]) / divisor(counts, blocks);
  const long long lots = n / SIZE;
  for (long long i = grid_start(); i < lots; i += grid_stride()) {
    Sixteen<T> p = load16(x + i * SIZE);
    const Sixteen<T> q = load16(t + i * SIZE);
#pragma unroll
    for (int k = 0; k < SIZE; k++) {
      p.v[k] = from_float<T>(binary_slope(to_float(p.v[k]), to_float(q.v[k]), scale));
    }
    store16(dx + i * SIZE, p);
  }
  for (long long i = lots * SIZE + grid_start(); i < n; i += grid_stride()) {
    dx[i] = from_float<T>(binary_slope(to_float(x[i]), to_float(t[i]), scale));
  }
}

// ---- Smooth L1 of prediction a and target b [rows,width] ----

__device__ __forceinline__ float smooth_term(float d, float beta) {
  d = fabsf(d);
  return d < beta ? 0.5f * d * d / beta : d - 0.5f * beta;
}

__device__ __forceinline__ float smooth_slope(float d, float beta) {
  if (fabsf(d) < beta) {
    return d / beta;
  }
  return d > 0.0f ? 1.0f : d < 0.0f ? -1.0f : d;  // 0 and NaN stay
}

template <typename T>
__device__ __forceinline__ void smooth_l1(const T* a, const T* b, const int* label, int rows,
                                          int width, float beta, float* sums, int* counts) {
  float sum = 0.0f;
  int count = 0;
  for (long long r = grid_start(); r < rows; r += grid_stride()) {
    const int own = label[r];
    count += counts_in_mean(own) ? 1 : 0;
    if (own > 0) {
      for (long long i = r * width; i < (r + 1) * width; i++) {
        sum += smooth_term(to_float(a[i]) - to_float(b[i]), beta);
      }
    }
  }
  store_terms(sum, count, sums, counts);
}

template <typename T>
__device__ __forceinline__ void smooth_l1_backward(const T* dloss, const T* a, const T* b,
                                                   const int* label, int rows, int width,
                                                   float beta, const int* counts, int blocks,
                                                   T* dx) {
  const float scale = to_float(dloss[0]) / divisor(counts, blocks);
  const int fours = width % 4 == 0 ? width : 0;  // what goes in vectors
  for (long long r = grid_start(); r < rows; r += grid_stride()) {
    const bool positive = label[r] > 0;
    const long long row = r * width;
    for (int c = 0; c < fours; c += 4) {
      float4 v = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
      if (positive) {
        const float4 p = load4(a + row + c);
        const float4 q = load4(b + row + c);
        v = make_float4(
            scale * smooth_slope(p.x - q.x, beta), scale * smooth_slope(p.y - q.y, beta),
            scale * smooth_slope(p.z - q.z, beta), scale * smooth_slope(p.w - q.w, beta));
      }
      store4(dx + row + c, v);
    }
    for (int c = fours; c < width; c++) {
      const float d = positive ? to_float(a[row + c]) - to_float(b[row + c]) : 0.0f;
      dx[row + c] = from_float<T>(positive ? scale * smooth_slope(d, beta) : 0.0f);
    }
  }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(THREADS)
    count_labels(const int* label, long long n, int* counts) {
  count_terms(label, n, counts);
}

#define LOSSES(type, T)                                                                           \
  extern "C" __global__ void __launch_bounds__(THREADS)                                           \
      mean_##type(const float* sums, const int* counts, int blocks, T* loss) {                    \
    mean(sums, counts, blocks, loss);                                                             \
  }                                                                                               \
  extern "C" __global__ void __launch_bounds__(THREADS)                                           \
      count_targets_##type(const T* target, long long n, int* counts) {                           \
    count_terms(target, n, counts);                                                               \
  }                                                                                               \
  extern "C" __global__ void __launch_bounds__(THREADS)                                           \
      cross_entropy_##type(const T* x, const int* label, int rows, int width, float* sums,        \
                           int* counts, T* softmax) {                                             \
    cross_entropy(x, label, rows, width, sums, counts, softmax);                                  \
  }                                                                                               \
  extern "C" __global__ void __launch_bounds__(THREADS) cross_entropy_backward_##type(            \
      const T* dloss, const T* softmax, const int* label, int rows, int width, const int* counts, \
      int blocks, T* dx) {                                                                        \
    cross_entropy_backward(dloss, softmax, label, rows, width, counts, blocks, dx);               \
  }                                                                                               \
  extern "C" __global__ void __launch_bounds__(THREADS) binary_cross_entropy_##type(              \
      const T* x, const T* target, long long n, float* sums, int* counts) {                       \
    binary_cross_entropy(x, target, n, sums, counts);                                             \
  }                                                                                               \
  extern "C" __global__ void __launch_bounds__(THREADS) binary_cross_entropy_backward_##type(     \
      const T* dloss, const T* x, const T* target, long long n, const int* counts, int blocks,    \
      T* dx) {                                                                                    \
    binary_cross_entropy_backward(dloss, x, target, n, counts, blocks, dx);                       \
  }                                                                                               \
  extern "C" __global__ void __launch_bounds__(THREADS)                                           \
      smooth_l1_##type(const T* prediction, const T* target, const int* label, int rows,          \
                       int width, float beta, float* sums, int* counts) {                         \
    smooth_l1(prediction, target, label, rows, width, beta, sums, counts);                        \
  }                                                                                               \
  extern "C" __global__ void __launch_bounds__(THREADS) smooth_l1_backward_##type(                \
      const T* dloss, const T* prediction, const T* target, const int* label, int rows,           \
      int width, float beta, const int* counts, int blocks, T* dx) {                              \
    smooth_l1_backward(dloss, prediction, target, label, rows, width, beta, counts, blocks, dx);  \
  }

LOSSES(f32, float)
LOSSES(f16, __half)
LOSSES(bf16, bf16)

REGISTER_KERNEL(count_labels)
REGISTER_FLOAT_KERNELS(mean)
REGISTER_FLOAT_KERNELS(count_targets)
REGISTER_FLOAT_KERNELS(cross_entropy)
REGISTER_FLOAT_KERNELS(cross_entropy_backward)
REGISTER_FLOAT_KERNELS(binary_cross_entropy)
REGISTER_FLOAT_KERNELS(binary_cross_entropy_backward)
REGISTER_FLOAT_KERNELS(smooth_l1)
REGISTER_FLOAT_KERNELS(smooth_l1_backward)

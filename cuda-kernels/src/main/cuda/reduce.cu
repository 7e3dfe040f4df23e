// Sums (tensor.op.LinearAlgebra): sum_rows [R,C] → [C], the gradient of a bias; row_dots, two
// [R,W] → [R], the gradient of a folded norm; sum, of everything → one number.
//
// Layout: dense row-major. `partial` is float32 scratch, [chunks,C] for sum_rows and [blocks] for
// sum.
// Mapping: sum_rows puts `lanes` (a power of two ≤ 32) threads beside each other on the columns,
// each with four of them where C allows, and the remaining threads of the block on rows; grid x
// walks the columns, grid y the chunks of rows. With few columns all lanes are still busy.
// row_dots gives each row a block. sum is a grid-stride loop over 16-byte loads.
// Numerics: float32; each thread adds a few hundred numbers, trees add the rest, so the error grows
// with the logarithm of R and not with R (65,537 numbers of one sign: 1e-7 relative).
// Determinism: two stages without atomics. The number of chunks or blocks is the launcher's and
// follows from the sizes alone, so a result is the same on every device and in every run.
// Source: the op catalogue and its reference kernels.
#include "sixteen.cuh"

namespace {

constexpr int THREADS = 256;
constexpr int ROW_THREADS = 128;

// VEC neighbouring elements as floats.
template <int VEC, typename T>
__device__ __forceinline__ void load_columns(const T* x, float* v) {
  if constexpr (VEC == 4) {
    const float4 f = load4(x);
    v[0] = f.x;
    v[1] = f.y;
    v[2] = f.z;
    v[3] = f.w;
  } else {
    v[0] = to_float(x[0]);
  }
}

// Row blockIdx.y of y [gridDim.y,C] becomes the sum of its chunk of rows of x [rows,C].
template <int VEC, typename In, typename Out>
__device__ __forceinline__ void add_rows(const In* x, long long rows, int columns, int lanes,
                                         long long chunk, float* s, Out* y) {
  const int thread = static_cast<int>(threadIdx.x);
  const int lines = THREADS / lanes;
  const int line = thread / lanes;
  const int column = (static_cast<int>(blockIdx.x) * lanes + thread % lanes) * VEC;
  const long long first = blockIdx.y * chunk;
  const long long last = first + chunk < rows ? first + chunk : rows;
  float sum[VEC] = {};
  if (column < columns) {
    long long r = first + line;
    // Four loads in flight per thread: one would leave the memory idle.
    for (; r + 3 * lines < last; r += 4 * lines) {
      float v[4][VEC];
#pragma unroll
      for (int k = 0; k < 4; k++) {
        load_columns<VEC>(x + (r + k * lines) * columns + column, v[k]);
      }
#pragma unroll
      for (int k = 0; k < VEC; k++) {
        sum[k] += (v[0][k] + v[1][k]) + (v[2][k] + v[3][k]);
      }
    }
    for (; r < last; r += lines) {
      float v[VEC];
      load_columns<VEC>(x + r * columns + column, v);
#pragma unroll
      for (int k = 0; k < VEC; k++) {
        sum[k] += v[k];
      }
    }
  }
#pragma unroll
  for (int k = 0; k < VEC; k++) {
    s[k * THREADS + thread] = sum[k];
  }
  for (int half = lines / 2; half > 0; half /= 2) {
    __syncthreads();
    if (line < half) {
#pragma unroll
      for (int k = 0; k < VEC; k++) {
        s[k * THREADS + thread] += s[k * THREADS + thread + half * lanes];
      }
    }
  }
  if (line == 0 && column < columns) {
#pragma unroll
    for (int k = 0; k < VEC; k++) {
      y[static_cast<long long>(blockIdx.y) * columns + column + k] =
          from_float<Out>(s[k * THREADS + thread]);
    }
  }
}

template <typename In, typename Out>
__device__ __forceinline__ void sum_rows(const In* x, long long rows, int columns, int lanes,
                                         long long chunk, Out* y) {
  __shared__ float s[4 * THREADS];
  if (columns % 4 == 0) {
    add_rows<4>(x, rows, columns, lanes, chunk, s, y);
  } else {
    add_rows<1>(x, rows, columns, lanes, chunk, s, y);
  }
}

template <typename T>
__device__ __forceinline__ void row_dots(const T* a, const T* b, int rows, long long width, T* y) {
  for (int r = static_cast<int>(blockIdx.x); r < rows; r += static_cast<int>(gridDim.x)) {
    const T* p = a + r * width;
    const T* q = b + r * width;
    float sum = 0.0f;
    if (width % 4 == 0) {
      for (long long i = threadIdx.x * 4LL; i < width; i += ROW_THREADS * 4) {
        const float4 u = load4(p + i);
        const float4 v = load4(q + i);
        sum += (u.x * v.x + u.y * v.y) + (u.z * v.z + u.w * v.w);
      }
    } else {
      for (long long i = threadIdx.x; i < width; i += ROW_THREADS) {
        sum += to_float(p[i]) * to_float(q[i]);
      }
    }
    sum = block_sum<ROW_THREADS>(sum);
    if (threadIdx.x == 0) {
      y[r] = from_float<T>(sum);
    }
  }
}

// partial[blockIdx.x] (or y[0] of a single block) becomes the sum of this block's share of x.
template <typename In, typename Out>
__device__ __forceinline__ void sum(const In* x, long long n, Out* y) {
  constexpr int SIZE = Sixteen<In>::SIZE;
  const long long lots = n / SIZE;
  float total = 0.0f;
  for (long long i = grid_start(); i < lots; i += grid_stride()) {
    const Sixteen<In> p = load16(x + i * SIZE);
    float four = 0.0f;
#pragma unroll
    for (int k = 0; k < SIZE; k++) {
      four += to_float(p.v[k]);
    }
    total += four;
  }
  for (long long i = lots * SIZE + grid_start(); i < n; i += grid_stride()) {
    total += to_float(x[i]);
  }
  total = block_sum<THREADS>(total);
  if (threadIdx.x == 0) {
    y[blockIdx.x] = from_float<Out>(total);
  }
}

}  // namespace

#define SUM_ROWS(name, In, Out)                                                             \
  extern "C" __global__ void __launch_bounds__(THREADS)                                     \
      name(const In* x, long long rows, int columns, int lanes, long long chunk, Out* y) {  \
    sum_rows(x, rows, columns, lanes, chunk, y);                                            \
  }
#define ROW_DOTS(name, T)                                                   \
  extern "C" __global__ void __launch_bounds__(ROW_THREADS)                 \
      name(const T* a, const T* b, int rows, long long width, T* y) {       \
    row_dots(a, b, rows, width, y);                                         \
  }
#define SUM(name, In, Out)                                                                       \
  extern "C" __global__ void __launch_bounds__(THREADS) name(const In* x, long long n, Out* y) { \
    sum(x, n, y);                                                                                \
  }

// First stages write float32 partial sums, second stages read them.
SUM_ROWS(sum_rows_partial_f32, float, float)
SUM_ROWS(sum_rows_partial_f16, __half, float)
SUM_ROWS(sum_rows_partial_bf16, bf16, float)
SUM_ROWS(sum_rows_finish_f32, float, float)
SUM_ROWS(sum_rows_finish_f16, float, __half)
SUM_ROWS(sum_rows_finish_bf16, float, bf16)
ROW_DOTS(row_dots_f32, float)
ROW_DOTS(row_dots_f16, __half)
ROW_DOTS(row_dots_bf16, bf16)
SUM(sum_partial_f32, float, float)
SUM(sum_partial_f16, __half, float)
SUM(sum_partial_bf16, bf16, float)
SUM(sum_finish_f32, float, float)
SUM(sum_finish_f16, float, __half)
SUM(sum_finish_bf16, float, bf16)

REGISTER_FLOAT_KERNELS(sum_rows_partial)
REGISTER_FLOAT_KERNELS(sum_rows_finish)
REGISTER_FLOAT_KERNELS(row_dots)
REGISTER_FLOAT_KERNELS(sum_partial)
REGISTER_FLOAT_KERNELS(sum_finish)

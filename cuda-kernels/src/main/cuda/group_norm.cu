// Group normalisation (Wu and He 2018) of [N,rows,C], C innermost, and its gradient.
//
// Thread mapping: the rows (pixels) of an image are cut into chunks; a block serves one chunk. In it
// a thread keeps one pack of channels (16 bytes where C allows) and walks down the rows, so accesses
// are coalesced and what belongs to a channel (mean, slope, sums) stays in registers. Chunks make a
// few large images fill the device as well as many small ones.
//
// Forward, three launches: moments per chunk and channel; a group's moments over its chunks and
// channels; normalisation. Backward: sums of dy and dy * h, h = (x - mean) * scale, per chunk and
// channel; over chunks; over the channels of a group; dx; over images (gamma and beta).
//
// Numerics: float32 whatever the type of x. Variances by Welford's recurrence in a thread and by
// deviations from the common mean between threads, since E[x^2] - E[x]^2 loses 1e-4 at a mean of 30
// deviations. The normalisation uses the unrounded statistics; those that are handed out are rounded
// to the type of x, and the gradient works with these.
//
// Determinism: no atomics; all sums run in an order that depends on the shape alone.
#include "pack.cuh"

namespace {

constexpr int THREADS = 256;

// Channels side by side and parts one after the other in a block that folds.
constexpr int FOLD_LANES = 32;
constexpr int FOLD_SLOTS = THREADS / FOLD_LANES;

// A chunk of the rows of an image: block number = image * chunks + chunk.
struct Chunk {
  int image;
  int first;
  int last;

  __device__ __forceinline__ Chunk(int rows, int chunk_rows) {
    const int chunks = ceil_div(rows, chunk_rows);
    image = static_cast<int>(blockIdx.x) / chunks;
    first = static_cast<int>(blockIdx.x) % chunks * chunk_rows;
    last = min(first + chunk_rows, rows);
  }
};

// Rows that slot `slot` of `slots` takes of a chunk.
__device__ __forceinline__ int taken(const Chunk& chunk, int slot, int slots) {
  const int left = chunk.last - chunk.first - slot;
  return left > 0 ? ceil_div(left, slots) : 0;
}

template <typename T, int V>
__device__ __forceinline__ void moments(const T* x, int rows, int channels, int chunk_rows,
                                        float* mean_out, float* square_out) {
  __shared__ float means[V][THREADS];
  __shared__ float squares[V][THREADS];
  const Chunk chunk(rows, chunk_rows);
  const Weave weave(channels / V);
  const T* base = x + static_cast<long long>(chunk.image) * rows * channels;
  for (int pack = weave.lane; pack - weave.lane < weave.packs; pack += weave.lanes) {
    const bool active = weave.slot < weave.slots && pack < weave.packs;
    float mean[V] = {};
    float square[V] = {};
    const int mine = active ? taken(chunk, weave.slot, weave.slots) : 0;
    const T* from =
        base + static_cast<long long>(chunk.first + weave.slot) * channels + pack * V;
#pragma unroll 4
    for (int k = 0; k < mine; k++, from += static_cast<long long>(weave.slots) * channels) {
      const float part = __frcp_rn(static_cast<float>(k + 1));
      float value[V];
      load_pack<V>(from, value);
#pragma unroll
      for (int v = 0; v < V; v++) {
        const float d = value[v] - mean[v];
        mean[v] += d * part;
        square[v] += d * (value[v] - mean[v]);
      }
    }
#pragma unroll
    for (int v = 0; v < V; v++) {
      means[v][threadIdx.x] = mean[v];
      squares[v][threadIdx.x] = square[v];
    }
    __syncthreads();
    if (weave.slot == 0 && active) {
      const float share = 1.0f / static_cast<float>(chunk.last - chunk.first);
      const long long to = static_cast<long long>(blockIdx.x) * channels + pack * V;
#pragma unroll
      for (int v = 0; v < V; v++) {
        float m = 0.0f;
        for (int s = 0; s < weave.slots; s++) {
          m += static_cast<float>(taken(chunk, s, weave.slots)) * means[v][s * weave.lanes + weave.lane];
        }
        m *= share;
        float q = 0.0f;
        for (int s = 0; s < weave.slots; s++) {
          const int at = s * weave.lanes + weave.lane;
          const float d = means[v][at] - m;
          q += squares[v][at] + static_cast<float>(taken(chunk, s, weave.slots)) * d * d;
        }
        mean_out[to + v] = m;
        square_out[to + v] = q;
      }
    }
    __syncthreads();
  }
}

// The sum over a block of 32 to THREADS threads (whole warps), in every thread.
__device__ __forceinline__ float sum_of_block(float value) {
  __shared__ float warps[THREADS / WARP];
  value = warp_sum(value);
  if (threadIdx.x % WARP == 0) {
    warps[threadIdx.x / WARP] = value;
  }
  __syncthreads();
  float sum = 0.0f;
  for (int w = 0; w < static_cast<int>(blockDim.x) / WARP; w++) {
    sum += warps[w];
  }
  __syncthreads();
  return sum;
}

// One block per group of an image: merges the moments of chunks x channels.
template <typename T>
__device__ __forceinline__ void merge(const float* means, const float* squares, int groups,
                                      int rows, int channels, int chunk_rows, float epsilon,
                                      float* mean, float* scale, T* mean_out, T* scale_out) {
  const int width = channels / groups;
  const int chunks = ceil_div(rows, chunk_rows);
  const long long group = blockIdx.x;
  const long long image = group / groups;
  const long long first = image * chunks * channels + group % groups * width;
  const int parts = chunks * width;
  // Of no pixels the mean is 0 and so is the variance.
  const float total = fmaxf(static_cast<float>(rows) * static_cast<float>(width), 1.0f);
  const auto count = [&](int chunk) {
    return static_cast<float>(min(chunk_rows, rows - chunk * chunk_rows));
  };
  float sum = 0.0f;
  for (int k = static_cast<int>(threadIdx.x); k < parts; k += static_cast<int>(blockDim.x)) {
    const int chunk = k / width;
    sum += count(chunk) * means[first + static_cast<long long>(chunk) * channels + k % width];
  }
  const float center = sum_of_block(sum) / total;
  float square = 0.0f;
  for (int k = static_cast<int>(threadIdx.x); k < parts; k += static_cast<int>(blockDim.x)) {
    const int chunk = k / width;
    const long long at = first + static_cast<long long>(chunk) * channels + k % width;
    const float d = means[at] - center;
    square += squares[at] + count(chunk) * d * d;
  }
  const float variance = sum_of_block(square) / total;
  if (threadIdx.x == 0) {
    const float slope = 1.0f / sqrtf(variance + epsilon);
    mean[group] = center;
    scale[group] = slope;
    mean_out[group] = from_float<T>(center);
    scale_out[group] = from_float<T>(slope);
  }
}

template <typename T, int V>
__device__ __forceinline__ void normalize(const T* x, const T* gamma, const T* beta,
                                          const float* mean, const float* scale, int groups,
                                          int rows, int channels, int chunk_rows, int relu, T* y) {
  const Chunk chunk(rows, chunk_rows);
  const Weave weave(channels / V);
  const int width = channels / groups;
  if (weave.slot >= weave.slots) {
    return;
  }
  for (int pack = weave.lane; pack < weave.packs; pack += weave.lanes) {
    float center[V];
    float slope[V];
    float shift[V];
#pragma unroll
    for (int v = 0; v < V; v++) {
      const int c = pack * V + v;
      const long long group = static_cast<long long>(chunk.image) * groups + c / width;
      center[v] = mean[group];
      slope[v] = scale[group] * to_float(gamma[c]);
      shift[v] = to_float(beta[c]);
    }
    for (int row = chunk.first + weave.slot; row < chunk.last; row += weave.slots) {
      const long long at = (static_cast<long long>(chunk.image) * rows + row) * channels + pack * V;
      float value[V];
      load_pack<V>(x + at, value);
#pragma unroll
      for (int v = 0; v < V; v++) {
        value[v] = (value[v] - center[v]) * slope[v] + shift[v];
        // Not fmaxf: NaN stays NaN.
        value[v] = relu && value[v] < 0.0f ? 0.0f : value[v];
      }
      store_pack<V>(y + at, value);
    }
  }
}

// Per chunk and channel: sums[0] of dy, sums[1] of dy * h; each [images * chunks, channels].
template <typename T, int V>
__device__ __forceinline__ void sums(const T* dy, const T* x, const T* mean, const T* scale,
                                     int groups, int rows, int channels, int chunk_rows,
                                     float* out) {
  __shared__ float plain[V][THREADS];
  __shared__ float deviating[V][THREADS];
  const Chunk chunk(rows, chunk_rows);
  const Weave weave(channels / V);
  const int width = channels / groups;
  const long long half = static_cast<long long>(gridDim.x) * channels;
  for (int pack = weave.lane; pack - weave.lane < weave.packs; pack += weave.lanes) {
    const bool active = weave.slot < weave.slots && pack < weave.packs;
    float sum[V] = {};
    float sum_h[V] = {};
    if (active) {
      float center[V];
      float slope[V];
#pragma unroll
      for (int v = 0; v < V; v++) {
        const long long group =
            static_cast<long long>(chunk.image) * groups + (pack * V + v) / width;
        center[v] = to_float(mean[group]);
        slope[v] = to_float(scale[group]);
      }
#pragma unroll 2
      for (int row = chunk.first + weave.slot; row < chunk.last; row += weave.slots) {
        const long long at =
            (static_cast<long long>(chunk.image) * rows + row) * channels + pack * V;
        float g[V];
        float value[V];
        load_pack<V>(dy + at, g);
        load_pack<V>(x + at, value);
#pragma unroll
        for (int v = 0; v < V; v++) {
          sum[v] += g[v];
          sum_h[v] += g[v] * ((value[v] - center[v]) * slope[v]);
        }
      }
    }
#pragma unroll
    for (int v = 0; v < V; v++) {
      plain[v][threadIdx.x] = sum[v];
      deviating[v][threadIdx.x] = sum_h[v];
    }
    __syncthreads();
    if (weave.slot == 0 && active) {
      const long long to = static_cast<long long>(blockIdx.x) * channels + pack * V;
#pragma unroll
      for (int v = 0; v < V; v++) {
        float a = 0.0f;
        float b = 0.0f;
        for (int s = 0; s < weave.slots; s++) {
          a += plain[v][s * weave.lanes + weave.lane];
          b += deviating[v][s * weave.lanes + weave.lane];
        }
        out[to + v] = a;
        out[half + to + v] = b;
      }
    }
    __syncthreads();
  }
}

// Sums parts [outer,depth,channels] over depth. Block number = outer * slices + slice of 32 channels.
template <typename T>
__device__ __forceinline__ void fold(const float* parts, int depth, int channels, T* out) {
  __shared__ float partial[FOLD_SLOTS][FOLD_LANES];
  const int slices = ceil_div(channels, FOLD_LANES);
  const long long outer = static_cast<int>(blockIdx.x) / slices;
  const int lane = static_cast<int>(threadIdx.x) % FOLD_LANES;
  const int slot = static_cast<int>(threadIdx.x) / FOLD_LANES;
  const int c = static_cast<int>(blockIdx.x) % slices * FOLD_LANES + lane;
  float sum = 0.0f;
  if (c < channels) {
#pragma unroll 4
    for (int d = slot; d < depth; d += FOLD_SLOTS) {
      sum += parts[(outer * depth + d) * channels + c];
    }
  }
  partial[slot][lane] = sum;
  __syncthreads();
  if (slot == 0 && c < channels) {
    float total = 0.0f;
#pragma unroll
    for (int s = 0; s < FOLD_SLOTS; s++) {
      total += partial[s][lane];
    }
    out[outer * channels + c] = from_float<T>(total);
  }
}

// dx = scale * (e - mean(e) - h * mean(e * h)), e = dy * gamma, the means over each group.
template <typename T, int V>
__device__ __forceinline__ void gradient(const T* dy, const T* x, const T* gamma, const T* mean,
                                         const T* scale, const float* group_means, int images,
                                         int groups, int rows, int channels, int chunk_rows,
                                         T* dx) {
  const Chunk chunk(rows, chunk_rows);
  const Weave weave(channels / V);
  const int width = channels / groups;
  const long long half = static_cast<long long>(images) * groups;
  if (weave.slot >= weave.slots) {
    return;
  }
  for (int pack = weave.lane; pack < weave.packs; pack += weave.lanes) {
    float center[V];
    float slope[V];
    float weight[V];
    float mean_e[V];
    float mean_eh[V];
#pragma unroll
    for (int v = 0; v < V; v++) {
      const int c = pack * V + v;
      const long long group = static_cast<long long>(chunk.image) * groups + c / width;
      center[v] = to_float(mean[group]);
      slope[v] = to_float(scale[group]);
      weight[v] = to_float(gamma[c]);
      mean_e[v] = group_means[group];
      mean_eh[v] = group_means[half + group];
    }
    for (int row = chunk.first + weave.slot; row < chunk.last; row += weave.slots) {
      const long long at = (static_cast<long long>(chunk.image) * rows + row) * channels + pack * V;
      float g[V];
      float value[V];
      load_pack<V>(dy + at, g);
      load_pack<V>(x + at, value);
#pragma unroll
      for (int v = 0; v < V; v++) {
        const float h = (value[v] - center[v]) * slope[v];
        value[v] = slope[v] * (g[v] * weight[v] - mean_e[v] - h * mean_eh[v]);
      }
      store_pack<V>(dx + at, value);
    }
  }
}

}  // namespace

// grid: images * chunks blocks; chunks = ceil(rows / chunk_rows). means, squares: per block and
// channel the mean, and the sum of squared deviations from it.
#define GROUP_NORM_MOMENTS(suffix, T)                                                            \
  extern "C" __global__ void __launch_bounds__(THREADS, 2) group_norm_moments_##suffix(          \
      const T* x, int rows, int channels, int chunk_rows, float* means, float* squares) {        \
    if (channels % WIDE<T> == 0) {                                                               \
      moments<T, WIDE<T>>(x, rows, channels, chunk_rows, means, squares);                        \
    } else {                                                                                     \
      moments<T, 1>(x, rows, channels, chunk_rows, means, squares);                              \
    }                                                                                            \
  }

GROUP_NORM_MOMENTS(f32, float)
GROUP_NORM_MOMENTS(f16, __half)
GROUP_NORM_MOMENTS(bf16, bf16)

// grid: images * groups blocks of whole warps. mean, scale: float32, for the normalisation.
#define GROUP_NORM_MERGE(suffix, T)                                                              \
  extern "C" __global__ void __launch_bounds__(THREADS) group_norm_merge_##suffix(               \
      const float* means, const float* squares, int groups, int rows, int channels,              \
      int chunk_rows, float epsilon, float* mean, float* scale, T* mean_out, T* scale_out) {     \
    merge<T>(means, squares, groups, rows, channels, chunk_rows, epsilon, mean, scale, mean_out, \
             scale_out);                                                                         \
  }

GROUP_NORM_MERGE(f32, float)
GROUP_NORM_MERGE(f16, __half)
GROUP_NORM_MERGE(bf16, bf16)

// grid: images * chunks blocks.
#define GROUP_NORM_APPLY(suffix, T)                                                              \
  extern "C" __global__ void __launch_bounds__(THREADS, 2) group_norm_apply_##suffix(            \
      const T* x, const T* gamma, const T* beta, const float* mean, const float* scale,          \
      int groups, int rows, int channels, int chunk_rows, int relu, T* y) {                      \
    if (channels % WIDE<T> == 0) {                                                               \
      normalize<T, WIDE<T>>(x, gamma, beta, mean, scale, groups, rows, channels, chunk_rows,     \
                            relu, y);                                                            \
    } else {                                                                                     \
      normalize<T, 1>(x, gamma, beta, mean, scale, groups, rows, channels, chunk_rows, relu, y); \
    }                                                                                            \
  }

GROUP_NORM_APPLY(f32, float)
GROUP_NORM_APPLY(f16, __half)
GROUP_NORM_APPLY(bf16, bf16)

// grid: images * chunks blocks. parts: [2, images * chunks, channels], sums of dy and of dy * h.
#define GROUP_NORM_SUMS(suffix, T)                                                               \
  extern "C" __global__ void __launch_bounds__(THREADS, 2) group_norm_sums_##suffix(             \
      const T* dy, const T* x, const T* mean, const T* scale, int groups, int rows,              \
      int channels, int chunk_rows, float* parts) {                                              \
    if (channels % WIDE<T> == 0) {                                                               \
      sums<T, WIDE<T>>(dy, x, mean, scale, groups, rows, channels, chunk_rows, parts);           \
    } else {                                                                                     \
      sums<T, 1>(dy, x, mean, scale, groups, rows, channels, chunk_rows, parts);                 \
    }                                                                                            \
  }

GROUP_NORM_SUMS(f32, float)
GROUP_NORM_SUMS(f16, __half)
GROUP_NORM_SUMS(bf16, bf16)

// Sums [outer,depth,channels] over depth; grid: outer * ceil(channels / 32) blocks.
#define GROUP_NORM_FOLD(suffix, T)                                                               \
  extern "C" __global__ void __launch_bounds__(THREADS) group_norm_fold_##suffix(                \
      const float* parts, int depth, int channels, T* out) {                                     \
    fold<T>(parts, depth, channels, out);                                                        \
  }

GROUP_NORM_FOLD(f32, float)
GROUP_NORM_FOLD(f16, __half)
GROUP_NORM_FOLD(bf16, bf16)

// sums [2,images,channels] -> group_means [2,images,groups]: means over a group of e and of e * h.
#define GROUP_NORM_GROUPS(suffix, T)                                                             \
  extern "C" __global__ void __launch_bounds__(THREADS) group_norm_groups_##suffix(              \
      const float* sums, const T* gamma, int images, int groups, int rows, int channels,         \
      float* group_means) {                                                                      \
    const int width = channels / groups;                                                         \
    const float total = static_cast<float>(rows) * static_cast<float>(width);                    \
    const long long count = 2LL * images * groups;                                               \
    for (long long i = grid_start(); i < count; i += grid_stride()) {                            \
      const int first = static_cast<int>(i % groups) * width;                                    \
      const float* row = sums + i / groups * channels;                                           \
      float sum = 0.0f;                                                                          \
      for (int c = first; c < first + width; c++) {                                              \
        sum += to_float(gamma[c]) * row[c];                                                      \
      }                                                                                          \
      group_means[i] = sum / total;                                                              \
    }                                                                                            \
  }

GROUP_NORM_GROUPS(f32, float)
GROUP_NORM_GROUPS(f16, __half)
GROUP_NORM_GROUPS(bf16, bf16)

// grid: images * chunks blocks.
#define GROUP_NORM_GRADIENT(suffix, T)                                                           \
  extern "C" __global__ void __launch_bounds__(THREADS, 2) group_norm_gradient_##suffix(         \
      const T* dy, const T* x, const T* gamma, const T* mean, const T* scale,                    \
      const float* group_means, int images, int groups, int rows, int channels, int chunk_rows,  \
      T* dx) {                                                                                   \
    if (channels % WIDE<T> == 0) {                                                               \
      gradient<T, WIDE<T>>(dy, x, gamma, mean, scale, group_means, images, groups, rows,         \
                           channels, chunk_rows, dx);                                            \
    } else {                                                                                     \
      gradient<T, 1>(dy, x, gamma, mean, scale, group_means, images, groups, rows, channels,     \
                     chunk_rows, dx);                                                            \
    }                                                                                            \
  }

GROUP_NORM_GRADIENT(f32, float)
GROUP_NORM_GRADIENT(f16, __half)
GROUP_NORM_GRADIENT(bf16, bf16)

REGISTER_KERNEL(group_norm_moments_f32)
REGISTER_KERNEL(group_norm_moments_f16)
REGISTER_KERNEL(group_norm_moments_bf16)
REGISTER_KERNEL(group_norm_merge_f32)
REGISTER_KERNEL(group_norm_merge_f16)
REGISTER_KERNEL(group_norm_merge_bf16)
REGISTER_KERNEL(group_norm_apply_f32)
REGISTER_KERNEL(group_norm_apply_f16)
REGISTER_KERNEL(group_norm_apply_bf16)
REGISTER_KERNEL(group_norm_sums_f32)
REGISTER_KERNEL(group_norm_sums_f16)
REGISTER_KERNEL(group_norm_sums_bf16)
REGISTER_KERNEL(group_norm_fold_f32)
REGISTER_KERNEL(group_norm_fold_f16)
REGISTER_KERNEL(group_norm_fold_bf16)
REGISTER_KERNEL(group_norm_groups_f32)
REGISTER_KERNEL(group_norm_groups_f16)
REGISTER_KERNEL(group_norm_groups_bf16)
REGISTER_KERNEL(group_norm_gradient_f32)
REGISTER_KERNEL(group_norm_gradient_f16)
REGISTER_KERNEL(group_norm_gradient_bf16)

// Ops that move elements: concatenation, slices, rows by index, the columns of a class.
//
// Moving does not depend on the type: kernels copy units of 1, 2, 4 or 16 bytes (suffix b1 ... b16),
// and the launcher takes the widest unit that divides every run of bytes that stays together. All
// are driven by the output: one thread per output unit, grid-stride, so each output unit is written
// exactly once, zeros included. What stays together is contiguous for neighbouring threads.
//
// gather_rows_backward sums rows that meet. To be deterministic without atomics, positions are
// sorted by index, stably (gather_rows_order); then threads add the rows of each distinct index in
// ascending order of position, in float32 (gather_rows_sum); the launcher has filled the rest with zeros.
//
// An index at or above its bound ends the launch with a fault.
#include "pack.cuh"

namespace {

constexpr int THREADS = 256;

// Inputs of one launch of concat.
constexpr int SOURCES = 8;

// Units up to and including a source's, in a run of the output.
template <typename U>
struct Source {
  const U* data;
  long long end;
};

#define SOURCE(U, n) const U *from##n, long long end##n
#define CONCAT_SOURCES(U) \
  SOURCE(U, 0), SOURCE(U, 1), SOURCE(U, 2), SOURCE(U, 3), SOURCE(U, 4), SOURCE(U, 5), \
      SOURCE(U, 6), SOURCE(U, 7)
#define CONCAT_ENTRY(n) {from##n, end##n}
#define CONCAT_ENTRIES                                                                  \
  {CONCAT_ENTRY(0), CONCAT_ENTRY(1), CONCAT_ENTRY(2), CONCAT_ENTRY(3), CONCAT_ENTRY(4), \
   CONCAT_ENTRY(5), CONCAT_ENTRY(6), CONCAT_ENTRY(7)}

template <typename U>
struct Sources {
  Source<U> list[SOURCES];
};

// The unit that belongs at position `at` of run `outer`.
template <typename U>
__device__ __forceinline__ U concatenated(const Sources<U>& sources, long long outer,
                                          long long at) {
  const U* data = sources.list[0].data;
  long long begin = 0;
  long long end = sources.list[0].end;
#pragma unroll
  for (int s = 1; s < SOURCES; s++) {
    if (at >= end) {
      data = sources.list[s].data;
      begin = end;
      end = sources.list[s].end;
    }
  }
  CHECK_ALIGNED(data, sizeof(U));
  return data[outer * (end - begin) + at - begin];
}

template <typename U>
__device__ __forceinline__ U zero() {
  return U{};
}

}  // namespace

// Runs of sources side by side into runs of the output: `outer` runs of `run` units, every `pitch`
// units from `offset`. Source s ends at end_s in a run; unused sources repeat the last end.
#define CONCAT(suffix, U)                                                                        \
  extern "C" __global__ void __launch_bounds__(THREADS) concat_##suffix(                         \
      CONCAT_SOURCES(U), long long outer, long long run, long long pitch, long long offset,      \
      U* to) {                                                                                   \
    const Sources<U> sources{CONCAT_ENTRIES};                                                    \
    for (long long i = grid_start(); i < outer * run; i += grid_stride()) {                      \
      long long at;                                                                              \
      const long long o = divide(i, run, at);                                                    \
      to[o * pitch + offset + at] = concatenated(sources, o, at);                                \
    }                                                                                            \
  }

// `outer` runs of `run` units, taken every `pitch` units from `offset`.
#define SLICE(suffix, U)                                                                         \
  extern "C" __global__ void __launch_bounds__(THREADS) slice_##suffix(                          \
      const U* from, long long outer, long long run, long long pitch, long long offset, U* to) { \
    for (long long i = grid_start(); i < outer * run; i += grid_stride()) {                      \
      long long at;                                                                              \
      const long long o = divide(i, run, at);                                                    \
      to[i] = from[o * pitch + offset + at];                                                     \
    }                                                                                            \
  }

// The inverse placement: zeros outside of the slice.
#define SLICE_BACKWARD(suffix, U)                                                                \
  extern "C" __global__ void __launch_bounds__(THREADS) slice_backward_##suffix(                 \
      const U* from, long long outer, long long run, long long pitch, long long offset, U* to) { \
    for (long long i = grid_start(); i < outer * pitch; i += grid_stride()) {                    \
      long long at;                                                                              \
      const long long o = divide(i, pitch, at);                                                  \
      const bool inside = at >= offset && at < offset + run;                                     \
      to[i] = inside ? from[o * run + at - offset] : zero<U>();                                  \
    }                                                                                            \
  }

// Rows of `width` units by index, `rows` to choose from; a negative index gives zeros. With
// per_image > 0 each so many indices choose from the next `rows` rows.
#define GATHER_ROWS(suffix, U)                                                                   \
  extern "C" __global__ void __launch_bounds__(THREADS) gather_rows_##suffix(                    \
      const U* from, const int* index, long long count, long long width, int rows,               \
      int per_image, U* to) {                                                                    \
    for (long long i = grid_start(); i < count * width; i += grid_stride()) {                    \
      long long at;                                                                              \
      const long long k = divide(i, width, at);                                                  \
      const int row = index[k];                                                                  \
      require(row < rows);                                                                       \
      const long long image = per_image > 0 ? k / per_image : 0;                                 \
      to[i] = row < 0 ? zero<U>() : from[(image * rows + row) * width + at];                     \
    }                                                                                            \
  }

// y[r,s,:] = x[r,s, label[r] * width ...]: `lines` = R * S lines of `columns` units, S `spots`.
#define SELECT_CLASS(suffix, U)                                                                  \
  extern "C" __global__ void __launch_bounds__(THREADS) select_class_##suffix(                   \
      const U* x, const int* label, long long lines, int spots, long long columns,               \
      long long width, U* y) {                                                                   \
    for (long long i = grid_start(); i < lines * width; i += grid_stride()) {                    \
      long long at;                                                                              \
      long long spot;                                                                            \
      const long long line = divide(i, width, at);                                               \
      const int k = label[divide(line, spots, spot)];                                            \
      require(k < 0 || (k + 1LL) * width <= columns);                                            \
      y[i] = k < 0 ? zero<U>() : x[line * columns + k * width + at];                             \
    }                                                                                            \
  }

#define SELECT_CLASS_BACKWARD(suffix, U)                                                         \
  extern "C" __global__ void __launch_bounds__(THREADS) select_class_backward_##suffix(          \
      const U* dy, const int* label, long long lines, int spots, long long columns,              \
      long long width, U* dx) {                                                                  \
    for (long long i = grid_start(); i < lines * columns; i += grid_stride()) {                  \
      long long column;                                                                          \
      long long spot;                                                                            \
      const long long line = divide(i, columns, column);                                         \
      const int k = label[divide(line, spots, spot)];                                            \
      require(k < 0 || (k + 1LL) * width <= columns);                                            \
      const long long at = column - k * width;                                                   \
      dx[i] = k >= 0 && at >= 0 && at < width ? dy[line * width + at] : zero<U>();               \
    }                                                                                            \
  }

#define MOVEMENT(suffix, U)        \
  CONCAT(suffix, U)                \
  SLICE(suffix, U)                 \
  SLICE_BACKWARD(suffix, U)        \
  GATHER_ROWS(suffix, U)           \
  SELECT_CLASS(suffix, U)          \
  SELECT_CLASS_BACKWARD(suffix, U)

MOVEMENT(b1, unsigned char)
MOVEMENT(b2, unsigned short)
MOVEMENT(b4, unsigned)
MOVEMENT(b16, uint4)

// Positions of an index [count], each in [-1, rows), sorted by value, stably. One thread each.
extern "C" __global__ void __launch_bounds__(THREADS)
    gather_rows_order(const int* index, int count, int rows, int* order) {
  const auto key = [&](int k) { return max(index[k], -1); };
  const int thread = static_cast<int>(grid_start());
  const bool mine = thread < count;
  const int value = mine ? key(thread) : -1;
  require(value < rows);
  const int rank = stable_rank<THREADS>(key, count, value, mine ? thread : -1);
  if (mine) {
    order[rank] = thread;
  }
}

// Adds up the rows of dy [count,width] that share an index: the thread at the first position of an
// index, for one pack of columns, runs through the positions that follow.
namespace {

template <typename T, int V>
__device__ __forceinline__ void sum_rows(const T* dy, const int* index, const int* order,
                                         int count, long long width, T* dx) {
  const long long packs = width / V;
  for (long long i = grid_start(); i < count * packs; i += grid_stride()) {
    long long pack;
    int at = static_cast<int>(divide(i, packs, pack));
    const int row = index[order[at]];
    if (row < 0 || (at > 0 && index[order[at - 1]] == row)) {
      continue;
    }
    float sum[V] = {};
    for (; at < count; at++) {
      const int k = order[at];
      if (index[k] != row) {
        break;
      }
      float value[V];
      load_pack<V>(dy + k * width + pack * V, value);
#pragma unroll
      for (int v = 0; v < V; v++) {
        sum[v] += value[v];
      }
    }
    store_pack<V>(dx + row * width + pack * V, sum);
  }
}

}  // namespace

#define GATHER_ROWS_SUM(suffix, T)                                                               \
  extern "C" __global__ void __launch_bounds__(THREADS) gather_rows_sum_##suffix(                \
      const T* dy, const int* index, const int* order, int count, long long width, T* dx) {      \
    if (width % WIDE<T> == 0) {                                                                  \
      sum_rows<T, WIDE<T>>(dy, index, order, count, width, dx);                                  \
    } else {                                                                                     \
      sum_rows<T, 1>(dy, index, order, count, width, dx);                                        \
    }                                                                                            \
  }

GATHER_ROWS_SUM(f32, float)
GATHER_ROWS_SUM(f16, __half)
GATHER_ROWS_SUM(bf16, bf16)

REGISTER_KERNEL(concat_b1)
REGISTER_KERNEL(concat_b2)
REGISTER_KERNEL(concat_b4)
REGISTER_KERNEL(concat_b16)
REGISTER_KERNEL(slice_b1)
REGISTER_KERNEL(slice_b2)
REGISTER_KERNEL(slice_b4)
REGISTER_KERNEL(slice_b16)
REGISTER_KERNEL(slice_backward_b1)
REGISTER_KERNEL(slice_backward_b2)
REGISTER_KERNEL(slice_backward_b4)
REGISTER_KERNEL(slice_backward_b16)
REGISTER_KERNEL(gather_rows_b1)
REGISTER_KERNEL(gather_rows_b2)
REGISTER_KERNEL(gather_rows_b4)
REGISTER_KERNEL(gather_rows_b16)
REGISTER_KERNEL(select_class_b1)
REGISTER_KERNEL(select_class_b2)
REGISTER_KERNEL(select_class_b4)
REGISTER_KERNEL(select_class_b16)
REGISTER_KERNEL(select_class_backward_b1)
REGISTER_KERNEL(select_class_backward_b2)
REGISTER_KERNEL(select_class_backward_b4)
REGISTER_KERNEL(select_class_backward_b16)
REGISTER_KERNEL(gather_rows_order)
REGISTER_KERNEL(gather_rows_sum_f32)
REGISTER_KERNEL(gather_rows_sum_f16)
REGISTER_KERNEL(gather_rows_sum_bf16)

// Packs of neighbouring elements moved by one access of up to 16 bytes, divisions of flat positions,
// and ranks: what the kernels that move, pool and normalise NHWC arrays share.
//
// Channels are the innermost axis, so a thread takes a pack of them: 4 float32 or 8 half-precision
// numbers where the channel count is a multiple of that, one otherwise. Tensors start at multiples
// of 64 bytes at least, so every pack is then aligned.
#pragma once

#include "common.cuh"

template <typename T, int V>
struct alignas(V * sizeof(T)) Pack {
  T at[V];
};

// Elements of a 16-byte access.
template <typename T>
constexpr int WIDE = 16 / static_cast<int>(sizeof(T));

// V neighbours, widened to float32.
template <int V, typename T>
__device__ __forceinline__ void load_pack(const T* pointer, float (&value)[V]) {
  CHECK_ALIGNED(pointer, V * sizeof(T));
  const Pack<T, V> pack = *reinterpret_cast<const Pack<T, V>*>(pointer);
#pragma unroll
  for (int v = 0; v < V; v++) {
    value[v] = to_float(pack.at[v]);
  }
}

template <int V, typename T>
__device__ __forceinline__ void store_pack(T* pointer, const float (&value)[V]) {
  CHECK_ALIGNED(pointer, V * sizeof(T));
  Pack<T, V> pack;
#pragma unroll
  for (int v = 0; v < V; v++) {
    pack.at[v] = from_float<T>(value[v]);
  }
  *reinterpret_cast<Pack<T, V>*>(pointer) = pack;
}

// a / b for a >= 0, b > 0, and the rest: in 32 bits where both fit, since a 64-bit division is a
// subroutine of some seventy instructions.
__device__ __forceinline__ long long divide(long long a, long long b, long long& rest) {
  if (((a | b) >> 32) == 0) {
    const unsigned quotient = static_cast<unsigned>(a) / static_cast<unsigned>(b);
    rest = static_cast<unsigned>(a) - quotient * static_cast<unsigned>(b);
    return quotient;
  }
  const long long quotient = a / b;
  rest = a - quotient * b;
  return quotient;
}

// A device cannot throw: an index outside of its tensor ends the launch with a fault that the next
// call reports, instead of reading or writing memory of others.
__device__ __forceinline__ void require(bool inside) {
  if (!inside) {
    __trap();
  }
}

// How a block of threads covers rows of channels: `lanes` threads side by side hold one pack each,
// and `slots` rows are in hand at once. Threads beyond lanes * slots have slot >= slots.
struct Weave {
  int packs;
  int lanes;
  int slots;
  int lane;
  int slot;

  __device__ __forceinline__ explicit Weave(int packs_of_row)
      : packs(packs_of_row),
        lanes(min(packs_of_row, static_cast<int>(blockDim.x))),
        slots(static_cast<int>(blockDim.x) / lanes),
        lane(static_cast<int>(threadIdx.x) % lanes),
        slot(static_cast<int>(threadIdx.x) / lanes) {}
};

// The position of element `self` with key `mine` among `count` elements after a stable sort by key;
// for self < 0 the number of elements with a smaller key. Compares with every key, tile by tile
// through shared memory: quadratic, but without atomics and the same at every run, and at 10,000
// keys a few microseconds. All threads of the block take part; keys are below 2^31 - 1.
template <int THREADS, typename Key>
__device__ __forceinline__ int stable_rank(Key key, int count, int mine, int self) {
  __shared__ int tile[THREADS];
  int rank = 0;
  for (int first = 0; first < count; first += THREADS) {
    const int at = first + static_cast<int>(threadIdx.x);
    tile[threadIdx.x] = at < count ? key(at) : 0;
    __syncthreads();
    const int n = min(THREADS, count - first);
    const int before = min(max(self - first, 0), n);
    for (int i = 0; i < before; i++) {
      rank += tile[i] <= mine ? 1 : 0;
    }
    for (int i = before; i < n; i++) {
      rank += tile[i] < mine ? 1 : 0;
    }
    __syncthreads();
  }
  return rank;
}

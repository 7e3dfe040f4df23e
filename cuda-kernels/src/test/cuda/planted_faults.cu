// Kernels with one planted fault each, and sound ones that come close to a fault: what the emulated
// device must catch and what it must let pass. Used by emulation_test.cpp; never part of the jar.
#include "common.cuh"

// ---- Memory ----

extern "C" __global__ void fill(int n, float value, float* y) {
  for (long long i = grid_start(); i < n; i += grid_stride()) {
    y[i] = value;
  }
}

extern "C" __global__ void read_at(const float* x, long long index, float* y) { y[0] = x[index]; }

extern "C" __global__ void write_at(long long index, float* y) { y[index] = 1.0f; }

// A block copy is a library call, which only the guard page can stop.
extern "C" __global__ void copy_block(const char* x, long long bytes, char* y) {
  memcpy(y, x, static_cast<size_t>(bytes));
}

template <typename T>
__device__ void scale4(const T* x, int n, T* y) {
  for (long long i = grid_start(); i < n / 4; i += grid_stride()) {
    float4 v = load4(x + 4 * i);
    store4(y + 4 * i, make_float4(2 * v.x, 2 * v.y, 2 * v.z, 2 * v.w));
  }
}
extern "C" __global__ void scale4_f32(const float* x, int n, float* y) { scale4(x, n, y); }
extern "C" __global__ void scale4_f16(const half* x, int n, half* y) { scale4(x, n, y); }
extern "C" __global__ void scale4_bf16(const bf16* x, int n, bf16* y) { scale4(x, n, y); }

extern "C" __global__ void load_pair(const float* x, int first, float* y) {
  const float2 pair = *reinterpret_cast<const float2*>(x + first);
  y[0] = pair.x + pair.y;
}

extern "C" __global__ void atomic_at(long long index, float* y) { atomicAdd(y + index, 1.0f); }

// ---- Shared memory ----

// Reverses a block of 64 elements through shared memory; `step` says what stands in between:
// 0 nothing, 1 a barrier, 2 only a barrier of the warp.
extern "C" __global__ void reverse64(const float* x, int step, float* y) {
  __shared__ float s[64];
  s[threadIdx.x] = x[threadIdx.x];
  if (step == 1) {
    __syncthreads();
  } else if (step == 2) {
    __syncwarp();
  }
  y[threadIdx.x] = s[63 - threadIdx.x];
}

extern "C" __global__ void reverse_in_warp(const float* x, int synchronised, float* y) {
  __shared__ float s[256];
  s[threadIdx.x] = x[threadIdx.x];
  if (synchronised) {
    __syncwarp();
  }
  y[threadIdx.x] = s[threadIdx.x ^ 31];
}

// The second round writes what slow threads of the first may still read.
extern "C" __global__ void rounds_without_second_barrier(float* y) {
  __shared__ float s;
  float sum = 0;
  for (int round = 0; round < 2; round++) {
    if (threadIdx.x == 0) {
      s = static_cast<float>(round);
    }
    __syncthreads();
    sum += s;
  }
  y[threadIdx.x] = sum;
}

// One lane changes a word that all lanes of its warp have read.
extern "C" __global__ void update_word_of_warp(int synchronised, int* y) {
  __shared__ int words[2];
  if (threadIdx.x < 2) {
    words[threadIdx.x] = 5;
  }
  __syncthreads();
  const int seen = words[threadIdx.x / WARP];
  if (synchronised) {
    __syncwarp();
  }
  if (threadIdx.x % WARP == 0) {
    words[threadIdx.x / WARP] |= 2;
  }
  y[threadIdx.x] = seen;
}

extern "C" __global__ void write_same(int same, int* y) {
  __shared__ int flag;
  flag = same ? 7 : static_cast<int>(threadIdx.x);
  __syncthreads();
  y[threadIdx.x] = flag;
}

extern "C" __global__ void count_shared(int prepared, int* y) {
  __shared__ int count;
  if (threadIdx.x == 0) {
    count = 0;
  }
  if (prepared) {
    __syncthreads();
  }
  atomicAdd(&count, 1);
  __syncthreads();
  y[threadIdx.x] = count;
}

extern "C" __global__ void read_unwritten(float* y) {
  __shared__ float s[32];
  if (threadIdx.x == 0) {
    s[0] = 1.0f;
  }
  __syncthreads();
  y[threadIdx.x] = s[threadIdx.x];
}

extern "C" __global__ void static_index(int index, float* y) {
  __shared__ float s[64];
  s[index] = 1.0f;
  __syncthreads();
  y[0] = s[index];
}

extern "C" __global__ void dynamic_reverse(int n, int extra, float* y) {
  DYNAMIC_SHARED(float, s);
  const int i = static_cast<int>(threadIdx.x);
  s[i + extra] = static_cast<float>(i);
  __syncthreads();
  y[i] = s[n - 1 - i];
}

// ---- Barriers and warps ----

extern "C" __global__ void barrier_for_some(int n, float* y) {
  if (static_cast<int>(threadIdx.x) >= n) {
    return;
  }
  __syncthreads();
  y[threadIdx.x] = 1.0f;
}

extern "C" __global__ void barrier_in_branches(int n, float* y) {
  if (static_cast<int>(threadIdx.x) < n) {
    __syncthreads();
    y[threadIdx.x] = 1.0f;
  } else {
    __syncthreads();
    y[threadIdx.x] = 2.0f;
  }
}

extern "C" __global__ void warp_for_some(int n, int* y) {
  if (static_cast<int>(threadIdx.x) < n) {
    y[threadIdx.x] = __shfl_down_sync(FULL_WARP, static_cast<int>(threadIdx.x), 1);
  }
  __syncthreads();
}

extern "C" __global__ void mask_without_caller(unsigned* y) {
  y[threadIdx.x] = __ballot_sync(0x0000ffffu, 1);
}

// Ten columns of 64 results, one for each primitive; emulation_test.cpp knows what they must be.
extern "C" __global__ void warp_primitives(int* y) {
  const int i = static_cast<int>(threadIdx.x);
  const int lane = i % WARP;
  y[i] = __shfl_sync(FULL_WARP, i, 5);
  y[64 + i] = __shfl_sync(FULL_WARP, i, 3, 8);
  y[128 + i] = __shfl_xor_sync(FULL_WARP, i, 9);
  y[192 + i] = __shfl_up_sync(FULL_WARP, i, 2);
  y[256 + i] = __shfl_down_sync(FULL_WARP, i, 3, 16);
  y[320 + i] = static_cast<int>(__ballot_sync(FULL_WARP, lane % 3 == 0));
  y[384 + i] = static_cast<int>(__match_any_sync(FULL_WARP, lane % 5));
  y[448 + i] = __any_sync(FULL_WARP, i == 40) + 2 * __all_sync(FULL_WARP, i < 40);
  const unsigned mask = lane < 7 ? 0x7fu : ~0x7fu;
  y[512 + i] = static_cast<int>(__ballot_sync(mask, lane % 2));  // the two groups on their own
  const double wide = __shfl_xor_sync(FULL_WARP, 1e100 + lane, 1);
  y[576 + i] = wide == 1e100 + (lane ^ 1);
}

extern "C" __global__ void block_primitives(int n, int* y) {
  const unsigned row = threadIdx.y + blockDim.y * threadIdx.z;
  const int i = static_cast<int>(threadIdx.x + blockDim.x * row);
  y[i] = __syncthreads_count(i < n);
  y[n + i] = __syncthreads_or(i == n - 1) != 0;
  y[2 * n + i] = __syncthreads_and(i != n - 1) != 0;
}

extern "C" __global__ void sums(const float* x, float* y) {
  const float sum = block_sum<96>(x[threadIdx.x]);
  const float largest = block_max<96>(x[threadIdx.x]);
  y[2 * threadIdx.x] = sum;
  y[2 * threadIdx.x + 1] = largest;
}

// The last block to finish adds up what all have left in global memory.
extern "C" __global__ void last_block_sums(int n, float* partial, unsigned* arrived, float* y) {
  __shared__ bool last;
  const long long i = grid_start();
  const float sum = block_sum<64>(i < n ? 1.0f : 0.0f);
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = sum;
    __threadfence();
    last = atomicAdd(arrived, 1u) == gridDim.x - 1;
  }
  __syncthreads();
  if (last && threadIdx.x == 0) {
    float total = 0;
    for (unsigned block = 0; block < gridDim.x; block++) {
      total += partial[block];
    }
    y[0] = total;
  }
}

extern "C" __global__ void order_of_threads(int* counter, int* y) {
  y[threadIdx.x] = atomicAdd(counter, 1);
}

extern "C" __global__ void coordinates(uint3* y) {
  const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  const unsigned at = block * blockDim.x * blockDim.y * blockDim.z + thread;
  y[at] = make_uint3(blockIdx.x * 10 + threadIdx.x, blockIdx.y * 10 + threadIdx.y,
                     blockIdx.z * 10 + threadIdx.z);
}

// ---- Arithmetic ----

extern "C" __global__ void to_half(const float* x, int n, half* h, bf16* b) {
  for (long long i = grid_start(); i < n; i += grid_stride()) {
    h[i] = from_float<half>(x[i]);
    b[i] = from_float<bf16>(x[i]);
  }
}

extern "C" __global__ void from_half(const half* h, const bf16* b, int n, float* x, float* y) {
  for (long long i = grid_start(); i < n; i += grid_stride()) {
    x[i] = to_float(h[i]);
    y[i] = to_float(b[i]);
  }
}

extern "C" __global__ void divide(int a, int b, int* y) { y[0] = a / b; }
extern "C" __global__ void multiply(int a, int b, int* y) { y[0] = a * b; }
extern "C" __global__ void to_int(float a, int* y) { y[0] = static_cast<int>(a); }
extern "C" __global__ void to_int_saturated(float a, int* y) { y[0] = __float2int_rz(a); }
extern "C" __global__ void trap(int* y) {
  if (y != nullptr) {
    __trap();
  }
}
extern "C" __global__ void positive(int a, int* y) {
  assert(a > 0);
  y[0] = a;
}

__device__ inline int depth(int n, const volatile int* zero) {
  volatile int room[256];
  room[n % 256] = n + *zero;
  return n == 0 ? room[0] : depth(n - 1, zero) + room[n % 256];
}
extern "C" __global__ void recurse(int n, const int* zero, int* y) { y[0] = depth(n, zero); }

REGISTER_KERNEL(fill)
REGISTER_KERNEL(read_at)
REGISTER_KERNEL(write_at)
REGISTER_KERNEL(copy_block)
REGISTER_KERNEL(scale4_f32)
REGISTER_KERNEL(scale4_f16)
REGISTER_KERNEL(scale4_bf16)
REGISTER_KERNEL(load_pair)
REGISTER_KERNEL(atomic_at)
REGISTER_KERNEL(reverse64)
REGISTER_KERNEL(reverse_in_warp)
REGISTER_KERNEL(rounds_without_second_barrier)
REGISTER_KERNEL(update_word_of_warp)
REGISTER_KERNEL(write_same)
REGISTER_KERNEL(count_shared)
REGISTER_KERNEL(read_unwritten)
REGISTER_KERNEL(static_index)
REGISTER_KERNEL(dynamic_reverse)
REGISTER_KERNEL(barrier_for_some)
REGISTER_KERNEL(barrier_in_branches)
REGISTER_KERNEL(warp_for_some)
REGISTER_KERNEL(mask_without_caller)
REGISTER_KERNEL(warp_primitives)
REGISTER_KERNEL(block_primitives)
REGISTER_KERNEL(sums)
REGISTER_KERNEL(last_block_sums)
REGISTER_KERNEL(order_of_threads)
REGISTER_KERNEL(coordinates)
REGISTER_KERNEL(to_half)
REGISTER_KERNEL(from_half)
REGISTER_KERNEL(divide)
REGISTER_KERNEL(multiply)
REGISTER_KERNEL(to_int)
REGISTER_KERNEL(to_int_saturated)
REGISTER_KERNEL(trap)
REGISTER_KERNEL(positive)
REGISTER_KERNEL(recurse)

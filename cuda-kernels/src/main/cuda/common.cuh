// What every kernel file of this folder shares, for nvcc and for emulation (g++, -DCUDA_EMULATION).
//
// Rules for a kernel file:
//   * include only this header; no CUDA runtime API, cub, thrust or cooperative groups;
//   * kernels are `extern "C" __global__ void name_f32(...)` with raw pointers and scalars by value;
//     device functions are templates, `inline` or in an anonymous namespace: the emulated build
//     links all kernel files into one library;
//   * static shared memory is `__shared__ float s[256];`, dynamic `DYNAMIC_SHARED(float, s);`;
//   * after the last kernel: `REGISTER_KERNEL(name_f32)` for each, which is nothing under nvcc and
//     makes the kernel known to the stand-in for the driver under emulation.
#pragma once

#ifdef CUDA_EMULATION
#include "cuda_emulation.h"
#else
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#define REGISTER_KERNEL(name)
// The block's dynamic shared memory as an array of `type` named `name`, aligned to 16 bytes.
#define DYNAMIC_SHARED(type, name)                                     \
  extern __shared__ __align__(16) unsigned char dynamic_shared_bytes[]; \
  type* const name = reinterpret_cast<type*>(dynamic_shared_bytes)
// Says under emulation that `pointer` must be a multiple of `bytes`; hardware checks by itself.
#define CHECK_ALIGNED(pointer, bytes) ((void)0)
#endif

using bf16 = __nv_bfloat16;

constexpr unsigned FULL_WARP = 0xffffffffu;
constexpr int WARP = 32;

// ---- Grid-stride loops: for (long long i = grid_start(); i < n; i += grid_stride()) ----

__device__ __forceinline__ long long grid_start() {
  return static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
}

__device__ __forceinline__ long long grid_stride() {
  return static_cast<long long>(gridDim.x) * blockDim.x;
}

template <typename T>
__host__ __device__ constexpr T ceil_div(T value, T divisor) {
  return (value + divisor - 1) / divisor;
}

// ---- Half precision: loads widen to float32, stores round to nearest even ----

__device__ __forceinline__ float to_float(float value) { return value; }
__device__ __forceinline__ float to_float(__half value) { return __half2float(value); }
__device__ __forceinline__ float to_float(bf16 value) { return __bfloat162float(value); }

template <typename T>
__device__ __forceinline__ T from_float(float value);
template <>
__device__ __forceinline__ float from_float<float>(float value) {
  return value;
}
template <>
__device__ __forceinline__ __half from_float<__half>(float value) {
  return __float2half_rn(value);
}
template <>
__device__ __forceinline__ bf16 from_float<bf16>(float value) {
  return __float2bfloat16_rn(value);
}

// ---- Vectors of four: one 16-byte (float) or 8-byte (half, bf16) access; must be so aligned ----

template <typename T>
struct alignas(4 * sizeof(T)) Vec4 {
  T x, y, z, w;
};

template <typename T>
__device__ __forceinline__ Vec4<T> load_vec4(const T* pointer) {
  CHECK_ALIGNED(pointer, 4 * sizeof(T));
  return *reinterpret_cast<const Vec4<T>*>(pointer);
}

template <typename T>
__device__ __forceinline__ void store_vec4(T* pointer, const Vec4<T>& value) {
  CHECK_ALIGNED(pointer, 4 * sizeof(T));
  *reinterpret_cast<Vec4<T>*>(pointer) = value;
}

// Four neighbouring elements, widened to float32.
template <typename T>
__device__ __forceinline__ float4 load4(const T* pointer) {
  const Vec4<T> v = load_vec4(pointer);
  return make_float4(to_float(v.x), to_float(v.y), to_float(v.z), to_float(v.w));
}

template <typename T>
__device__ __forceinline__ void store4(T* pointer, float4 v) {
  store_vec4(pointer, Vec4<T>{from_float<T>(v.x), from_float<T>(v.y), from_float<T>(v.z),
                              from_float<T>(v.w)});
}

// Adds four neighbours in global memory: one vector atomic from sm_90 on, four scalar ones before.
// Atomic per element, not as a whole; the order of additions is not determined.
__device__ __forceinline__ void atomic_add4(float* pointer, float4 v) {
  CHECK_ALIGNED(pointer, 16);
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  atomicAdd(reinterpret_cast<float4*>(pointer), v);
#else
  atomicAdd(pointer, v.x);
  atomicAdd(pointer + 1, v.y);
  atomicAdd(pointer + 2, v.z);
  atomicAdd(pointer + 3, v.w);
#endif
}

// ---- Reductions in a fixed order; all 32 lanes (or all threads of the block) must take part ----

__device__ __forceinline__ float maximum(float a, float b) { return fmaxf(a, b); }
__device__ __forceinline__ int maximum(int a, int b) { return a > b ? a : b; }
__device__ __forceinline__ unsigned maximum(unsigned a, unsigned b) { return a > b ? a : b; }

// The sum over the warp, in every lane.
template <typename T>
__device__ __forceinline__ T warp_sum(T value) {
#pragma unroll
  for (int offset = WARP / 2; offset > 0; offset /= 2) {
    value += __shfl_xor_sync(FULL_WARP, value, offset);
  }
  return value;
}

// The maximum over the warp, in every lane; of floats NaN are passed over as by fmaxf.
template <typename T>
__device__ __forceinline__ T warp_max(T value) {
#pragma unroll
  for (int offset = WARP / 2; offset > 0; offset /= 2) {
    value = maximum(value, __shfl_xor_sync(FULL_WARP, value, offset));
  }
  return value;
}

// The sum over a one-dimensional block of THREADS (a multiple of 32) threads, in every thread.
template <int THREADS, typename T>
__device__ __forceinline__ T block_sum(T value) {
  static_assert(THREADS % WARP == 0 && THREADS <= 1024, "whole warps, at most 1024 threads");
  constexpr int WARPS = THREADS / WARP;
  __shared__ T partial[WARPS];
  const int lane = static_cast<int>(threadIdx.x) % WARP;
  value = warp_sum(value);
  if (lane == 0) {
    partial[threadIdx.x / WARP] = value;
  }
  __syncthreads();
  value = warp_sum(lane < WARPS ? partial[lane] : T(0));
  __syncthreads();  // so that a second call may write `partial` again
  return value;
}

// The maximum over a one-dimensional block of THREADS (a multiple of 32) threads, in every thread.
template <int THREADS, typename T>
__device__ __forceinline__ T block_max(T value) {
  static_assert(THREADS % WARP == 0 && THREADS <= 1024, "whole warps, at most 1024 threads");
  constexpr int WARPS = THREADS / WARP;
  __shared__ T partial[WARPS];
  const int lane = static_cast<int>(threadIdx.x) % WARP;
  value = warp_max(value);
  if (lane == 0) {
    partial[threadIdx.x / WARP] = value;
  }
  __syncthreads();
  value = warp_max(partial[lane < WARPS ? lane : 0]);
  __syncthreads();
  return value;
}

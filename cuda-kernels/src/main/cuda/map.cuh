// One function applied to each element of an array: what every unary op without attributes
// (tensor.op.Pointwise.Unary) is. A file that includes this defines a functor of floats and says
// UNARY(name, Functor) and REGISTER_FLOAT_KERNELS(name), the name being that of the op in lower case
// with underscores; the launcher finds name_f32, name_f16 and name_bf16.
#pragma once

#include "sixteen.cuh"

namespace {

constexpr int THREADS = 256;

template <typename T, typename F>
__device__ __forceinline__ void map(const T* a, long long n, T* y, F f) {
  constexpr int SIZE = Sixteen<T>::SIZE;
  const long long lots = n / SIZE;
  for (long long i = grid_start(); i < lots; i += grid_stride()) {
    Sixteen<T> p = load16(a + i * SIZE);
#pragma unroll
    for (int k = 0; k < SIZE; k++) {
      p.v[k] = from_float<T>(f(to_float(p.v[k])));
    }
    store16(y + i * SIZE, p);
  }
  for (long long i = lots * SIZE + grid_start(); i < n; i += grid_stride()) {
    y[i] = from_float<T>(f(to_float(a[i])));
  }
}

}  // namespace

#define UNARY_KERNEL(name, T, function)                                                        \
  extern "C" __global__ void __launch_bounds__(THREADS) name(const T* a, long long n, T* y) { \
    map(a, n, y, function{});                                                                  \
  }
#define UNARY(name, function)                    \
  UNARY_KERNEL(name##_f32, float, function)      \
  UNARY_KERNEL(name##_f16, __half, function)     \
  UNARY_KERNEL(name##_bf16, bf16, function)

// Sixteen bytes of elements, the widest access of a thread: 4 floats, or 8 halves or bf16.
//
// Tensors begin at multiples of 64 bytes and have no strides, so element i·Sixteen<T>::SIZE of a
// tensor is always aligned; what does not fill sixteen bytes at the end goes element by element.
#pragma once

#include "common.cuh"

template <typename T>
struct alignas(16) Sixteen {
  static constexpr int SIZE = 16 / static_cast<int>(sizeof(T));
  T v[SIZE];
};

template <typename T>
__device__ __forceinline__ Sixteen<T> load16(const T* pointer) {
  CHECK_ALIGNED(pointer, 16);
  return *reinterpret_cast<const Sixteen<T>*>(pointer);
}

template <typename T>
__device__ __forceinline__ void store16(T* pointer, const Sixteen<T>& value) {
  CHECK_ALIGNED(pointer, 16);
  *reinterpret_cast<Sixteen<T>*>(pointer) = value;
}

// Registers the kernels name_f32, name_f16 and name_bf16.
#define REGISTER_FLOAT_KERNELS(name) \
  REGISTER_KERNEL(name##_f32)        \
  REGISTER_KERNEL(name##_f16)        \
  REGISTER_KERNEL(name##_bf16)

// What follows a convolution or a matrix product (tensor.op.Convolution.Epilogue) where the library
// that computes it does not: y = relu(x + bias + residual), each part optional.
//
// Layout: x, residual and y [R,C] dense, bias [C]. x may be y, element by element. In the kernels
// named from_f32 x is float32 and the others are half: a product that was not rounded yet.
// Mapping: a grid-stride loop; a thread takes four neighbours where C allows, one otherwise.
// Numerics: float32, rounded once. ReLU keeps NaN, so that an overflow is seen.
// Determinism: no sums between threads.
// Source: the op catalogue and its reference kernels.
#include "sixteen.cuh"

namespace {

template <typename T>
__device__ __forceinline__ float finish(float value, const T* bias, const T* residual, int column,
                                        long long at, int relu) {
  value += bias == nullptr ? 0.0f : to_float(bias[column]);
  value += residual == nullptr ? 0.0f : to_float(residual[at]);
  return relu != 0 && value < 0.0f ? 0.0f : value;
}

template <typename In, typename T>
__device__ __forceinline__ void epilogue(const In* x, const T* bias, const T* residual,
                                         long long elements, int columns, int relu, T* y) {
  if (columns % 4 != 0) {
    for (long long i = grid_start(); i < elements; i += grid_stride()) {
      const int column = static_cast<int>(i % columns);
      y[i] = from_float<T>(finish(to_float(x[i]), bias, residual, column, i, relu));
    }
    return;
  }
  const int packs = columns / 4;
  const float4 none = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
  for (long long i = grid_start(); i < elements / 4; i += grid_stride()) {
    float4 v = load4(x + 4 * i);
    const float4 b = bias == nullptr ? none : load4(bias + 4 * static_cast<int>(i % packs));
    const float4 r = residual == nullptr ? none : load4(residual + 4 * i);
    v = make_float4(v.x + b.x + r.x, v.y + b.y + r.y, v.z + b.z + r.z, v.w + b.w + r.w);
    if (relu != 0) {
      v = make_float4(v.x < 0.0f ? 0.0f : v.x, v.y < 0.0f ? 0.0f : v.y, v.z < 0.0f ? 0.0f : v.z,
                      v.w < 0.0f ? 0.0f : v.w);
    }
    store4(y + 4 * i, v);
  }
}

}  // namespace

#define EPILOGUE(name, In, T)                                                              \
  extern "C" __global__ void name(const In* x, const T* bias, const T* residual,           \
                                  long long elements, int columns, int relu, T* y) {       \
    epilogue<In, T>(x, bias, residual, elements, columns, relu, y);                        \
  }                                                                                        \
  REGISTER_KERNEL(name)

EPILOGUE(epilogue_f32, float, float)
EPILOGUE(epilogue_f16, __half, __half)
EPILOGUE(epilogue_bf16, bf16, bf16)
EPILOGUE(epilogue_from_f32_f16, float, __half)
EPILOGUE(epilogue_from_f32_bf16, float, bf16)

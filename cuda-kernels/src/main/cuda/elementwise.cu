// Elementwise ops (tensor.op.Pointwise): add, sub, mul, scale, relu and its gradient, sigmoid, exp,
// log, reciprocal, scale_rows, expand and cast.
//
// Layout: dense arrays of n elements, 64-byte aligned; rows of scale_rows are the first axis.
// Mapping: grid-stride loop, sixteen bytes (4 f32, 8 f16 or bf16) per thread and turn; the
// remainder element by element. Casts move four elements per turn.
// Bound: memory. An op reads and writes each element once; consecutive lanes touch consecutive
// sixteens, so every 32-byte sector is moved whole.
// Numerics: computed in float32, rounded once to the element type. + − · and casts are the IEEE 754
// operations (nothing here can contract to an FMA); sigmoid is rounded from double; exp and log have
// the 1–2 ulp of CUDA's expf and logf. Subnormals are kept. ReLU passes NaN on, so that a diverged
// model does not look healthy; its gradient is 0 where the output is not positive, NaN included.
// Determinism: every element is one thread's work.
// Source: the op catalogue and its reference kernels; accumulate is add with the sum as output.
#include "map.cuh"

namespace {

struct Plus {
  __device__ float operator()(float a, float b) const { return a + b; }
};
struct Minus {
  __device__ float operator()(float a, float b) const { return a - b; }
};
struct Times {
  __device__ float operator()(float a, float b) const { return a * b; }
};
struct WhereOutputPositive {
  __device__ float operator()(float y, float dy) const { return y > 0.0f ? dy : 0.0f; }
};
struct TimesFactor {
  float factor;
  __device__ float operator()(float a) const { return a * factor; }
};
struct ZeroIfNegative {
  __device__ float operator()(float a) const { return a <= 0.0f ? 0.0f : a; }
};
// In double and rounded once, as on the CPU: the RPN ranks and suppresses by this score, so devices
// that differ in its last bit would choose other proposals.
struct Logistic {
  __device__ float operator()(float a) const {
    return static_cast<float>(1.0 / (1.0 + exp(-static_cast<double>(a))));
  }
};
struct Exponential {
  __device__ float operator()(float a) const { return expf(a); }
};
struct Logarithm {
  __device__ float operator()(float a) const { return logf(a); }
};
struct OneOver {
  __device__ float operator()(float a) const { return 1.0f / a; }
};

// y may be a or b: each element is read before it is written, by the same thread.
template <typename T, typename F>
__device__ __forceinline__ void combine(const T* a, const T* b, long long n, T* y, F f) {
  constexpr int SIZE = Sixteen<T>::SIZE;
  const long long lots = n / SIZE;
  for (long long i = grid_start(); i < lots; i += grid_stride()) {
    Sixteen<T> p = load16(a + i * SIZE);
    const Sixteen<T> q = load16(b + i * SIZE);
#pragma unroll
    for (int k = 0; k < SIZE; k++) {
      p.v[k] = from_float<T>(f(to_float(p.v[k]), to_float(q.v[k])));
    }
    store16(y + i * SIZE, p);
  }
  for (long long i = lots * SIZE + grid_start(); i < n; i += grid_stride()) {
    y[i] = from_float<T>(f(to_float(a[i]), to_float(b[i])));
  }
}

// i / width; in 32 bits where that is enough, since 64-bit division is a long subroutine.
__device__ __forceinline__ long long row_of(long long i, long long width) {
  if (((i | width) >> 32) == 0) {
    return static_cast<unsigned>(i) / static_cast<unsigned>(width);
  }
  return i / width;
}

// Row r of w [n/width, width] times s[r]. Sixteen bytes lie in one row if SIZE divides the width.
template <typename T>
__device__ __forceinline__ void multiply_rows(const T* w, const T* s, long long n, long long width,
                                              T* y) {
  constexpr int SIZE = Sixteen<T>::SIZE;
  const long long lots = width % SIZE == 0 ? n / SIZE : 0;
  for (long long i = grid_start(); i < lots; i += grid_stride()) {
    const float factor = to_float(s[row_of(i * SIZE, width)]);
    Sixteen<T> p = load16(w + i * SIZE);
#pragma unroll
    for (int k = 0; k < SIZE; k++) {
      p.v[k] = from_float<T>(to_float(p.v[k]) * factor);
    }
    store16(y + i * SIZE, p);
  }
  for (long long i = lots * SIZE + grid_start(); i < n; i += grid_stride()) {
    y[i] = from_float<T>(to_float(w[i]) * to_float(s[row_of(i, width)]));
  }
}

// x[0], n times.
template <typename T>
__device__ __forceinline__ void repeat(const T* x, long long n, T* y) {
  constexpr int SIZE = Sixteen<T>::SIZE;
  const T value = x[0];
  Sixteen<T> p;
#pragma unroll
  for (int k = 0; k < SIZE; k++) {
    p.v[k] = value;
  }
  const long long lots = n / SIZE;
  for (long long i = grid_start(); i < lots; i += grid_stride()) {
    store16(y + i * SIZE, p);
  }
  for (long long i = lots * SIZE + grid_start(); i < n; i += grid_stride()) {
    y[i] = value;
  }
}

// To a float type by way of float32, as the reference: a double that is cast to half rounds twice.
template <typename To>
struct Convert {
  __device__ static To from(float v) { return from_float<To>(v); }
  __device__ static To from(__half v) { return from_float<To>(to_float(v)); }
  __device__ static To from(bf16 v) { return from_float<To>(to_float(v)); }
  __device__ static To from(double v) { return from_float<To>(static_cast<float>(v)); }
  __device__ static To from(int v) { return from_float<To>(static_cast<float>(v)); }
};
template <>
struct Convert<double> {
  __device__ static double from(float v) { return v; }
  __device__ static double from(__half v) { return to_float(v); }
  __device__ static double from(bf16 v) { return to_float(v); }
  __device__ static double from(double v) { return v; }
  __device__ static double from(int v) { return v; }
};

template <typename From, typename To>
__device__ __forceinline__ void convert(const From* x, long long n, To* y) {
  const long long fours = n / 4;
  for (long long i = grid_start(); i < fours; i += grid_stride()) {
    const Vec4<From> v = load_vec4(x + i * 4);
    store_vec4(y + i * 4, Vec4<To>{Convert<To>::from(v.x), Convert<To>::from(v.y),
                                   Convert<To>::from(v.z), Convert<To>::from(v.w)});
  }
  for (long long i = fours * 4 + grid_start(); i < n; i += grid_stride()) {
    y[i] = Convert<To>::from(x[i]);
  }
}

}  // namespace

#define BINARY_KERNEL(name, T, function)                                               \
  extern "C" __global__ void __launch_bounds__(THREADS)                                \
      name(const T* a, const T* b, long long n, T* y) {                                \
    combine(a, b, n, y, function{});                                                   \
  }
#define BINARY(name, function)                   \
  BINARY_KERNEL(name##_f32, float, function)     \
  BINARY_KERNEL(name##_f16, __half, function)    \
  BINARY_KERNEL(name##_bf16, bf16, function)

#define SCALE(name, T)                                               \
  extern "C" __global__ void __launch_bounds__(THREADS)              \
      name(const T* a, float factor, long long n, T* y) {            \
    map(a, n, y, TimesFactor{factor});                               \
  }

#define SCALE_ROWS(name, T)                                                    \
  extern "C" __global__ void __launch_bounds__(THREADS)                        \
      name(const T* w, const T* s, long long n, long long width, T* y) {       \
    multiply_rows(w, s, n, width, y);                                          \
  }

#define EXPAND(name, T)                                                                        \
  extern "C" __global__ void __launch_bounds__(THREADS) name(const T* x, long long n, T* y) { \
    repeat(x, n, y);                                                                           \
  }

#define CAST(name, From, To)                                                                       \
  extern "C" __global__ void __launch_bounds__(THREADS) name(const From* x, long long n, To* y) { \
    convert(x, n, y);                                                                              \
  }
#define CASTS(name, From)             \
  CAST(name##_f32, From, float)       \
  CAST(name##_f16, From, __half)      \
  CAST(name##_bf16, From, bf16)       \
  CAST(name##_f64, From, double)

BINARY(add, Plus)
BINARY(sub, Minus)
BINARY(mul, Times)
BINARY(relu_backward, WhereOutputPositive)
UNARY(relu, ZeroIfNegative)
UNARY(sigmoid, Logistic)
UNARY(exp, Exponential)
UNARY(log, Logarithm)
UNARY(reciprocal, OneOver)
SCALE(scale_f32, float)
SCALE(scale_f16, __half)
SCALE(scale_bf16, bf16)
SCALE_ROWS(scale_rows_f32, float)
SCALE_ROWS(scale_rows_f16, __half)
SCALE_ROWS(scale_rows_bf16, bf16)
EXPAND(expand_f32, float)
EXPAND(expand_f16, __half)
EXPAND(expand_bf16, bf16)
CASTS(cast_f32, float)
CASTS(cast_f16, __half)
CASTS(cast_bf16, bf16)
CASTS(cast_f64, double)
CASTS(cast_i32, int)

#define REGISTER_CASTS(name)     \
  REGISTER_FLOAT_KERNELS(name)   \
  REGISTER_KERNEL(name##_f64)

REGISTER_FLOAT_KERNELS(add)
REGISTER_FLOAT_KERNELS(sub)
REGISTER_FLOAT_KERNELS(mul)
REGISTER_FLOAT_KERNELS(relu_backward)
REGISTER_FLOAT_KERNELS(relu)
REGISTER_FLOAT_KERNELS(sigmoid)
REGISTER_FLOAT_KERNELS(exp)
REGISTER_FLOAT_KERNELS(log)
REGISTER_FLOAT_KERNELS(reciprocal)
REGISTER_FLOAT_KERNELS(scale)
REGISTER_FLOAT_KERNELS(scale_rows)
REGISTER_FLOAT_KERNELS(expand)
REGISTER_CASTS(cast_f32)
REGISTER_CASTS(cast_f16)
REGISTER_CASTS(cast_bf16)
REGISTER_CASTS(cast_f64)
REGISTER_CASTS(cast_i32)

// CUDA's built-in vector types and 16-bit floats for g++, with CUDA's sizes and alignments.
//
// Half and bfloat16 hold bits only; arithmetic goes through float32, rounding to nearest even.
// Source of the layouts: CUDA C++ Programming Guide, "Built-in Vector Types"; IEEE 754 binary16.
#pragma once

#include <cstdint>
#include <cstring>

#define EMULATED_VECTOR2(type, name, alignment)                               \
  struct alignas(alignment) name##2 {                                         \
    type x, y;                                                                \
  };                                                                          \
  inline name##2 make_##name##2(type x, type y) { return {x, y}; }
#define EMULATED_VECTOR3(type, name)                                          \
  struct name##3 {                                                            \
    type x, y, z;                                                             \
  };                                                                          \
  inline name##3 make_##name##3(type x, type y, type z) { return {x, y, z}; }
#define EMULATED_VECTOR4(type, name, alignment)                               \
  struct alignas(alignment) name##4 {                                         \
    type x, y, z, w;                                                          \
  };                                                                          \
  inline name##4 make_##name##4(type x, type y, type z, type w) { return {x, y, z, w}; }
#define EMULATED_VECTORS(type, name)                                          \
  EMULATED_VECTOR2(type, name, 2 * sizeof(type))                              \
  EMULATED_VECTOR3(type, name)                                                \
  EMULATED_VECTOR4(type, name, (4 * sizeof(type) < 16 ? 4 * sizeof(type) : 16))

EMULATED_VECTORS(signed char, char)
EMULATED_VECTORS(unsigned char, uchar)
EMULATED_VECTORS(short, short)
EMULATED_VECTORS(unsigned short, ushort)
EMULATED_VECTORS(int, int)
EMULATED_VECTORS(unsigned, uint)
EMULATED_VECTORS(long long, longlong)
EMULATED_VECTORS(unsigned long long, ulonglong)
EMULATED_VECTORS(float, float)
EMULATED_VECTORS(double, double)

// A plain struct: of one with initialisers the compiler would not believe that it is constant, and
// have each use of blockDim checked like memory.
using dim3 = uint3;

namespace emulation {

// The bits of one value as another type of the same size.
template <typename To, typename From>
inline To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From), "same size");
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

inline std::uint16_t half_bits(float value) {
  const std::uint32_t bits = bits_as<std::uint32_t>(value);
  const std::uint16_t sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    return 0x7fff;  // CUDA's canonical NaN
  }
  if (magnitude >= 0x477ff000u) {  // 65520 and above round to infinity
    return static_cast<std::uint16_t>(sign | 0x7c00u);
  }
  if (magnitude < 0x33000001u) {  // at most half of the smallest subnormal
    return sign;
  }
  const std::uint32_t exponent = magnitude >> 23;
  std::uint32_t mantissa = magnitude & 0x7fffffu;
  std::uint32_t shift = 13;
  std::uint32_t result = 0;
  if (exponent < 113) {  // subnormal half: the hidden bit becomes visible
    mantissa |= 0x800000u;
    shift = 126 - exponent;
  } else {
    result = (exponent - 112) << 10;
  }
  const std::uint32_t rest = mantissa & ((1u << shift) - 1);
  const std::uint32_t middle = 1u << (shift - 1);
  result += mantissa >> shift;
  if (rest > middle || (rest == middle && (result & 1u) != 0)) {
    result++;
  }
  return static_cast<std::uint16_t>(sign | result);
}

inline float half_value(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1fu;
  const std::uint32_t mantissa = half & 0x3ffu;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 5.9604644775390625e-8f;  // 2^-24
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t wide = exponent == 31 ? 0xffu : exponent + 112;
  return bits_as<float>(sign | (wide << 23) | (mantissa << 13));
}

inline std::uint16_t bfloat16_bits(float value) {
  const std::uint32_t bits = bits_as<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return 0x7fff;
  }
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

inline float bfloat16_value(std::uint16_t bits) {
  return bits_as<float>(static_cast<std::uint32_t>(bits) << 16);
}

}  // namespace emulation

struct __half {
  std::uint16_t bits;
  __half() = default;
  __half(float value) : bits(emulation::half_bits(value)) {}
  operator float() const { return emulation::half_value(bits); }
};

struct __nv_bfloat16 {
  std::uint16_t bits;
  __nv_bfloat16() = default;
  __nv_bfloat16(float value) : bits(emulation::bfloat16_bits(value)) {}
  operator float() const { return emulation::bfloat16_value(bits); }
};

struct alignas(4) __half2 {
  __half x, y;
};

struct alignas(4) __nv_bfloat162 {
  __nv_bfloat16 x, y;
};

using half = __half;
using half2 = __half2;

inline float __half2float(__half value) { return value; }
inline __half __float2half(float value) { return value; }
inline __half __float2half_rn(float value) { return value; }
inline unsigned short __half_as_ushort(__half value) { return value.bits; }
inline __half __ushort_as_half(unsigned short bits) { return emulation::bits_as<__half>(bits); }
inline __half2 __floats2half2_rn(float low, float high) { return {low, high}; }
inline __half2 __float22half2_rn(float2 v) { return {v.x, v.y}; }
inline __half2 __halves2half2(__half low, __half high) { return {low, high}; }
inline float2 __half22float2(__half2 v) { return {v.x, v.y}; }
inline float __low2float(__half2 v) { return v.x; }
inline float __high2float(__half2 v) { return v.y; }

inline float __bfloat162float(__nv_bfloat16 value) { return value; }
inline __nv_bfloat16 __float2bfloat16(float value) { return value; }
inline __nv_bfloat16 __float2bfloat16_rn(float value) { return value; }
inline unsigned short __bfloat16_as_ushort(__nv_bfloat16 value) { return value.bits; }
inline __nv_bfloat16 __ushort_as_bfloat16(unsigned short bits) {
  return emulation::bits_as<__nv_bfloat16>(bits);
}
inline __nv_bfloat162 __floats2bfloat162_rn(float low, float high) { return {low, high}; }
inline __nv_bfloat162 __float22bfloat162_rn(float2 v) { return {v.x, v.y}; }
inline __nv_bfloat162 __halves2bfloat162(__nv_bfloat16 low, __nv_bfloat16 high) {
  return {low, high};
}
inline float2 __bfloat1622float2(__nv_bfloat162 v) { return {v.x, v.y}; }
inline float __low2float(__nv_bfloat162 v) { return v.x; }
inline float __high2float(__nv_bfloat162 v) { return v.y; }

// CUDA's arithmetic intrinsics for g++. Rounding to nearest even is what the CPU does by itself
// (the emulated build has no fused multiply-add contraction), conversions saturate and turn NaN to
// 0 as the hardware's do. The approximate intrinsics (__expf, ...) are exact here.
// Source: CUDA Math API, "Single Precision Intrinsics", "Type Casting", "Integer Intrinsics".
#pragma once

#include <math.h>
#include <stdlib.h>

#include <limits>

#include "emulated_types.h"

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline float __fsqrt_rn(float a) { return sqrtf(a); }
inline float __frcp_rn(float a) { return 1.0f / a; }
inline float __frsqrt_rn(float a) { return static_cast<float>(1.0 / sqrt(static_cast<double>(a))); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __dsqrt_rn(double a) { return sqrt(a); }
inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }

inline float rsqrtf(float a) { return 1.0f / sqrtf(a); }
inline double rsqrt(double a) { return 1.0 / sqrt(a); }
inline float __expf(float a) { return expf(a); }
inline float __logf(float a) { return logf(a); }
inline float __log2f(float a) { return log2f(a); }
inline float __powf(float a, float b) { return powf(a, b); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __saturatef(float a) { return a > 1.0f ? 1.0f : (a > 0.0f ? a : 0.0f); }

namespace emulation {

// A value already rounded to an integer as an I: clamped to I's range, NaN becomes 0.
template <typename I>
inline I saturated(double rounded) {
  if (rounded != rounded) {
    return 0;
  }
  if (rounded <= static_cast<double>(std::numeric_limits<I>::min())) {
    return std::numeric_limits<I>::min();
  }
  if (rounded >= static_cast<double>(std::numeric_limits<I>::max())) {
    return std::numeric_limits<I>::max();
  }
  return static_cast<I>(rounded);
}

}  // namespace emulation

#define EMULATED_CONVERSIONS(from, source, to, target) \
  inline target __##from##2##to##_rn(source a) { \
    return emulation::saturated<target>(rint(a)); \
  } \
  inline target __##from##2##to##_rz(source a) { \
    return emulation::saturated<target>(trunc(a)); \
  } \
  inline target __##from##2##to##_rd(source a) { \
    return emulation::saturated<target>(floor(a)); \
  } \
  inline target __##from##2##to##_ru(source a) { \
    return emulation::saturated<target>(ceil(a)); \
  }
EMULATED_CONVERSIONS(float, float, int, int)
EMULATED_CONVERSIONS(float, float, uint, unsigned)
EMULATED_CONVERSIONS(float, float, ll, long long)
EMULATED_CONVERSIONS(float, float, ull, unsigned long long)
EMULATED_CONVERSIONS(double, double, int, int)
EMULATED_CONVERSIONS(double, double, uint, unsigned)
EMULATED_CONVERSIONS(double, double, ll, long long)
EMULATED_CONVERSIONS(double, double, ull, unsigned long long)

inline float __int2float_rn(int a) { return static_cast<float>(a); }
inline float __uint2float_rn(unsigned a) { return static_cast<float>(a); }
inline float __ll2float_rn(long long a) { return static_cast<float>(a); }
inline float __ull2float_rn(unsigned long long a) { return static_cast<float>(a); }
inline float __double2float_rn(double a) { return static_cast<float>(a); }
inline double __int2double_rn(int a) { return a; }
inline double __uint2double_rn(unsigned a) { return a; }
inline double __ll2double_rn(long long a) { return static_cast<double>(a); }

inline int __float_as_int(float a) { return emulation::bits_as<int>(a); }
inline unsigned __float_as_uint(float a) { return emulation::bits_as<unsigned>(a); }
inline float __int_as_float(int a) { return emulation::bits_as<float>(a); }
inline float __uint_as_float(unsigned a) { return emulation::bits_as<float>(a); }
inline long long __double_as_longlong(double a) { return emulation::bits_as<long long>(a); }
inline double __longlong_as_double(long long a) { return emulation::bits_as<double>(a); }

inline int __popc(unsigned a) { return __builtin_popcount(a); }
inline int __popcll(unsigned long long a) { return __builtin_popcountll(a); }
inline int __clz(int a) { return a == 0 ? 32 : __builtin_clz(static_cast<unsigned>(a)); }
inline int __clzll(long long a) {
  return a == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(a));
}
inline int __ffs(int a) { return __builtin_ffs(a); }
inline int __ffsll(long long a) { return __builtin_ffsll(a); }
inline int __fns(unsigned mask, unsigned base, int offset) {
  const int step = offset < 0 ? -1 : 1;
  int left = offset < 0 ? -offset : offset;
  for (int i = static_cast<int>(base); i >= 0 && i < 32; i += step) {
    const bool bit = ((mask >> i) & 1u) != 0;
    if (offset == 0 ? bit && i == static_cast<int>(base) : bit && --left == 0) {
      return i;
    }
    if (offset == 0) {
      break;
    }
  }
  return -1;
}
inline unsigned __brev(unsigned a) {
  unsigned reversed = 0;
  for (int i = 0; i < 32; i++) {
    reversed |= ((a >> i) & 1u) << (31 - i);
  }
  return reversed;
}
inline unsigned __byte_perm(unsigned a, unsigned b, unsigned selector) {
  const unsigned long long bytes = (static_cast<unsigned long long>(b) << 32) | a;
  unsigned result = 0;
  for (int i = 0; i < 4; i++) {
    const unsigned choice = (selector >> (4 * i)) & 7u;
    result |= static_cast<unsigned>((bytes >> (8 * choice)) & 0xffu) << (8 * i);
  }
  return result;
}
inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
  const unsigned long long both = (static_cast<unsigned long long>(high) << 32) | low;
  return static_cast<unsigned>((both << (shift & 31u)) >> 32);
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
  const unsigned long long both = (static_cast<unsigned long long>(high) << 32) | low;
  return static_cast<unsigned>(both >> (shift & 31u));
}
inline int __mulhi(int a, int b) {
  return static_cast<int>((static_cast<long long>(a) * b) >> 32);
}
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>((static_cast<unsigned long long>(a) * b) >> 32);
}
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return static_cast<unsigned long long>((static_cast<unsigned __int128>(a) * b) >> 64);
}

// min and max as nvcc offers them in the global namespace; of a NaN and a number, the number.
#define EMULATED_MIN_MAX(type)                             \
  inline type min(type a, type b) { return a < b ? a : b; } \
  inline type max(type a, type b) { return a > b ? a : b; }
EMULATED_MIN_MAX(int)
EMULATED_MIN_MAX(unsigned)
EMULATED_MIN_MAX(long)
EMULATED_MIN_MAX(unsigned long)
EMULATED_MIN_MAX(long long)
EMULATED_MIN_MAX(unsigned long long)
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline double max(double a, double b) { return fmax(a, b); }

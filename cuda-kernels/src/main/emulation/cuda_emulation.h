// CUDA C++ for g++: what a kernel file sees under -DCUDA_EMULATION instead of the CUDA headers.
//
// A kernel becomes an ordinary function. The stand-in for libcuda.so.1 (block_runner.cpp) runs the
// blocks of a grid one after the other and the threads of a block as fibres on the calling thread;
// what here is only declared with the prefix emulation_ lives there. It proves logic, never speed.
//
// Read next: emulator.h (the stand-in's inside), build.sh (flags, and the checks they switch on).
#pragma once

#include <assert.h>
#include <stdio.h>

#include <type_traits>
#include <utility>

#include "emulated_arithmetic.h"
#include "emulated_types.h"

#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline
#define __align__(bytes) alignas(bytes)
#define __launch_bounds__(...)
// One OS thread runs a whole block, so its threads share what is local to the OS thread. Being
// thread-local also puts all shared variables of the library into one range, which the stand-in
// finds, fills with a NaN pattern before each block and watches for races.
#define __shared__ static thread_local

#define EMULATION_UNCHECKED __attribute__((no_sanitize("thread", "undefined")))

#ifdef EMULATION_DRIVER
#define EMULATION_FIXED
#else
#define EMULATION_FIXED const  // within one thread of a kernel these never change
#endif

extern "C" {
extern EMULATION_FIXED uint3 threadIdx;
extern EMULATION_FIXED uint3 blockIdx;
extern EMULATION_FIXED dim3 blockDim;
extern EMULATION_FIXED dim3 gridDim;

enum EmulatedBarrier { BARRIER_PLAIN, BARRIER_OR, BARRIER_AND, BARRIER_COUNT };
enum EmulatedWarpStep { WARP_SYNC, WARP_SHUFFLE, WARP_BALLOT, WARP_MATCH };

int emulation_barrier(EmulatedBarrier kind, int predicate, const char* file, int line);
// Meets the other threads of `mask`; returns the value that lane `source` brought (WARP_SHUFFLE),
// the lanes that brought a value other than 0 (WARP_BALLOT) or the same value (WARP_MATCH).
unsigned long long emulation_warp(EmulatedWarpStep kind, unsigned mask, unsigned long long value,
                                  int source, const char* file, int line);
unsigned emulation_lane();
void* emulation_dynamic_shared();
void emulation_atomic(const void* address, unsigned bytes, const void* site);
void emulation_aligned(const void* address, unsigned bytes, const char* file, int line);
[[noreturn]] void emulation_trap(const char* what, const char* file, int line);
[[noreturn]] void emulation_assertion(const char* condition, const char* file, int line);
}

constexpr int warpSize = 32;

#undef assert
#define assert(condition) \
  ((condition) ? (void)0 : emulation_assertion(#condition, __FILE__, __LINE__))

#define DYNAMIC_SHARED(type, name) \
  type* const name = reinterpret_cast<type*>(emulation_dynamic_shared())
#define CHECK_ALIGNED(pointer, bytes) \
  emulation_aligned(pointer, static_cast<unsigned>(bytes), __FILE__, __LINE__)

// ---- Barriers and fences. Where a call stands in the source names it in reports. ----

#define EMULATION_HERE const char *file = __builtin_FILE(), int line = __builtin_LINE()

inline void __syncthreads(EMULATION_HERE) { emulation_barrier(BARRIER_PLAIN, 0, file, line); }
inline int __syncthreads_or(int predicate, EMULATION_HERE) {
  return emulation_barrier(BARRIER_OR, predicate, file, line);
}
inline int __syncthreads_and(int predicate, EMULATION_HERE) {
  return emulation_barrier(BARRIER_AND, predicate, file, line);
}
inline int __syncthreads_count(int predicate, EMULATION_HERE) {
  return emulation_barrier(BARRIER_COUNT, predicate, file, line);
}
inline void __threadfence() {}
inline void __threadfence_block() {}
inline void __threadfence_system() {}
inline void __nanosleep(unsigned) {}
[[noreturn]] inline void __trap(EMULATION_HERE) { emulation_trap("__trap()", file, line); }

// ---- Warp primitives: all threads of the mask that have not ended must call the same one ----

inline void __syncwarp(unsigned mask = 0xffffffffu, EMULATION_HERE) {
  emulation_warp(WARP_SYNC, mask, 0, 0, file, line);
}
inline unsigned __activemask() { return 1u << emulation_lane(); }
inline unsigned __ballot_sync(unsigned mask, int predicate, EMULATION_HERE) {
  return static_cast<unsigned>(
      emulation_warp(WARP_BALLOT, mask, predicate != 0 ? 1u : 0u, 0, file, line));
}
inline int __any_sync(unsigned mask, int predicate, EMULATION_HERE) {
  return __ballot_sync(mask, predicate, file, line) != 0;
}
inline int __all_sync(unsigned mask, int predicate, EMULATION_HERE) {
  return __ballot_sync(mask, !predicate, file, line) == 0;
}

namespace emulation {

template <typename T>
EMULATION_UNCHECKED inline unsigned long long packed(const T& value) {
  static_assert(sizeof(T) <= 8 && std::is_trivially_copyable<T>::value, "at most 8 plain bytes");
  unsigned long long bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}

template <typename T>
EMULATION_UNCHECKED inline T shuffled(unsigned mask, const T& value, int source, const char* file,
                                      int line) {
  const unsigned long long bits =
      emulation_warp(WARP_SHUFFLE, mask, packed(value), source, file, line);
  T result;
  std::memcpy(&result, &bits, sizeof(T));
  return result;
}

}  // namespace emulation

template <typename T>
inline unsigned __match_any_sync(unsigned mask, T value, EMULATION_HERE) {
  return static_cast<unsigned>(
      emulation_warp(WARP_MATCH, mask, emulation::packed(value), 0, file, line));
}

template <typename T>
inline T __shfl_sync(unsigned mask, T value, int source, int width = 32, EMULATION_HERE) {
  const int lane = static_cast<int>(emulation_lane());
  const int from = (lane & ~(width - 1)) | (source & (width - 1));
  return emulation::shuffled(mask, value, from, file, line);
}

template <typename T>
inline T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32, EMULATION_HERE) {
  const int lane = static_cast<int>(emulation_lane());
  const int from = lane ^ bits;
  const int end = (lane & ~(width - 1)) + width;
  return emulation::shuffled(mask, value, from < end ? from : lane, file, line);
}

template <typename T>
inline T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32, EMULATION_HERE) {
  const int lane = static_cast<int>(emulation_lane());
  const int from = lane - static_cast<int>(delta);
  return emulation::shuffled(mask, value, from >= (lane & ~(width - 1)) ? from : lane, file, line);
}

template <typename T>
inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32, EMULATION_HERE) {
  const int lane = static_cast<int>(emulation_lane());
  const int from = lane + static_cast<int>(delta);
  const int end = (lane & ~(width - 1)) + width;
  return emulation::shuffled(mask, value, from < end ? from : lane, file, line);
}

// ---- Memory: cached loads and atomics ----

template <typename T>
inline T __ldg(const T* pointer) {
  return *pointer;
}
template <typename T>
inline T __ldcs(const T* pointer) {
  return *pointer;
}
template <typename T>
inline void __stcs(T* pointer, T value) {
  *pointer = value;
}

// Fibres change only at barriers and warp steps, so a plain read and write is atomic.
#define EMULATED_ATOMIC(name, type, parameters, result)           \
  EMULATION_UNCHECKED __attribute__((noinline)) inline type name parameters { \
    emulation_atomic(address, sizeof(type), __builtin_return_address(0)); \
    const type old = *address;                                    \
    *address = result;                                            \
    return old;                                                   \
  }
#define EMULATED_ATOMIC_ADD(type) \
  EMULATED_ATOMIC(atomicAdd, type, (type* address, type value), (old + value))
#define EMULATED_ATOMICS(type)                                                              \
  EMULATED_ATOMIC(atomicMax, type, (type* address, type value), (old > value ? old : value)) \
  EMULATED_ATOMIC(atomicMin, type, (type* address, type value), (old < value ? old : value)) \
  EMULATED_ATOMIC(atomicAnd, type, (type* address, type value), (old & value))              \
  EMULATED_ATOMIC(atomicOr, type, (type* address, type value), (old | value))               \
  EMULATED_ATOMIC(atomicXor, type, (type* address, type value), (old ^ value))              \
  EMULATED_ATOMIC(atomicExch, type, (type* address, type value), (value))                   \
  EMULATED_ATOMIC(atomicCAS, type, (type* address, type expected, type value),              \
                  (old == expected ? value : old))
EMULATED_ATOMIC_ADD(float)
EMULATED_ATOMIC_ADD(double)
EMULATED_ATOMIC(atomicAdd, int, (int* address, int value),
                (static_cast<int>(static_cast<unsigned>(old) + static_cast<unsigned>(value))))
EMULATED_ATOMIC_ADD(unsigned)
EMULATED_ATOMIC_ADD(unsigned long long)
EMULATED_ATOMIC(atomicSub, int, (int* address, int value),
                (static_cast<int>(static_cast<unsigned>(old) - static_cast<unsigned>(value))))
EMULATED_ATOMIC(atomicSub, unsigned, (unsigned* address, unsigned value), (old - value))
EMULATED_ATOMIC(atomicInc, unsigned, (unsigned* address, unsigned value),
                (old >= value ? 0 : old + 1))
EMULATED_ATOMIC(atomicDec, unsigned, (unsigned* address, unsigned value),
                (old == 0 || old > value ? value : old - 1))
EMULATED_ATOMIC(atomicExch, float, (float* address, float value), (value))
EMULATED_ATOMIC(atomicCAS, unsigned short,
                (unsigned short* address, unsigned short expected, unsigned short value),
                (old == expected ? value : old))
EMULATED_ATOMICS(int)
EMULATED_ATOMICS(unsigned)
EMULATED_ATOMICS(unsigned long long)
EMULATED_ATOMIC(atomicMax, long long, (long long* address, long long value),
                (old > value ? old : value))
EMULATED_ATOMIC(atomicMin, long long, (long long* address, long long value),
                (old < value ? old : value))
EMULATED_ATOMIC(atomicAdd, __half, (__half* address, __half value),
                (__half(static_cast<float>(old) + static_cast<float>(value))))
EMULATED_ATOMIC(atomicAdd, __nv_bfloat16, (__nv_bfloat16* address, __nv_bfloat16 value),
                (__nv_bfloat16(static_cast<float>(old) + static_cast<float>(value))))

// ---- Making kernels known: the module looks up the symbol emulated_kernel_<name> ----

struct EmulatedKernel {
  const char* name;
  const char* file;
  void (*run)(void* const* arguments);  // one thread of the kernel
  const unsigned* sizes;                // bytes of each parameter
  const char* const* kinds;             // "pointer", "integer", "float" or "struct"
  unsigned parameters;
};

namespace emulation {

template <typename... Parameters>
constexpr unsigned parameter_sizes[sizeof...(Parameters) + 1] = {sizeof(Parameters)..., 0};

template <typename P>
constexpr const char* parameter_kind = std::is_pointer_v<P>          ? "pointer"
                                       : std::is_integral_v<P>       ? "integer"
                                       : std::is_floating_point_v<P> ? "float"
                                                                     : "struct";

template <typename... Parameters>
constexpr const char* parameter_kinds[sizeof...(Parameters) + 1] = {parameter_kind<Parameters>...,
                                                                    nullptr};

template <auto Kernel>
struct Trampoline;

template <typename... Parameters, void (*Kernel)(Parameters...)>
struct Trampoline<Kernel> {
  template <std::size_t... I>
  EMULATION_UNCHECKED static void call(void* const* arguments, std::index_sequence<I...>) {
    Kernel(*static_cast<const std::remove_cv_t<Parameters>*>(arguments[I])...);
  }
  EMULATION_UNCHECKED static void run(void* const* arguments) {
    call(arguments, std::index_sequence_for<Parameters...>());
  }
  static constexpr EmulatedKernel described(const char* name, const char* file) {
    return {name, file, &run, parameter_sizes<Parameters...>, parameter_kinds<Parameters...>,
            sizeof...(Parameters)};
  }
};

}  // namespace emulation

#define REGISTER_KERNEL(name)                               \
  extern "C" {                                              \
  extern const EmulatedKernel emulated_kernel_##name;       \
  const EmulatedKernel emulated_kernel_##name =             \
      emulation::Trampoline<&name>::described(#name, __FILE__); \
  }

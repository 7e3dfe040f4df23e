// SGD with momentum in PyTorch's form: of one tensor (tensor.op.Update.SgdStep), and of all
// parameters of a model in one launch with dynamic loss scaling.
//
//   g ← gradient · (1/scale);  d = g + decay·p;  v ← momentum·v + d;  p ← p − rate·v
//
// multi_tensor_sgd. Layout: a table of tensors (p and v float32, gradient float32/f16/bf16, an
// optional copy of p in f32/f16/bf16), a table of chunks of ≤ CHUNK elements, and the loss-scale
// state, all in device memory; nothing of a step is read by the host.
// Mapping: one block per task. The first `checks` tasks look for inf and NaN in a chunk of
// gradients each, the next `updates` tasks update a chunk each; if a gradient was not finite, all
// of them leave everything as it is. Every update must know what all checks found, so there is a
// point that everybody waits for. Tasks are handed out by a ticket counter and not by blockIdx:
// when a block draws an update, every check has been drawn by a block that is running or done, and
// checks wait for nobody. So the wait ends whatever the size of the grid and the order in which
// blocks start, without a cooperative launch (as in single-pass scans: Merrill and Garland 2016).
// The last update to finish advances the scale and clears the counters for the next launch.
// Bound: memory, 22 bytes per parameter with f16 gradients and copy. Updates run through the chunks
// backwards, so that the gradients that were checked last still come from L2.
// Numerics: float32 in PyTorch's order of operations and roundings: d and p by one FMA each, v by a
// product and a sum. 1/scale is rounded to float32 first, as torch.amp.GradScaler does. A momentum
// of zeros makes the first step v = d.
// Scale: not finite: scale·backoff, tracker 0. Finite: tracker + 1; at `interval` the tracker is 0
// and scale·growth replaces scale unless that is infinite. Without checks the scale is constant.
// Determinism: yes; the atomics count and flag only.
// Source: torch.optim.SGD and torch.amp.GradScaler; recorded in golden 10.
#include "sixteen.cuh"

namespace {

constexpr int THREADS = 256;
constexpr int CHUNK = 16384;    // elements per task; also in SgdTable
constexpr int IN_FLIGHT = 2;    // vectors of four per thread and turn

// One parameter; SgdTable writes this layout.
struct SgdTensor {
  float* p;
  float* v;
  const void* gradient;
  void* copy;  // or null
  long long n;
  int bias;  // whether the second learning rate is its
  float decay;
  int gradient_type;  // 0 f32, 1 f16, 2 bf16
  int copy_type;
};

struct SgdChunk {
  int tensor;
  int index;  // begins at element index·CHUNK
};

// The counters of tensor.op.Update.SgdUpdate.
struct LossScaleState {
  int tracker;           // finite steps since the scale changed last
  int last_not_finite;   // whether the last step was skipped
  int taken;             // steps so far
  int skipped;
  unsigned ticket;       // from here on 0 between launches
  unsigned checked;
  unsigned finished;
  unsigned not_finite;
};

struct SgdRule {
  float rate;
  float momentum;
  float decay;
};

// Advances p and v by one element's gradient.
__device__ __forceinline__ void advance(const SgdRule& rule, float g, float& p, float& v) {
  const float d = __fmaf_rn(rule.decay, p, g);
  v = __fadd_rn(__fmul_rn(rule.momentum, v), d);
  p = __fmaf_rn(-rule.rate, v, p);
}

__device__ __forceinline__ bool not_finite(float value) {
  return (__float_as_int(value) & 0x7f800000) == 0x7f800000;
}

// Whether any of g[0..n) is infinite or NaN; the answer in every thread.
template <typename T>
__device__ __forceinline__ bool any_not_finite(const T* g, int n) {
  constexpr int SIZE = Sixteen<T>::SIZE;
  const int lots = n / SIZE;
  bool bad = false;
  for (int i = static_cast<int>(threadIdx.x); i < lots; i += THREADS) {
    const Sixteen<T> p = load16(g + i * SIZE);
#pragma unroll
    for (int k = 0; k < SIZE; k++) {
      bad |= not_finite(to_float(p.v[k]));
    }
  }
  for (int i = lots * SIZE + static_cast<int>(threadIdx.x); i < n; i += THREADS) {
    bad |= not_finite(to_float(g[i]));
  }
  return __syncthreads_or(bad ? 1 : 0) != 0;
}

__device__ __forceinline__ float4 times(float4 a, float b) {
  return make_float4(__fmul_rn(a.x, b), __fmul_rn(a.y, b), __fmul_rn(a.z, b), __fmul_rn(a.w, b));
}

__device__ __forceinline__ void advance(const SgdRule& rule, float4 g, float4& p, float4& v) {
  advance(rule, g.x, p.x, v.x);
  advance(rule, g.y, p.y, v.y);
  advance(rule, g.z, p.z, v.z);
  advance(rule, g.w, p.w, v.w);
}

// A chunk of n elements; `copy` may be null.
template <typename G, typename C>
__device__ __forceinline__ void update(const SgdRule& rule, float inverse, int n,
                                       const G* __restrict__ gradient, float* __restrict__ p,
                                       float* __restrict__ v, C* __restrict__ copy) {
  const int fours = n / 4;
  for (int i = static_cast<int>(threadIdx.x); i < fours; i += THREADS * IN_FLIGHT) {
    float4 g[IN_FLIGHT], w[IN_FLIGHT], m[IN_FLIGHT];
#pragma unroll
    for (int k = 0; k < IN_FLIGHT; k++) {
      const int at = (i + k * THREADS) * 4;
      if (i + k * THREADS < fours) {
        g[k] = load4(gradient + at);
        w[k] = load4(p + at);
        m[k] = load4(v + at);
      }
    }
#pragma unroll
    for (int k = 0; k < IN_FLIGHT; k++) {
      const int at = (i + k * THREADS) * 4;
      if (i + k * THREADS < fours) {
        advance(rule, times(g[k], inverse), w[k], m[k]);
        store4(p + at, w[k]);
        store4(v + at, m[k]);
        if (copy != nullptr) {
          store4(copy + at, w[k]);
        }
      }
    }
  }
  for (int i = fours * 4 + static_cast<int>(threadIdx.x); i < n; i += THREADS) {
    advance(rule, __fmul_rn(to_float(gradient[i]), inverse), p[i], v[i]);
    if (copy != nullptr) {
      copy[i] = from_float<C>(p[i]);
    }
  }
}

template <typename G>
__device__ __forceinline__ void update_copy(const SgdRule& rule, float inverse, int n,
                                            const SgdTensor& t, long long start) {
  const G* gradient = static_cast<const G*>(t.gradient) + start;
  float* p = t.p + start;
  float* v = t.v + start;
  if (t.copy == nullptr) {
    update<G, float>(rule, inverse, n, gradient, p, v, nullptr);
  } else if (t.copy_type == 0) {
    update(rule, inverse, n, gradient, p, v, static_cast<float*>(t.copy) + start);
  } else if (t.copy_type == 1) {
    update(rule, inverse, n, gradient, p, v, static_cast<__half*>(t.copy) + start);
  } else {
    update(rule, inverse, n, gradient, p, v, static_cast<bf16*>(t.copy) + start);
  }
}

__device__ __forceinline__ int chunk_size(const SgdTensor& t, long long start) {
  const long long left = t.n - start;
  return static_cast<int>(left < CHUNK ? left : CHUNK);
}

// True if all gradients of the chunk are finite; in every thread.
__device__ __forceinline__ bool chunk_is_finite(const SgdTensor& t, long long start) {
  const int n = chunk_size(t, start);
  if (t.gradient_type == 0) {
    return !any_not_finite(static_cast<const float*>(t.gradient) + start, n);
  }
  if (t.gradient_type == 1) {
    return !any_not_finite(static_cast<const __half*>(t.gradient) + start, n);
  }
  return !any_not_finite(static_cast<const bf16*>(t.gradient) + start, n);
}

__device__ __forceinline__ void update_chunk(const SgdTensor& t, long long start, float inverse,
                                             float rate, float bias_rate, float momentum) {
  const SgdRule rule{t.bias != 0 ? bias_rate : rate, momentum, t.decay};
  const int n = chunk_size(t, start);
  if (t.gradient_type == 0) {
    update_copy<float>(rule, inverse, n, t, start);
  } else if (t.gradient_type == 1) {
    update_copy<__half>(rule, inverse, n, t, start);
  } else {
    update_copy<bf16>(rule, inverse, n, t, start);
  }
}

// Waits until all checks are done; by one thread of a block that drew an update.
__device__ __forceinline__ void await_checks(LossScaleState* state, unsigned checks) {
  while (*static_cast<volatile unsigned*>(&state->checked) < checks) {
    __nanosleep(64);
  }
  __threadfence();
}

// By one thread, when all tasks of the launch are done.
__device__ __forceinline__ void finish_step(float* scale, LossScaleState* state, bool dynamic,
                                            bool skip, float growth, float backoff,
                                            int interval) {
  state->last_not_finite = skip ? 1 : 0;
  if (skip) {
    state->skipped++;
    *scale = __fmul_rn(*scale, backoff);
    state->tracker = 0;
  } else {
    state->taken++;
    if (dynamic && ++state->tracker == interval) {
      const float grown = __fmul_rn(*scale, growth);
      *scale = not_finite(grown) ? *scale : grown;
      state->tracker = 0;
    }
  }
  state->ticket = 0;
  state->checked = 0;
  state->finished = 0;
  state->not_finite = 0;
}

template <typename T>
__device__ __forceinline__ void sgd_step(const T* gradient, SgdRule rule, bool first, long long n,
                                         T* p, T* v) {
  const long long fours = n / 4;
  for (long long i = grid_start(); i < fours; i += grid_stride()) {
    const float4 g = load4(gradient + i * 4);
    float4 w = load4(p + i * 4);
    // The first step must not read v: it is not initialised, and 0·NaN is NaN.
    float4 m = first ? make_float4(0.0f, 0.0f, 0.0f, 0.0f) : load4(v + i * 4);
    advance(rule, g, w, m);
    store4(p + i * 4, w);
    store4(v + i * 4, m);
  }
  for (long long i = fours * 4 + grid_start(); i < n; i += grid_stride()) {
    float w = to_float(p[i]);
    float m = first ? 0.0f : to_float(v[i]);
    advance(rule, to_float(gradient[i]), w, m);
    p[i] = from_float<T>(w);
    v[i] = from_float<T>(m);
  }
}

}  // namespace

// One block of THREADS threads for each of `checks` + `updates` tasks. `checks` is `updates` or 0.
extern "C" __global__ void __launch_bounds__(THREADS)
    multi_tensor_sgd(const SgdTensor* tensors, const SgdChunk* chunks, int updates, int checks,
                     float rate, float bias_rate, float momentum, float growth, float backoff,
                     int interval, float* scale, LossScaleState* state) {
  __shared__ unsigned drawn;
  __shared__ bool skip;
  __shared__ float inverse;
  if (threadIdx.x == 0) {
    drawn = atomicAdd(&state->ticket, 1u);
  }
  __syncthreads();
  const int task = static_cast<int>(drawn);
  const bool checking = task < checks;
  const SgdChunk chunk = chunks[checking ? task : updates - 1 - (task - checks)];
  const SgdTensor t = tensors[chunk.tensor];
  const long long start = static_cast<long long>(chunk.index) * CHUNK;
  if (checking) {
    const bool finite = chunk_is_finite(t, start);
    if (threadIdx.x == 0) {
      if (!finite) {
        atomicMax(&state->not_finite, 1u);
      }
      __threadfence();
      atomicAdd(&state->checked, 1u);
    }
    return;
  }
  if (threadIdx.x == 0) {
    await_checks(state, static_cast<unsigned>(checks));
    skip = *static_cast<volatile unsigned*>(&state->not_finite) != 0;
    inverse = __fdiv_rn(1.0f, *scale);
  }
  __syncthreads();
  if (!skip) {
    update_chunk(t, start, inverse, rate, bias_rate, momentum);
  }
  if (threadIdx.x == 0) {
    __threadfence();
    if (atomicAdd(&state->finished, 1u) == static_cast<unsigned>(updates) - 1) {
      finish_step(scale, state, checks > 0, skip, growth, backoff, interval);
    }
  }
}

#define SGD_STEP(name, T)                                                                        \
  extern "C" __global__ void __launch_bounds__(THREADS)                                          \
      name(const T* gradient, float rate, float momentum, float decay, int first, long long n,   \
           T* p, T* v) {                                                                         \
    sgd_step(gradient, SgdRule{rate, momentum, decay}, first != 0, n, p, v);                     \
  }

SGD_STEP(sgd_step_f32, float)
SGD_STEP(sgd_step_f16, __half)
SGD_STEP(sgd_step_bf16, bf16)

REGISTER_KERNEL(multi_tensor_sgd)
REGISTER_FLOAT_KERNELS(sgd_step)

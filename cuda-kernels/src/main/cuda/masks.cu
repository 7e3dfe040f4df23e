// Mask targets from polygons, and pasting of mask probabilities into images.
//
// Layouts: targets: boxes f32 [P,4] xyxy, instance i32 [P], coords f32 [C] (x, y, ...), parts i32
// [Q+1] (offsets into coords), ranges i32 [G+1] (offsets into parts); out f32 [P,size,size] of 0
// and 1. Pasting: masks f32 [D,inner,inner], boxes f32 [D,4]; out u8 [D,height,width].
// Thread mapping: one block per RoI rasterises its polygons one after the other: one thread per
// edge toggles a bit wherever the edge passes the centre line of a pixel column, one warp turns
// toggles into a prefix parity in column-major order, and each thread writes pixels in row-major
// order. No run lengths, no sort; rasters of more than TARGET_BITS pixels are done in strips of
// that size, so no size is too large. Pasting: 16 neighbouring bytes per thread, one store.
// Numerics: targets crop in float32 and walk edges in float64, pasting is float32; every step is
// one operation rounded to nearest in the order of the CPU kernels, since results are compared with
// thresholds or truncated. So the bits are theirs.
// Determinism: toggling commutes; all else is one thread per result.
// Source: rleFrPoly of pycocotools in its toggle form (the raster of COCO's masks); Masker of
// maskrcnn-benchmark.
#include "common.cuh"

constexpr int TARGET_THREADS = 128;
constexpr int PASTE_THREADS = 256;

namespace {

constexpr int TARGET_BITS = 1 << 16;  // 256x256 pixels in 8 KiB
constexpr int FINER = 5;              // the outline is walked on a grid so many times finer
constexpr int PASTE_BYTES = 16;

// Fine coordinate of a pixel coordinate; NaN, of which no edge comes, is 0.
__device__ __forceinline__ int fine(float pixel) {
  const double at = __dadd_rn(__dmul_rn(FINER, pixel), 0.5);
  return at == at ? __double2int_rz(at) : 0;
}

// One axis of a RoI's crop: pixels to pixels of the raster.
struct Crop {
  float from;
  float extent;
  float size;

  __device__ __forceinline__ int operator()(float at) const {
    return fine(__fdiv_rn(__fmul_rn(__fsub_rn(at, from), size), extent));
  }
};

// `base + slope * t`, rounded as the original does.
__device__ __forceinline__ int along(int base, double slope, int t) {
  return __double2int_rz(__dadd_rn(__dadd_rn(base, __dmul_rn(slope, t)), 0.5));
}

// |to - from|; wraps around as on the CPU, where absurd coordinates are that far apart.
__device__ __forceinline__ int distance(int from, int to) {
  const int d = static_cast<int>(static_cast<unsigned>(to) - static_cast<unsigned>(from));
  return d < 0 ? static_cast<int>(0u - static_cast<unsigned>(d)) : d;
}

// Toggles the pixels of a strip, flat positions `first` ... `first + count` - 1 in column-major
// order, that an edge passes.
struct Toggles {
  unsigned* bits;
  long long first;
  int count;
  int size;

  // The outline passes the centre line of a column at fine row v.
  __device__ __forceinline__ void cross(int column, int v) const {
    const double y = __dsub_rn(__ddiv_rn(__dadd_rn(v, 0.5), FINER), 0.5);
    const int row = static_cast<int>(ceil(fmin(fmax(y, 0.0), static_cast<double>(size))));
    const long long at = static_cast<long long>(column) * size + row - first;
    if (at >= 0 && at < count) {
      atomicXor(&bits[at / 32], 1u << at % 32);
    }
  }

  __device__ __forceinline__ void edge(int x0, int y0, int x1, int y1) const;
};

// The last step t of a steep edge that is on this side of the line between fine columns u and
// u + 1. The walk is monotonic, so it is found by bisection.
__device__ __forceinline__ int step_before(int u, int xs, int xe, int dy) {
  const double slope = __ddiv_rn(static_cast<double>(xe - xs), dy);
  const bool rising = xe > xs;
  int before = 0;
  int after = dy;
  while (after - before > 1) {
    const int t = before + (after - before) / 2;
    if ((along(xs, slope, t) > u) == rising) {
      after = t;
    } else {
      before = t;
    }
  }
  return before;
}

// Columns whose centre line lies between the ends, each once; the centre line of a column lies
// between fine columns 5c + 2 and 5c + 3. Computed from the end with the smaller coordinate on the
// longer axis, as the original does.
__device__ __forceinline__ void Toggles::edge(int x0, int y0, int x1, int y1) const {
  const int dx = distance(x0, x1);
  const int dy = distance(y0, y1);
  const bool flat = dx >= dy;
  const bool flip = flat ? x0 > x1 : y0 > y1;
  const int xs = flip ? x1 : x0;
  const int ys = flip ? y1 : y0;
  const int xe = flip ? x0 : x1;
  const int ye = flip ? y0 : y1;
  const int low = xs < xe ? xs : xe;
  const int high = xs < xe ? xe : xs;
  if (low >= FINER * size) {
    return;
  }
  // Of a strip only columns whose crossings can lie in it; a crossing may fall on the next column.
  const int strip_first = static_cast<int>(first / size);
  const int strip_last = static_cast<int>((first + count - 1) / size);
  int column = low <= FINER / 2 ? 0 : ceil_div(low - FINER / 2, FINER);
  column = column < strip_first - 1 ? strip_first - 1 : column;
  for (; column <= strip_last; column++) {
    const int u = FINER * column + FINER / 2;
    if (u >= high) {
      return;
    }
    if (flat) {
      const double slope = __ddiv_rn(static_cast<double>(ye - ys), dx);
      const int here = along(ys, slope, u - xs);
      const int next = along(ys, slope, u - xs + 1);
      cross(column, here < next ? here : next);
    } else {
      cross(column, ys + step_before(u, xs, xe, dy));
    }
  }
}

// Replaces toggles by their prefix parity, given the parity of what lies before. By one warp;
// returns the parity of all.
__device__ __forceinline__ unsigned prefix_parity(unsigned* words, int count, unsigned before) {
  const int lane = static_cast<int>(threadIdx.x) % WARP;
  for (int base = 0; base < count; base += WARP) {
    unsigned word = base + lane < count ? words[base + lane] : 0;
    const unsigned odd = __ballot_sync(FULL_WARP, (__popc(word) & 1) != 0);
    const unsigned earlier = (__popc(odd & ((1u << lane) - 1)) & 1u) ^ before;
#pragma unroll
    for (int shift = 1; shift < 32; shift *= 2) {
      word ^= word << shift;
    }
    if (base + lane < count) {
      words[base + lane] = earlier != 0 ? ~word : word;
    }
    before ^= __popc(odd) & 1u;
  }
  return before;
}

// The offset that a list holds at i, of at most `most`. Another one is a fault of the caller.
__device__ __forceinline__ int checked_index(const int* list, int i, int most) {
  const int value = list[i];
  if (value < 0 || value > most) {
    __trap();
  }
  return value;
}

}  // namespace

// One block per RoI.
extern "C" __global__ void __launch_bounds__(TARGET_THREADS)
    mask_targets_f32(const float* __restrict__ boxes, const int* __restrict__ instance,
                     const float* __restrict__ coords, const int* __restrict__ parts,
                     const int* __restrict__ ranges, int coord_count, int part_count,
                     int instance_count, int size, float* out) {
  __shared__ unsigned bits[TARGET_BITS / 32];
  __shared__ unsigned parity;
  const int t = static_cast<int>(threadIdx.x);
  const long long roi = blockIdx.x;
  const long long pixels = static_cast<long long>(size) * size;
  float* mask = out + roi * pixels;
  for (long long i = t; i < pixels; i += TARGET_THREADS) {
    mask[i] = 0;
  }
  if (instance[roi] < 0) {
    return;
  }
  const float4 box = load4(boxes + roi * 4);
  const float raster = __int2float_rn(size);
  const Crop crop_x{box.x, fmaxf(__fsub_rn(box.z, box.x), 1.0f), raster};
  const Crop crop_y{box.y, fmaxf(__fsub_rn(box.w, box.y), 1.0f), raster};
  const int row = checked_index(instance, static_cast<int>(roi), instance_count - 1);
  const int last = checked_index(ranges, row + 1, part_count);
  for (int q = checked_index(ranges, row, part_count); q < last; q++) {
    const int from = checked_index(parts, q, coord_count);
    const int points = (checked_index(parts, q + 1, coord_count) - from) / 2;
    const float* xy = coords + from;
    for (long long first = 0; first < pixels; first += TARGET_BITS) {
      const int count =
          static_cast<int>(pixels - first < TARGET_BITS ? pixels - first : TARGET_BITS);
      const int words = ceil_div(count, 32);
      for (int w = t; w < words; w += TARGET_THREADS) {
        bits[w] = 0;
      }
      __syncthreads();
      const Toggles toggles{bits, first, count, size};
      for (int i = t; i < points; i += TARGET_THREADS) {
        const int j = i + 1 == points ? 0 : i + 1;
        toggles.edge(crop_x(xy[2 * i]), crop_y(xy[2 * i + 1]), crop_x(xy[2 * j]),
                     crop_y(xy[2 * j + 1]));
      }
      __syncthreads();
      if (t < WARP) {
        const unsigned after = prefix_parity(bits, words, first == 0 ? 0 : parity);
        __syncwarp();
        if (t == 0) {
          parity = after;
        }
      }
      __syncthreads();
      // Row by row, so that neighbouring threads write neighbouring pixels.
      const int column0 = static_cast<int>(first / size);
      const int columns = static_cast<int>((first + count - 1) / size) - column0 + 1;
      for (int i = t; i < columns * size; i += TARGET_THREADS) {
        const int y = i / columns;
        const int x = column0 + i - y * columns;
        const long long at = static_cast<long long>(x) * size + y - first;
        if (at >= 0 && at < count && (bits[at / 32] >> at % 32 & 1) != 0) {
          mask[static_cast<long long>(y) * size + x] = 1;
        }
      }
      __syncthreads();
    }
  }
}

namespace {

// One axis of a pasted box: its pixels, and where each reads the padded mask.
struct PasteAxis {
  int first;
  int last;
  float scale;
};

__device__ __forceinline__ PasteAxis paste_axis(float low, float high, float growth, int side) {
  const float half = __fmul_rn(__fmul_rn(__fsub_rn(high, low), 0.5f), growth);
  const float centre = __fmul_rn(__fadd_rn(high, low), 0.5f);
  const int first = __float2int_rz(__fsub_rn(centre, half));
  const int last = __float2int_rz(__fadd_rn(centre, half));
  // Unsigned, since the length of an absurd box wraps around on the CPU too.
  const unsigned wrapped = static_cast<unsigned>(last) - static_cast<unsigned>(first) + 1;
  const int length = static_cast<int>(wrapped);
  return PasteAxis{first, last,
                   __fdiv_rn(__int2float_rn(side), __int2float_rn(length > 1 ? length : 1))};
}

// Two neighbours of the padded mask and the share of the upper one.
struct PasteTap {
  int lower;
  int upper;
  float share;
};

__device__ __forceinline__ PasteTap paste_tap(const PasteAxis& axis, int pixel, int side) {
  // In double, of a scale in float: so PyTorch's interpolation does on the CPU. The product is
  // exact, so it does not matter whether the compiler fuses it with the difference.
  const double centre = pixel - axis.first + 0.5;
  const double exact = static_cast<double>(axis.scale) * centre - 0.5;
  const double at = exact > 0 ? exact : 0.0;
  const int lower = static_cast<int>(at < side - 1 ? at : side - 1);
  const int upper = lower + 1 < side - 1 ? lower + 1 : side - 1;
  return PasteTap{lower, upper, static_cast<float>(at - lower)};
}

// A mask as if it had `padding` zero pixels around it.
struct PaddedMask {
  const float* mask;
  int inner;
  int padding;

  __device__ __forceinline__ float at(int y, int x) const {
    y -= padding;
    x -= padding;
    return y >= 0 && y < inner && x >= 0 && x < inner ? mask[y * inner + x] : 0.0f;
  }
};

__device__ __forceinline__ float mix(float a, float b, float share) {
  return __fadd_rn(__fmul_rn(__fsub_rn(1.0f, share), a), __fmul_rn(share, b));
}

__device__ __forceinline__ unsigned paste_value(const PaddedMask& mask, const PasteTap& y,
                                                const PasteTap& x, float threshold) {
  const float upper = mix(mask.at(y.lower, x.lower), mask.at(y.lower, x.upper), x.share);
  const float lower = mix(mask.at(y.upper, x.lower), mask.at(y.upper, x.upper), x.share);
  const float value = mix(upper, lower, y.share);
  if (threshold < 0) {
    return static_cast<unsigned>(__float2int_rz(__fmul_rn(value, 255.0f))) & 0xffu;
  }
  return value > threshold ? 1 : 0;
}

}  // namespace

namespace {

// The value of each of the 16 pixels of a mask from `start` on, a byte each; 0 for those that are
// not pixels of the mask.
struct PasteLine {
  unsigned words[PASTE_BYTES / 4];
};

struct PasteFrame {
  PasteAxis x;
  PasteAxis y;
  int side;
  int width;
  int pixels;
  float threshold;
};

__device__ __forceinline__ PasteLine paste_line(const PasteFrame& frame, const PaddedMask& mask,
                                                int start) {
  PasteLine line{{0, 0, 0, 0}};
  int y = start > 0 ? start / frame.width : 0;
  int x = start > 0 ? start - y * frame.width : 0;
  const bool one_row = x + PASTE_BYTES <= frame.width;
  if (y > frame.y.last || (one_row && (y < frame.y.first || x > frame.x.last ||
                                       x + PASTE_BYTES <= frame.x.first))) {
    return line;  // beside the box, as most lines are
  }
  PasteTap tap = paste_tap(frame.y, y, frame.side);
#pragma unroll
  for (int b = 0; b < PASTE_BYTES; b++) {
    if (start + b >= 0 && start + b < frame.pixels) {
      if (y >= frame.y.first && y <= frame.y.last && x >= frame.x.first && x <= frame.x.last) {
        const PasteTap across = paste_tap(frame.x, x, frame.side);
        line.words[b / 4] |= paste_value(mask, tap, across, frame.threshold) << b % 4 * 8;
      }
      if (++x == frame.width) {
        x = 0;
        tap = paste_tap(frame.y, ++y, frame.side);
      }
    }
  }
  return line;
}

}  // namespace

// Grid: y strides over the masks; x covers the 16-byte lines of one mask's pixels, of which there
// may be one more than its size says, since a mask may begin inside of a line.
extern "C" __global__ void __launch_bounds__(PASTE_THREADS)
    mask_paste_f32(const float* __restrict__ masks, const float* __restrict__ boxes, int count,
                   int inner, int padding, float growth, float threshold, int height, int width,
                   unsigned char* out) {
  __shared__ PasteAxis axes[2];
  const int side = inner + 2 * padding;
  const int pixels = height * width;
  for (long long d = blockIdx.y; d < count; d += gridDim.y) {
    __syncthreads();  // the axes may be in use for the mask before
    if (threadIdx.x < 2) {
      const float* box = boxes + 4 * d + threadIdx.x;
      axes[threadIdx.x] = paste_axis(box[0], box[2], growth, side);
    }
    __syncthreads();
    const PasteFrame frame{axes[0], axes[1], side, width, pixels, threshold};
    const PaddedMask mask{masks + d * inner * inner, inner, padding};
    const int before = static_cast<int>(d * pixels % PASTE_BYTES);  // bytes of the first line
    unsigned char* lines = out + (d * pixels - before);
    for (long long at = grid_start() * PASTE_BYTES; at < static_cast<long long>(before) + pixels;
         at += grid_stride() * PASTE_BYTES) {
      const int start = static_cast<int>(at) - before;
      const PasteLine line = paste_line(frame, mask, start);
      if (start >= 0 && start <= pixels - PASTE_BYTES) {
        store_vec4(reinterpret_cast<unsigned*>(lines + at),
                   Vec4<unsigned>{line.words[0], line.words[1], line.words[2], line.words[3]});
        continue;
      }
#pragma unroll
      for (int b = 0; b < PASTE_BYTES; b++) {
        if (start + b >= 0 && start + b < pixels) {
          lines[at + b] = static_cast<unsigned char>(line.words[b / 4] >> b % 4 * 8);
        }
      }
    }
  }
}

REGISTER_KERNEL(mask_targets_f32)
REGISTER_KERNEL(mask_paste_f32)

// x with -1 in the rows of `width` elements whose label is negative.
template <typename T>
__device__ __forceinline__ void ignore_rows(const T* x, const int* labels, long long count,
                                            long long width, T* marked) {
  for (long long i = grid_start(); i < count; i += grid_stride()) {
    marked[i] = labels[i / width] < 0 ? from_float<T>(-1.0f) : x[i];
  }
}

#define IGNORE_ROWS(name, T)                                                              \
  extern "C" __global__ void __launch_bounds__(PASTE_THREADS)                             \
      name(const T* x, const int* labels, long long count, long long width, T* marked) {  \
    ignore_rows(x, labels, count, width, marked);                                         \
  }

IGNORE_ROWS(ignore_rows_f32, float)
IGNORE_ROWS(ignore_rows_f16, __half)
IGNORE_ROWS(ignore_rows_bf16, bf16)

REGISTER_KERNEL(ignore_rows_f32)
REGISTER_KERNEL(ignore_rows_f16)
REGISTER_KERNEL(ignore_rows_bf16)

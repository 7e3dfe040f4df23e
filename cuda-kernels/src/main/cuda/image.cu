// From a photograph to network input: uint8 RGB [h,w,3] -> resize, flip, normalise, pad into one
// image of the batch [N,H,W,C], C = 3 or more (channels beyond the third are zeros, which lets the
// first convolution use aligned loads).
//
// Two resamplers, as in the systems whose weights this runs:
//   * Pillow's BILINEAR, byte for byte: a triangle filter that widens when shrinking, so it is
//     antialiased; horizontal, then vertical, each in 22-bit fixed point rounded to bytes. Weights
//     come from image_filter, in double without contraction, the horizontal pass is
//     image_resize_rows, and the vertical one happens in image_finish together with all the rest.
//     (An image more than 100 times as high as wide is shrunk vertically first: image_resize_columns.)
//   * PyTorch's bilinear on tensors, as NVIDIA's 2024 tree: half-pixel centres, two by two
//     neighbours, float32 with fused multiply-add, optionally rounded to bytes, half to even:
//     image_half_pixel, everything in one pass.
//
// Thread mapping: one thread per pixel, grid-stride. The results of bytes are normalised by a table
// of 3 x 256 numbers that each block computes into shared memory.
//
// Numerics: ((v / 255 [* 255 for BGR]) - mean) / std for bytes, v * scale + shift for fractions, each
// step rounded to float32, as on the host.
#include "pack.cuh"

namespace {

constexpr int THREADS = 256;
constexpr int COLORS = 3;

// 8 bits of pixel and 2 of headroom leave 22 of 32 for the weights.
constexpr int PRECISION_BITS = 22;
constexpr int HALF_BIT = 1 << (PRECISION_BITS - 1);

// Weights of one axis: `taps` per output, of which `count` are used, from input `first` on.
struct Filter {
  int taps;
  const int* first;
  const int* count;
  const int* weights;
};

// Where the image lies in its plane and how its colours are stored.
struct Plane {
  int height;
  int width;
  int channels;
  int image_height;
  int image_width;
  int flip;
  int bgr;
};

// Per channel of the input, in its order.
struct Colors {
  float mean[COLORS];
  float deviation[COLORS];
};

#define COLOR_PARAMETERS \
  float mean0, float mean1, float mean2, float deviation0, float deviation1, float deviation2
#define COLOR_ENTRIES {{mean0, mean1, mean2}, {deviation0, deviation1, deviation2}}

// By way of 0 to 1 also for 0 to 255, as the original does; it differs in the last bit.
__device__ __forceinline__ float normalized(int value, int bgr, float mean, float deviation) {
  const float unit = __fdiv_rn(static_cast<float>(value), 255.0f);
  return __fdiv_rn(__fsub_rn(bgr ? __fmul_rn(unit, 255.0f) : unit, mean), deviation);
}

// The table of normalised bytes, [3][256], channel by channel of the input.
__device__ __forceinline__ void fill_table(const Colors& colors, int bgr, float* table) {
#pragma unroll
  for (int c = 0; c < COLORS; c++) {
    for (int v = static_cast<int>(threadIdx.x); v < 256; v += static_cast<int>(blockDim.x)) {
      table[c * 256 + v] = normalized(v, bgr, colors.mean[c], colors.deviation[c]);
    }
  }
  __syncthreads();
}

// Writes pixel i of the plane; `pixel(row, column, color)` fills RGB of the image.
template <typename T, typename Pixel>
__device__ __forceinline__ void write_plane(const Plane& plane, T* to, Pixel pixel) {
  const long long pixels = static_cast<long long>(plane.height) * plane.width;
  for (long long i = grid_start(); i < pixels; i += grid_stride()) {
    long long column;
    const int row = static_cast<int>(divide(i, plane.width, column));
    float value[COLORS] = {};
    if (row < plane.image_height && column < plane.image_width) {
      const int x = static_cast<int>(column);
      pixel(row, plane.flip ? plane.image_width - 1 - x : x, value);
    }
    T* at = to + i * plane.channels;
    if (plane.channels == 4) {
      store4(at, make_float4(value[0], value[1], value[2], 0.0f));
      continue;
    }
    for (int c = 0; c < plane.channels; c++) {
      at[c] = from_float<T>(c == 0 ? value[0] : c == 1 ? value[1] : c == 2 ? value[2] : 0.0f);
    }
  }
}

template <typename T>
__device__ __forceinline__ void finish(const unsigned char* from, const Filter& filter,
                                       const Plane& plane, const Colors& colors, T* to) {
  __shared__ float table[COLORS * 256];
  fill_table(colors, plane.bgr, table);
  const long long pitch = static_cast<long long>(plane.image_width) * COLORS;
  write_plane(plane, to, [&](int row, int column, float* value) {
    int sum[COLORS] = {HALF_BIT, HALF_BIT, HALF_BIT};
    // Without a filter the rows are final.
    const int first = filter.taps > 0 ? filter.first[row] : row;
    const int count = filter.taps > 0 ? filter.count[row] : 1;
    const unsigned char* at = from + first * pitch + column * COLORS;
    for (int i = 0; i < count; i++, at += pitch) {
      const int w = filter.taps > 0 ? filter.weights[row * filter.taps + i] : 1 << PRECISION_BITS;
#pragma unroll
      for (int c = 0; c < COLORS; c++) {
        sum[c] += at[c] * w;
      }
    }
#pragma unroll
    for (int c = 0; c < COLORS; c++) {
      const int color = plane.bgr ? COLORS - 1 - c : c;
      value[c] = table[c * 256 + (sum[color] >> PRECISION_BITS)];
    }
  });
}

// Neighbours of an output along one axis and the weight of the second.
struct Neighbours {
  int first;
  int second;
  float weight;
};

__device__ __forceinline__ Neighbours neighbours(int at, int in, float scale) {
  const float center = fmaxf(0.0f, fmaf(scale, static_cast<float>(at) + 0.5f, -0.5f));
  const int first = min(in - 1, static_cast<int>(center));
  const float weight = __fsub_rn(center, static_cast<float>(first));
  return {first, min(in - 1, first + 1), fminf(1.0f, fmaxf(0.0f, weight))};
}

template <typename T>
__device__ __forceinline__ void half_pixel(const unsigned char* from, int height, int width,
                                           int to_bytes, const Plane& plane, const Colors& colors,
                                           T* to) {
  __shared__ float table[COLORS * 256];
  __shared__ float factor[COLORS];
  __shared__ float shift[COLORS];
  fill_table(colors, plane.bgr, table);
  if (threadIdx.x == 0) {
#pragma unroll
    for (int c = 0; c < COLORS; c++) {
      const double deviation = static_cast<double>(colors.deviation[c]);
      factor[c] = static_cast<float>(1.0 / ((plane.bgr ? 1.0 : 255.0) * deviation));
      shift[c] = static_cast<float>(-static_cast<double>(colors.mean[c]) / deviation);
    }
  }
  __syncthreads();
  const float down = __fdiv_rn(static_cast<float>(height), static_cast<float>(plane.image_height));
  const float across = __fdiv_rn(static_cast<float>(width), static_cast<float>(plane.image_width));
  write_plane(plane, to, [&](int row, int column, float* value) {
    const Neighbours y = neighbours(row, height, down);
    const Neighbours x = neighbours(column, width, across);
    const float top = __fsub_rn(1.0f, y.weight);
    const float left = __fsub_rn(1.0f, x.weight);
    const unsigned char* upper = from + static_cast<long long>(y.first) * width * COLORS;
    const unsigned char* lower = from + static_cast<long long>(y.second) * width * COLORS;
#pragma unroll
    for (int c = 0; c < COLORS; c++) {
      const int color = plane.bgr ? COLORS - 1 - c : c;
      const int a = x.first * COLORS + color;
      const int b = x.second * COLORS + color;
      float sum = __fmul_rn(__fmul_rn(top, x.weight), static_cast<float>(upper[b]));
      sum = fmaf(__fmul_rn(top, left), static_cast<float>(upper[a]), sum);
      sum = fmaf(__fmul_rn(y.weight, left), static_cast<float>(lower[a]), sum);
      sum = fmaf(__fmul_rn(y.weight, x.weight), static_cast<float>(lower[b]), sum);
      value[c] = to_bytes ? table[c * 256 + min(max(static_cast<int>(rintf(sum)), 0), 255)]
                          : __fadd_rn(__fmul_rn(sum, factor[c]), shift[c]);
    }
  });
}

}  // namespace

// The triangle filter that takes `in` inputs to `out` outputs; taps = 2 * ceil(max(in / out, 1)) + 1.
extern "C" __global__ void __launch_bounds__(THREADS)
    image_filter(int in, int out, int taps, int* first, int* count, int* weights) {
  const double scale = __ddiv_rn(static_cast<double>(in), static_cast<double>(out));
  const double support = fmax(scale, 1.0);  // a triangle reaches 1 to each side
  const double inverse = __ddiv_rn(1.0, support);
  for (long long i = grid_start(); i < out; i += grid_stride()) {
    const int o = static_cast<int>(i);
    const double center = __dmul_rn(static_cast<double>(o) + 0.5, scale);
    const int from = max(0, static_cast<int>(__dadd_rn(__dadd_rn(center, -support), 0.5)));
    const int n = min(in, static_cast<int>(__dadd_rn(__dadd_rn(center, support), 0.5))) - from;
    const auto triangle = [&](int k) {
      const double x = __dadd_rn(__dadd_rn(static_cast<double>(k + from), -center), 0.5);
      return fmax(0.0, __dadd_rn(1.0, -fabs(__dmul_rn(x, inverse))));
    };
    double sum = 0.0;
    for (int k = 0; k < n; k++) {
      sum = __dadd_rn(sum, triangle(k));
    }
    for (int k = 0; k < n; k++) {
      const double w = sum != 0.0 ? __ddiv_rn(triangle(k), sum) : triangle(k);
      const double fixed = __dmul_rn(w, static_cast<double>(1 << PRECISION_BITS));
      weights[i * taps + k] = static_cast<int>(__dadd_rn(0.5, fixed));
    }
    first[o] = from;
    count[o] = n;
  }
}

// from [height,width,3] -> to [height,new_width,3].
extern "C" __global__ void __launch_bounds__(THREADS)
    image_resize_rows(const unsigned char* from, int height, int width, int new_width, int taps,
                      const int* first, const int* count, const int* weights, unsigned char* to) {
  const long long pixels = static_cast<long long>(height) * new_width;
  for (long long i = grid_start(); i < pixels; i += grid_stride()) {
    long long x;
    const long long row = divide(i, new_width, x);
    const unsigned char* at = from + (row * width + first[x]) * COLORS;
    const int* w = weights + x * taps;
    int sum[COLORS] = {HALF_BIT, HALF_BIT, HALF_BIT};
    for (int k = 0; k < count[x]; k++, at += COLORS) {
#pragma unroll
      for (int c = 0; c < COLORS; c++) {
        sum[c] += at[c] * w[k];
      }
    }
#pragma unroll
    for (int c = 0; c < COLORS; c++) {
      // Weights are not negative and sum to 1, so no clipping is needed.
      to[i * COLORS + c] = static_cast<unsigned char>(sum[c] >> PRECISION_BITS);
    }
  }
}

// from [height,width,3] -> to [new_height,width,3], one thread per byte.
extern "C" __global__ void __launch_bounds__(THREADS)
    image_resize_columns(const unsigned char* from, int width, int new_height, int taps,
                         const int* first, const int* count, const int* weights,
                         unsigned char* to) {
  const long long pitch = static_cast<long long>(width) * COLORS;
  for (long long i = grid_start(); i < new_height * pitch; i += grid_stride()) {
    long long column;
    const long long y = divide(i, pitch, column);
    const unsigned char* at = from + first[y] * pitch + column;
    int sum = HALF_BIT;
    for (int k = 0; k < count[y]; k++, at += pitch) {
      sum += *at * weights[y * taps + k];
    }
    to[i] = static_cast<unsigned char>(sum >> PRECISION_BITS);
  }
}

// from [rows,image_width,3] -> plane [height,width,channels]. taps 0: rows = image_height, no filter.
#define IMAGE_FINISH(suffix, T)                                                                  \
  extern "C" __global__ void __launch_bounds__(THREADS) image_finish_##suffix(                   \
      const unsigned char* from, int taps, const int* first, const int* count,                   \
      const int* weights, int height, int width, int channels, int image_height,                 \
      int image_width, int flip, int bgr, COLOR_PARAMETERS, T* plane) {                          \
    const Colors colors COLOR_ENTRIES;                                                           \
    finish<T>(from, {taps, first, count, weights},                                               \
              {height, width, channels, image_height, image_width, flip, bgr}, colors, plane);   \
  }

IMAGE_FINISH(f32, float)
IMAGE_FINISH(f16, __half)
IMAGE_FINISH(bf16, bf16)

// from [from_height,from_width,3] -> plane [height,width,channels].
#define IMAGE_HALF_PIXEL(suffix, T)                                                              \
  extern "C" __global__ void __launch_bounds__(THREADS) image_half_pixel_##suffix(               \
      const unsigned char* from, int from_height, int from_width, int to_bytes, int height,      \
      int width, int channels, int image_height, int image_width, int flip, int bgr,             \
      COLOR_PARAMETERS, T* plane) {                                                              \
    const Colors colors COLOR_ENTRIES;                                                           \
    half_pixel<T>(from, from_height, from_width, to_bytes,                                       \
                  {height, width, channels, image_height, image_width, flip, bgr}, colors,       \
                  plane);                                                                        \
  }

IMAGE_HALF_PIXEL(f32, float)
IMAGE_HALF_PIXEL(f16, __half)
IMAGE_HALF_PIXEL(bf16, bf16)

REGISTER_KERNEL(image_filter)
REGISTER_KERNEL(image_resize_rows)
REGISTER_KERNEL(image_resize_columns)
REGISTER_KERNEL(image_finish_f32)
REGISTER_KERNEL(image_finish_f16)
REGISTER_KERNEL(image_finish_bf16)
REGISTER_KERNEL(image_half_pixel_f32)
REGISTER_KERNEL(image_half_pixel_f16)
REGISTER_KERNEL(image_half_pixel_bf16)

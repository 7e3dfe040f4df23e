// RoIAlign (He et al. 2017) over a feature pyramid: levels of boxes, and pooling.
//
// Layout: features [N,H,W,C] per level, pooled [R,bins_y,bins_x,C]. All levels of the pyramid go
// through one launch; a RoI names its level. Padding gives zeros.
//
// Thread mapping: a block serves a RoI and a range of its bins. The sample positions of both axes,
// with their neighbours and weights, are computed once into shared memory; then a thread gathers a
// pack of channels (16 bytes: 4 float32 or 8 half) of a bin, so at 256 half channels a warp is a bin.
// The usual grid of 2 x 2 samples is unrolled: 16 loads in flight per thread.
//
// Numerics: sums in float32 whatever the type of the features; see roi_geometry.cuh. Deterministic.
//
// Source: Detectron's RoIAlign as in maskrcnn-benchmark (not aligned) and detectron2 (aligned). The
// original launches once per level and in float32 only.
#include "roi_geometry.cuh"

namespace {

template <typename T, int V>
struct Pooling {
  const T* image;
  long long pitch;  // elements of a feature row
  int channels;

  template <int SAMPLES>
  __device__ __forceinline__ void bin(const Taps& y, const Taps& x, int p, int q, int c,
                                      float (&sum)[V]) const {
    each_sample<SAMPLES>(y, x, p, q, [&](const Tap& row, const Tap& column) {
      const T* top = image + row.low * pitch + c;
      const T* bottom = image + row.high * pitch + c;
      const long long left = static_cast<long long>(column.low) * channels;
      const long long right = static_cast<long long>(column.high) * channels;
      float a[V];
      float b[V];
      float d[V];
      float e[V];
      load_pack<V>(top + left, a);
      load_pack<V>(top + right, b);
      load_pack<V>(bottom + left, d);
      load_pack<V>(bottom + right, e);
      const float down = row.above;
      const float across = column.above;
      const float wa = (1.0f - down) * (1.0f - across);
      const float wb = (1.0f - down) * across;
      const float wd = down * (1.0f - across);
      const float we = down * across;
#pragma unroll
      for (int v = 0; v < V; v++) {
        sum[v] += wa * a[v] + wb * b[v] + wd * d[v] + we * e[v];
      }
    });
  }
};

template <typename T, int V>
__device__ __forceinline__ void pool_roi(const Work& work, int roi, const Pyramid<const T>& pyramid,
                                         T* pooled) {
  __shared__ Tap row_taps[TAPS];
  __shared__ Tap column_taps[TAPS];
  const int image = work.rois.image(roi);
  const int level = image < 0 ? 0 : work.level[roi];
  require(level >= 0 && level < work.levels && image < work.images);
  const Map<const T> map = pyramid.pick(level);
  const Axis y = rows_of(work.rois, roi, work.grid, map.scale);
  const Axis x = columns_of(work.rois, roi, work.grid, map.scale);
  __syncthreads();  // the taps of the RoI before are done with
  const Taps rows = keep_taps(y, work.grid.height, map.height, row_taps);
  const Taps columns = keep_taps(x, work.grid.width, map.width, column_taps);
  __syncthreads();
  const long long pitch = static_cast<long long>(map.width) * work.channels;
  const Pooling<T, V> pooling{map.data + max(image, 0) * map.height * pitch, pitch, work.channels};
  const float share = share_of(y, x);
  const bool two = y.samples == 2 && x.samples == 2;
  const Weave weave(work.channels / V);
  const int bins = work.grid.height * work.grid.width;
  const Share part(bins);
  if (weave.slot >= weave.slots) {
    return;
  }
  for (int bin = part.first + weave.slot; bin < part.last; bin += weave.slots) {
    const int p = bin / work.grid.width;
    const int q = bin - p * work.grid.width;
    T* to = pooled + (static_cast<long long>(roi) * bins + bin) * work.channels;
    for (int c = weave.lane * V; c < work.channels; c += weave.lanes * V) {
      float sum[V] = {};
      if (image >= 0 && two) {
        pooling.template bin<2>(rows, columns, p, q, c, sum);
      } else if (image >= 0) {
        pooling.template bin<0>(rows, columns, p, q, c, sum);
      }
#pragma unroll
      for (int v = 0; v < V; v++) {
        sum[v] *= share;
      }
      store_pack<V>(to + c, sum);
    }
  }
}

template <typename T>
__device__ __forceinline__ void align(const Work& work, const Pyramid<const T>& pyramid,
                                      T* pooled) {
  for (int roi = static_cast<int>(blockIdx.x); roi < work.count;
       roi += static_cast<int>(gridDim.x)) {
    if (work.channels % WIDE<T> == 0) {
      pool_roi<T, WIDE<T>>(work, roi, pyramid, pooled);
    } else {
      pool_roi<T, 1>(work, roi, pyramid, pooled);
    }
  }
}

}  // namespace

// level[r] = clamp(floor(canonical + log2(sqrt(area) / size + 1e-6)), lowest, highest) - lowest. The
// logarithm in double, rounded once: the floor decides.
extern "C" __global__ void __launch_bounds__(THREADS)
    roi_levels(const float* rois, int count, int lowest, int highest, float canonical,
               float size, float offset, int* level) {
  const Rois rows{rois};
  for (long long i = grid_start(); i < count; i += grid_stride()) {
    const int r = static_cast<int>(i);
    const float w = __fadd_rn(__fsub_rn(rows.at(r, 3), rows.at(r, 1)), offset);
    const float h = __fadd_rn(__fsub_rn(rows.at(r, 4), rows.at(r, 2)), offset);
    const float side = __fsqrt_rn(__fmul_rn(w, h));
    const float ratio = __fadd_rn(__fdiv_rn(side, size), 1e-6f);
    const float log2 = static_cast<float>(log(static_cast<double>(ratio)) / 0.6931471805599453);
    const float number = floorf(__fadd_rn(canonical, log2));
    // An inverted box has no root: NaN counts as 0.
    const float wanted = number == number ? number : 0.0f;
    const float bounded =
        fminf(fmaxf(wanted, static_cast<float>(lowest)), static_cast<float>(highest));
    level[r] = static_cast<int>(bounded) - lowest;
  }
}

// grid: x over RoIs, y over ranges of bins.
#define ROI_ALIGN(suffix, T)                                                                     \
  extern "C" __global__ void __launch_bounds__(THREADS, 2) roi_align_##suffix(                      \
      const float* rois, const int* level, int count, int bins_y, int bins_x,       \
      int ratio, int aligned, int channels, int levels, int images, PYRAMID(const T),            \
      T* pooled) {                                                                               \
    const Pyramid<const T> pyramid{ENTRIES};                                                     \
    align<T>({{rois}, level, count, {bins_y, bins_x, ratio, aligned}, channels,        \
              levels, images},                                                                   \
             pyramid, pooled);                                                                   \
  }

ROI_ALIGN(f32, float)
ROI_ALIGN(f16, __half)
ROI_ALIGN(bf16, bf16)

REGISTER_KERNEL(roi_levels)
REGISTER_KERNEL(roi_align_f32)
REGISTER_KERNEL(roi_align_f16)
REGISTER_KERNEL(roi_align_bf16)

// The gradient of RoIAlign by the feature maps, all levels in one launch; boxes get none.
//
// Layout: dy [R,bins_y,bins_x,C], one map [N,H,W,C] per level. Two forms, with equal results up to
// the order of additions:
//   * roi_align_scatter: a block per RoI and range of bins, as in roi_align.cu, with vector atomics
//     (red.global.add.v4.f32 from sm_90 on) into float32 accumulators. Not deterministic.
//   * roi_align_order + roi_align_gather: RoIs are sorted by (level, image), stably; then a block
//     owns 8 x 8 pixels of a map and a slice of channels, finds the RoIs that touch it, and adds them
//     up in registers in ascending order. Bilinear sampling is separable, so a RoI acts on the tile
//     by two small matrices, bins x 8 per axis, computed into shared memory for a few RoIs at once.
//     Every element is written exactly once: no zero fill, no accumulators, deterministic.
//
// Numerics: sums in float32 whatever the type of the features; see roi_geometry.cuh.
//
// Source: as roi_align.cu. The original adds with scalar atomics into maps filled with zeros.
#include "roi_geometry.cuh"

namespace {

// Adds V values to neighbours in memory.
template <int V>
__device__ __forceinline__ void add_pack(float* to, const float (&value)[V], float weight) {
  if (V == 4) {
    atomic_add4(to, make_float4(weight * value[0], weight * value[1 % V], weight * value[2 % V],
                                weight * value[3 % V]));
  } else {
#pragma unroll
    for (int v = 0; v < V; v++) {
      atomicAdd(to + v, weight * value[v]);
    }
  }
}

template <typename T, int V>
__device__ __forceinline__ void scatter_roi(const Work& work, int roi, const T* dy,
                                            const Pyramid<float>& pyramid) {
  __shared__ Tap row_taps[TAPS];
  __shared__ Tap column_taps[TAPS];
  const int image = work.rois.image(roi);
  if (image < 0) {
    return;  // the whole block
  }
  const int level = work.level[roi];
  require(level >= 0 && level < work.levels && image < work.images);
  const Map<float> map = pyramid.pick(level);
  const Axis y = rows_of(work.rois, roi, work.grid, map.scale);
  const Axis x = columns_of(work.rois, roi, work.grid, map.scale);
  __syncthreads();
  const Taps rows = keep_taps(y, work.grid.height, map.height, row_taps);
  const Taps columns = keep_taps(x, work.grid.width, map.width, column_taps);
  __syncthreads();
  const long long pitch = static_cast<long long>(map.width) * work.channels;
  float* const first = map.data + image * map.height * pitch;
  const float share = share_of(y, x);
  const Weave weave(work.channels / V);
  const int bins = work.grid.height * work.grid.width;
  const Share part(bins);
  if (weave.slot >= weave.slots) {
    return;
  }
  for (int bin = part.first + weave.slot; bin < part.last; bin += weave.slots) {
    const int p = bin / work.grid.width;
    const int q = bin - p * work.grid.width;
    const T* from = dy + (static_cast<long long>(roi) * bins + bin) * work.channels;
    for (int c = weave.lane * V; c < work.channels; c += weave.lanes * V) {
      float value[V];
      load_pack<V>(from + c, value);
#pragma unroll
      for (int v = 0; v < V; v++) {
        value[v] *= share;
      }
      each_sample<0>(rows, columns, p, q, [&](const Tap& row, const Tap& column) {
        float* top = first + row.low * pitch + c;
        float* bottom = first + row.high * pitch + c;
        const long long left = static_cast<long long>(column.low) * work.channels;
        const long long right = static_cast<long long>(column.high) * work.channels;
        const float down = row.above;
        const float across = column.above;
        add_pack<V>(top + left, value, (1.0f - down) * (1.0f - across));
        add_pack<V>(top + right, value, (1.0f - down) * across);
        add_pack<V>(bottom + left, value, down * (1.0f - across));
        add_pack<V>(bottom + right, value, down * across);
      });
    }
  }
}

template <typename T>
__device__ __forceinline__ void scatter(const Work& work, const T* dy,
                                        const Pyramid<float>& pyramid) {
  for (int roi = static_cast<int>(blockIdx.x); roi < work.count;
       roi += static_cast<int>(gridDim.x)) {
    if (work.channels % 4 == 0) {
      scatter_roi<T, 4>(work, roi, dy, pyramid);
    } else {
      scatter_roi<T, 1>(work, roi, dy, pyramid);
    }
  }
}

// ---- The deterministic gradient ----

// Pixels of a tile along each axis, and of a thread along x.
constexpr int TILE = 8;
constexpr int STRIP = 4;

// Threads side by side on the channels of a strip of pixels.
constexpr int CHANNEL_LANES = 16;

static_assert(CHANNEL_LANES * TILE * (TILE / STRIP) == THREADS, "a block is a tile");

// A RoI that may touch the tile.
struct Candidate {
  int roi;
  Axis y;
  Axis x;
};

// Which RoIs a block works with.
struct Tile {
  int level;
  int image;
  int row;
  int column;
};

__device__ __forceinline__ bool touches(const Axis& axis, int bins, int extent, int from) {
  if (axis.samples == 0) {
    return false;
  }
  const float first = axis.position(0, 0);
  const float last = axis.position(bins - 1, axis.samples - 1);
  // A bin may have a negative size if the RoI is inverted. Positions beyond the border are clamped.
  const float low = fminf(fmaxf(fminf(first, last), 0.0f), static_cast<float>(extent - 1));
  const float high = fminf(fmaxf(fmaxf(first, last), 0.0f), static_cast<float>(extent - 1));
  return high + 1.0f >= static_cast<float>(from) && low < static_cast<float>(from + TILE);
}

// The weight with which bin p of an axis reaches coordinate `at`: the sum over its samples.
__device__ __forceinline__ float reach(const Axis& axis, int extent, int p, int at) {
  float weight = 0.0f;
  for (int i = 0; i < axis.samples; i++) {
    const Tap tap = tap_of(axis, extent, p, i);
    weight += tap.low == at ? 1.0f - tap.above : 0.0f;
    weight += tap.high == at ? tap.above : 0.0f;
  }
  return weight;
}

// Appends the calling threads' candidates to the block's list, in the order of the threads.
__device__ __forceinline__ int collect(bool wanted, const Candidate& mine, Candidate* list) {
  __shared__ int warps[THREADS / WARP];
  const int lane = static_cast<int>(threadIdx.x) % WARP;
  const int warp = static_cast<int>(threadIdx.x) / WARP;
  const unsigned votes = __ballot_sync(FULL_WARP, wanted);
  if (lane == 0) {
    warps[warp] = __popc(votes);
  }
  __syncthreads();
  int before = 0;
  int all = 0;
  for (int w = 0; w < THREADS / WARP; w++) {
    before += w < warp ? warps[w] : 0;
    all += warps[w];
  }
  if (wanted) {
    list[before + __popc(votes & ((1u << lane) - 1u))] = mine;
  }
  __syncthreads();
  return all;
}

// The tile of a block, and its map. False beyond the last tile.
template <typename T>
__device__ __forceinline__ bool locate(const Pyramid<T>& pyramid, int images, Tile& tile,
                                       Map<T>& map) {
  long long rest = blockIdx.x;
  bool found = false;
#pragma unroll
  for (int l = 0; l < LEVELS; l++) {
    const int down = ceil_div(pyramid.maps[l].height, TILE);
    const int across = ceil_div(pyramid.maps[l].width, TILE);
    const long long tiles = static_cast<long long>(down) * across * images;
    if (!found && rest < tiles) {
      const int at = static_cast<int>(rest);
      found = true;
      map = pyramid.maps[l];
      tile = {l, at / (down * across), at / across % down * TILE, at % across * TILE};
    } else if (!found) {
      rest -= tiles;
    }
  }
  return found;
}

// Adds what the `count` candidates give to a thread's strip: their axes' matrices to shared memory,
// then bin by bin the gradients that reach a pixel of the strip.
template <typename T, int V>
struct Strip {
  const T* dy;
  Grid grid;
  int channels;
  int channel;
  int row;     // of the strip in the tile
  int column;  // of its first pixel in the tile

  __device__ __forceinline__ void add(int roi, const float* row_weights,
                                      const float* column_weights, float (&sum)[STRIP][V]) const {
    for (int p = 0; p < grid.height; p++) {
      const float down = row_weights[p * TILE + row];
      if (down == 0.0f) {
        continue;
      }
      const long long bin = (static_cast<long long>(roi) * grid.height + p) * grid.width;
      const T* from = dy + bin * channels + channel;
      for (int q = 0; q < grid.width; q++, from += channels) {
        const float4 across = load4(column_weights + q * TILE + column);
        if (across.x == 0.0f && across.y == 0.0f && across.z == 0.0f && across.w == 0.0f) {
          continue;
        }
        float value[V];
        load_pack<V>(from, value);
#pragma unroll
        for (int v = 0; v < V; v++) {
          const float g = down * value[v];
          sum[0][v] += across.x * g;
          sum[1][v] += across.y * g;
          sum[2][v] += across.z * g;
          sum[3][v] += across.w * g;
        }
      }
    }
  }
};

// The matrices of some candidates: per candidate bins_y x TILE, then bins_x x TILE weights.
__device__ __forceinline__ void fill_weights(const Candidate* list, int count, const Grid& grid,
                                             const Tile& tile, int height, int width,
                                             float* weights) {
  const int each = (grid.height + grid.width) * TILE;
  for (int k = static_cast<int>(threadIdx.x); k < count * each; k += THREADS) {
    const Candidate& candidate = list[k / each];
    const int bin = k % each / TILE;
    const int pixel = k % TILE;
    if (bin < grid.height) {
      weights[k] = share_of(candidate.y, candidate.x) *
                   reach(candidate.y, height, bin, tile.row + pixel);
    } else {
      weights[k] = reach(candidate.x, width, bin - grid.height, tile.column + pixel);
    }
  }
}

template <typename T, int V>
__device__ __forceinline__ void gather(const Rois& rois, const int* order, const int* start,
                                       const Grid& grid, int channels, int images, int batch,
                                       const T* dy, const Pyramid<T>& pyramid) {
  DYNAMIC_SHARED(float, weights);
  __shared__ Candidate list[THREADS];
  Tile tile{};
  Map<T> map{};
  if (!locate(pyramid, images, tile, map)) {
    return;  // the whole block
  }
  const int thread = static_cast<int>(threadIdx.x);
  const int channel = (static_cast<int>(blockIdx.y) * CHANNEL_LANES + thread % CHANNEL_LANES) * V;
  const int strip = thread / CHANNEL_LANES;
  const int row = strip / (TILE / STRIP);
  const int column = strip % (TILE / STRIP) * STRIP;
  const bool active = channel < channels && tile.row + row < map.height;
  const Strip<T, V> work{dy, grid, channels, channel, row, column};
  float sum[STRIP][V] = {};
  const int segment = tile.level * images + tile.image;
  const int end = start[segment + 1];
  for (int first = start[segment]; first < end; first += THREADS) {
    Candidate mine{};
    bool wanted = first + thread < end;
    if (wanted) {
      mine.roi = order[first + thread];
      mine.y = rows_of(rois, mine.roi, grid, map.scale);
      mine.x = columns_of(rois, mine.roi, grid, map.scale);
      wanted = touches(mine.y, grid.height, map.height, tile.row) &&
               touches(mine.x, grid.width, map.width, tile.column);
    }
    const int found = collect(wanted, mine, list);
    const int each = (grid.height + grid.width) * TILE;
    for (int k = 0; k < found; k += batch) {
      const int count = min(batch, found - k);
      fill_weights(list + k, count, grid, tile, map.height, map.width, weights);
      __syncthreads();
      for (int i = 0; active && i < count; i++) {
        const float* matrices = weights + i * each;
        work.add(list[k + i].roi, matrices, matrices + grid.height * TILE, sum);
      }
      __syncthreads();
    }
  }
  if (!active) {
    return;
  }
  const long long pixel =
      (static_cast<long long>(tile.image) * map.height + tile.row + row) * map.width + tile.column +
      column;
  T* to = map.data + pixel * channels + channel;
#pragma unroll
  for (int i = 0; i < STRIP; i++) {
    if (tile.column + column + i < map.width) {
      store_pack<V>(to + static_cast<long long>(i) * channels, sum[i]);
    }
  }
}

}  // namespace

// Adds to float32 maps, which the caller has filled with zeros.
#define ROI_ALIGN_SCATTER(suffix, T)                                                             \
  extern "C" __global__ void __launch_bounds__(THREADS, 2) roi_align_scatter_##suffix(              \
      const T* dy, const float* rois, const int* level, int count, int bins_y,      \
      int bins_x, int ratio, int aligned, int channels, int levels, int images,                  \
      PYRAMID(float)) {                                                                          \
    const Pyramid<float> pyramid{ENTRIES};                                                       \
    scatter<T>({{rois}, level, count, {bins_y, bins_x, ratio, aligned}, channels,      \
                levels, images},                                                                 \
               dy, pyramid);                                                                     \
  }

ROI_ALIGN_SCATTER(f32, float)
ROI_ALIGN_SCATTER(f16, __half)
ROI_ALIGN_SCATTER(bf16, bf16)

// Rounds accumulated gradients to the type of the features.
#define ROI_ALIGN_NARROW(suffix, T)                                                              \
  extern "C" __global__ void __launch_bounds__(THREADS)                                          \
      roi_align_narrow_##suffix(const float* sum, long long count, T* dx) {                      \
    for (long long i = grid_start(); i < count; i += grid_stride()) {                            \
      dx[i] = from_float<T>(sum[i]);                                                             \
    }                                                                                            \
  }

ROI_ALIGN_NARROW(f16, __half)
ROI_ALIGN_NARROW(bf16, bf16)

// RoIs sorted by level * images + image, ascending within; start has levels * images + 1 entries.
// One thread per RoI and per entry of start. Padding comes before the first segment.
extern "C" __global__ void __launch_bounds__(THREADS)
    roi_align_order(const float* rois, const int* level, int count, int levels,
                    int images, int* order, int* start) {
  const Rois rows{rois};
  const auto key = [&](int r) {
    const int image = rows.image(r);
    if (image < 0) {
      return -1;
    }
    require(level[r] >= 0 && level[r] < levels && image < images);
    return level[r] * images + image;
  };
  const int thread = static_cast<int>(grid_start());
  const bool roi = thread < count;
  const int mine = roi ? key(thread) : thread - count;
  const int rank = stable_rank<THREADS>(key, count, mine, roi ? thread : -1);
  if (roi) {
    order[rank] = thread;
  } else if (mine <= levels * images) {
    start[mine] = rank;
  }
}

// grid: x over tiles of all maps, y over slices of channels. Dynamic shared memory: `batch` times
// (bins_y + bins_x) * 8 floats.
#define ROI_ALIGN_GATHER(suffix, T)                                                              \
  extern "C" __global__ void __launch_bounds__(THREADS, 2) roi_align_gather_##suffix(               \
      const T* dy, const float* rois, const int* order, const int* start,           \
      int bins_y, int bins_x, int ratio, int aligned, int channels, int images, int batch,       \
      PYRAMID(T)) {                                                                              \
    const Pyramid<T> pyramid{ENTRIES};                                                           \
    const Grid grid{bins_y, bins_x, ratio, aligned};                                             \
    if (channels % WIDE<T> == 0) {                                                               \
      gather<T, WIDE<T>>({rois}, order, start, grid, channels, images, batch, dy,      \
                         pyramid);                                                               \
    } else {                                                                                     \
      gather<T, 1>({rois}, order, start, grid, channels, images, batch, dy, pyramid);  \
    }                                                                                            \
  }

ROI_ALIGN_GATHER(f32, float)
ROI_ALIGN_GATHER(f16, __half)
ROI_ALIGN_GATHER(bf16, bf16)

REGISTER_KERNEL(roi_align_scatter_f32)
REGISTER_KERNEL(roi_align_scatter_f16)
REGISTER_KERNEL(roi_align_scatter_bf16)
REGISTER_KERNEL(roi_align_narrow_f16)
REGISTER_KERNEL(roi_align_narrow_bf16)
REGISTER_KERNEL(roi_align_order)
REGISTER_KERNEL(roi_align_gather_f32)
REGISTER_KERNEL(roi_align_gather_f16)
REGISTER_KERNEL(roi_align_gather_bf16)

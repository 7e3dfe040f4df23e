// From matches to the rows that are trained on: labels, balanced sampling, compaction of indices,
// RoI rows, and proposals with the ground truth appended.
//
// Layouts: match, labels i32 [N,M]; truth labels i32 [N,G]; flags u8 [N,M]; boxes f32 [N,M,4];
// RoI rows f32 [R,5] (image, x1, y1, x2, y2); counts i32 [N].
// Sampling keeps the rows with the smallest Philox keys of each class (positive: label >= 1,
// negative: label 0), equal keys by ascending row: the same sample as the CPU for the same seed.
// It is a radix selection whose first digit has 11 bits: sample_histogram_i32 counts the digit,
// sample_split_i32 keeps all rows below the digit of the last key, drops those above, and lists
// those at it, and sample_rank_i32 keeps the right number of the listed by rank. Keys are uniform
// and independent of labels, so the list is short (a 2048th of the rows), and ranks by counting are
// cheaper than further digits; the list has room for all rows all the same. Keys are pure functions
// of the row: each pass computes them again instead of storing them.
// Compaction (index_where) is stable: one pass counts per block, the next adds up what the blocks
// before found and writes in order.
// Thread mapping: four neighbouring rows per thread in sampling, since a Philox block has four
// words; otherwise one element per thread. y = image in sampling.
// Numerics: integers and copies only. Deterministic, though the list is filled by atomics: ranks
// do not depend on its order. An index or count out of range is a fault and traps.
// Source: sampler of maskrcnn-benchmark.
#include "box_overlap.cuh"
#include "philox.cuh"

constexpr int SAMPLE_THREADS = 256;

namespace {

constexpr int SAMPLE_BINS = 2048;  // of the upper 11 bits of a key
constexpr int SAMPLE_SHIFT = 21;
constexpr int SAMPLE_CLASSES = 2;  // 0: positive, 1: negative
constexpr int SAMPLE_WARPS = SAMPLE_THREADS / WARP;

// Per image: listed rows of each class, then how many of them to keep.
constexpr int SAMPLE_STATE = 2 * SAMPLE_CLASSES;

// The first stream of a group, which is on the device so that a captured pass draws anew.
__device__ __forceinline__ unsigned long long group_offset(unsigned long long offset,
                                                           const int* group) {
  return group == nullptr ? offset : offset + (static_cast<unsigned long long>(*group) << 16);
}

// The labels of rows 4q ... 4q + 3; -1 beyond the last row. Rows of images that are multiples of
// four are aligned for vectors.
__device__ __forceinline__ void load_labels(const int* labels, int rows, int q, int label[4]) {
  if (rows % 4 == 0) {
    const Vec4<int> v = load_vec4(labels + 4LL * q);
    label[0] = v.x;
    label[1] = v.y;
    label[2] = v.z;
    label[3] = v.w;
    return;
  }
#pragma unroll
  for (int k = 0; k < 4; k++) {
    label[k] = 4 * q + k < rows ? labels[4 * q + k] : -1;
  }
}

__device__ __forceinline__ void store_labels(const int label[4], int rows, int q, int* labels) {
  if (rows % 4 == 0) {
    store_vec4(labels + 4LL * q, Vec4<int>{label[0], label[1], label[2], label[3]});
    return;
  }
#pragma unroll
  for (int k = 0; k < 4; k++) {
    if (4 * q + k < rows) {
      labels[4 * q + k] = label[k];
    }
  }
}

// 0 for positive, 1 for negative, -1 for neither.
__device__ __forceinline__ int sample_class(int label) {
  return label >= 1 ? 0 : label == 0 ? 1 : -1;
}

// What is kept of a class: all rows whose digit is below `bin`, and `left` of those at it.
struct Cut {
  int bin;
  int left;
  int kept;  // rows in all
};

// The cut that keeps the `most` smallest keys of a class. All threads of the block take part.
__device__ Cut sample_cut(const int* histogram, int most) {
  constexpr int EACH = SAMPLE_BINS / SAMPLE_THREADS;
  __shared__ int warp_total[SAMPLE_WARPS];
  __shared__ int found_bin;
  __shared__ int found_left;
  const int thread = static_cast<int>(threadIdx.x);
  int count[EACH];
  int sum = 0;
#pragma unroll
  for (int i = 0; i < EACH; i++) {
    count[i] = histogram[thread * EACH + i];
    sum += count[i];
  }
  int through = sum;  // rows in the bins of this thread and those before it
#pragma unroll
  for (int step = 1; step < WARP; step *= 2) {
    const int before = __shfl_up_sync(FULL_WARP, through, step);
    through += thread % WARP >= step ? before : 0;
  }
  if (thread % WARP == WARP - 1) {
    warp_total[thread / WARP] = through;
  }
  __syncthreads();
  int total = 0;
#pragma unroll
  for (int w = 0; w < SAMPLE_WARPS; w++) {
    through += w < thread / WARP ? warp_total[w] : 0;
    total += warp_total[w];
  }
  if (through - sum < most && most <= through) {
    int left = most - (through - sum);
    int bin = thread * EACH;
#pragma unroll
    for (int i = 0; i < EACH - 1; i++) {
      if (bin == thread * EACH + i && left > count[i]) {
        left -= count[i];
        bin++;
      }
    }
    found_bin = bin;
    found_left = left;
  }
  __syncthreads();
  Cut cut = {0, 0, 0};
  if (total <= most) {
    cut = {SAMPLE_BINS, 0, total};
  } else if (most > 0) {
    cut = {found_bin, found_left, most};
  }
  __syncthreads();  // so that the next class may write the shared memory again
  return cut;
}

}  // namespace

// Rows of each class by the first digit of their key: histogram [N,2,2048], zero before.
extern "C" __global__ void __launch_bounds__(SAMPLE_THREADS)
    sample_histogram_i32(const int* __restrict__ labels, int rows, unsigned long long seed,
                         unsigned long long offset, const int* __restrict__ group,
                         int* __restrict__ histogram) {
  offset = group_offset(offset, group);
  constexpr int BINS = SAMPLE_CLASSES * SAMPLE_BINS;
  __shared__ int counted[BINS];
  const int n = static_cast<int>(blockIdx.y);
  for (int i = static_cast<int>(threadIdx.x); i < BINS; i += SAMPLE_THREADS) {
    counted[i] = 0;
  }
  __syncthreads();
  const int quads = static_cast<int>(ceil_div(static_cast<long long>(rows), 4LL));
  for (long long q = grid_start(); q < quads; q += grid_stride()) {
    int label[4];
    load_labels(labels + static_cast<long long>(n) * rows, rows, static_cast<int>(q), label);
    unsigned key[4];
    philox_block(seed, offset + n, static_cast<unsigned long long>(q), key);
#pragma unroll
    for (int k = 0; k < 4; k++) {
      const int kind = sample_class(label[k]);
      if (kind >= 0) {
        atomicAdd(&counted[kind * SAMPLE_BINS + (key[k] >> SAMPLE_SHIFT)], 1);
      }
    }
  }
  __syncthreads();
  for (int i = static_cast<int>(threadIdx.x); i < BINS; i += SAMPLE_THREADS) {
    if (counted[i] > 0) {
      atomicAdd(&histogram[static_cast<long long>(n) * BINS + i], counted[i]);
    }
  }
}
REGISTER_KERNEL(sample_histogram_i32)

// Decides all rows but those at the cut, which it lists (positives from the front of the image's
// rows of `list`, negatives from the back). `state` [N,4] is zero before.
extern "C" __global__ void __launch_bounds__(SAMPLE_THREADS)
    sample_split_i32(const int* __restrict__ labels, int rows, unsigned long long seed,
                     unsigned long long offset, const int* __restrict__ group, int size,
                     int most_positive, const int* __restrict__ histogram,
                     int* __restrict__ state, int* __restrict__ list, int* __restrict__ drawn) {
  offset = group_offset(offset, group);
  const int n = static_cast<int>(blockIdx.y);
  const long long first = static_cast<long long>(n) * rows;
  const int* const counted = histogram + static_cast<long long>(n) * SAMPLE_CLASSES * SAMPLE_BINS;
  const Cut positive = sample_cut(counted, most_positive);
  const Cut negative = sample_cut(counted + SAMPLE_BINS, size - positive.kept);
  int* const listed = state + n * SAMPLE_STATE;
  if (blockIdx.x == 0 && threadIdx.x == 0) {
    listed[SAMPLE_CLASSES] = positive.left;
    listed[SAMPLE_CLASSES + 1] = negative.left;
  }
  const int quads = static_cast<int>(ceil_div(static_cast<long long>(rows), 4LL));
  for (long long q = grid_start(); q < quads; q += grid_stride()) {
    int label[4];
    load_labels(labels + first, rows, static_cast<int>(q), label);
    unsigned key[4];
    philox_block(seed, offset + n, static_cast<unsigned long long>(q), key);
#pragma unroll
    for (int k = 0; k < 4; k++) {
      const int row = 4 * static_cast<int>(q) + k;
      const int kind = sample_class(label[k]);
      const Cut cut = kind == 0 ? positive : negative;
      const int bin = static_cast<int>(key[k] >> SAMPLE_SHIFT);
      label[k] = kind >= 0 && bin < cut.bin ? label[k] : -1;
      if (kind >= 0 && bin == cut.bin && cut.left > 0) {
        const int place = atomicAdd(&listed[kind], 1);
        list[first + (kind == 0 ? place : rows - 1 - place)] = row;
      }
    }
    store_labels(label, rows, static_cast<int>(q), drawn + first);
  }
}
REGISTER_KERNEL(sample_split_i32)

// Keeps the listed rows of rank below `state`'s limit. x = class, y = image.
extern "C" __global__ void __launch_bounds__(SAMPLE_THREADS)
    sample_rank_i32(const int* __restrict__ labels, int rows, unsigned long long seed,
                    unsigned long long offset, const int* __restrict__ group,
                    const int* __restrict__ state, const int* __restrict__ list,
                    int* __restrict__ drawn) {
  offset = group_offset(offset, group);
  __shared__ unsigned long long other[SAMPLE_THREADS];
  const int n = static_cast<int>(blockIdx.y);
  const int kind = static_cast<int>(blockIdx.x);
  const int thread = static_cast<int>(threadIdx.x);
  const long long first = static_cast<long long>(n) * rows;
  const int count = state[n * SAMPLE_STATE + kind];
  const int limit = state[n * SAMPLE_STATE + SAMPLE_CLASSES + kind];
  // Key and row of entry i of the list; no other entry is equal.
  const auto entry = [&](int i) {
    const int row = list[first + (kind == 0 ? i : rows - 1 - i)];
    unsigned key[4];
    philox_block(seed, offset + n, static_cast<unsigned long long>(row / 4), key);
    const unsigned mine = row % 4 == 0 ? key[0] : row % 4 == 1 ? key[1]
                        : row % 4 == 2 ? key[2] : key[3];
    return static_cast<unsigned long long>(mine) << 32 | static_cast<unsigned>(row);
  };
  for (int from = 0; from < count; from += SAMPLE_THREADS) {
    const bool present = from + thread < count;
    const unsigned long long mine = present ? entry(from + thread) : 0;
    int rank = 0;
    for (int tile = 0; tile < count; tile += SAMPLE_THREADS) {
      __syncthreads();
      if (tile + thread < count) {
        other[thread] = entry(tile + thread);
      }
      __syncthreads();
      const int tiled = count - tile < SAMPLE_THREADS ? count - tile : SAMPLE_THREADS;
      for (int i = 0; i < tiled; i++) {
        rank += other[i] < mine ? 1 : 0;
      }
    }
    if (present && rank < limit) {
      const long long at = first + static_cast<int>(mine & 0x7fffffffu);
      drawn[at] = labels[at];
    }
  }
}
REGISTER_KERNEL(sample_rank_i32)

// Label of the matched truth, 0 for match -1, and -1 for match -2 and where `visible` (null: all
// are) is 0.
extern "C" __global__ void __launch_bounds__(SAMPLE_THREADS)
    assign_labels_i32(const int* __restrict__ match, const int* __restrict__ truth_labels,
                      const unsigned char* __restrict__ visible, long long count,
                      long long columns, int truths, int* __restrict__ labels) {
  for (long long i = grid_start(); i < count; i += grid_stride()) {
    const int m = match[i];
    int label = m == -1 ? 0 : -1;
    if (visible != nullptr && visible[i] == 0) {
      label = -1;
    } else if (m >= truths) {
      __trap();
    } else if (m >= 0) {
      label = truth_labels[i / columns * truths + m];
    }
    labels[i] = label;
  }
}
REGISTER_KERNEL(assign_labels_i32)

// How many labels of each block's `chunk` neighbours are at least `minimum`: found [blocks].
extern "C" __global__ void __launch_bounds__(SAMPLE_THREADS)
    index_where_count_i32(const int* __restrict__ labels, long long count, long long chunk,
                          int minimum, int* __restrict__ found) {
  const long long from = blockIdx.x * chunk;
  const long long to = from + chunk < count ? from + chunk : count;
  int mine = 0;
  for (long long i = from + threadIdx.x; i < to; i += SAMPLE_THREADS) {
    mine += labels[i] >= minimum ? 1 : 0;
  }
  const int sum = block_sum<SAMPLE_THREADS>(mine);
  if (threadIdx.x == 0) {
    found[blockIdx.x] = sum;
  }
}
REGISTER_KERNEL(index_where_count_i32)

// Writes the positions in order, then -1 up to the capacity, and how many there are (at most the
// capacity). The grid is the same as that of the count.
extern "C" __global__ void __launch_bounds__(SAMPLE_THREADS)
    index_where_write_i32(const int* __restrict__ labels, long long count, long long chunk,
                          int minimum, const int* __restrict__ found, int capacity,
                          int* __restrict__ index, int* __restrict__ written) {
  __shared__ int warp_found[SAMPLE_WARPS];
  const int thread = static_cast<int>(threadIdx.x);
  const int blocks = static_cast<int>(gridDim.x);
  const int block = static_cast<int>(blockIdx.x);
  int before = 0;
  int all = 0;
  for (int b = thread; b < blocks; b += SAMPLE_THREADS) {
    before += b < block ? found[b] : 0;
    all += found[b];
  }
  long long next = block_sum<SAMPLE_THREADS>(before);
  const int total = block_sum<SAMPLE_THREADS>(all);
  const long long to = (block + 1) * chunk < count ? (block + 1) * chunk : count;
  for (long long from = block * chunk; from < to && next < capacity; from += SAMPLE_THREADS) {
    const long long i = from + thread;
    const bool wanted = i < to && labels[i] >= minimum;
    const unsigned votes = __ballot_sync(FULL_WARP, wanted);
    if (thread % WARP == 0) {
      warp_found[thread / WARP] = __popc(votes);
    }
    __syncthreads();
    long long place = next + __popc(votes & ((1u << thread % WARP) - 1));
#pragma unroll
    for (int w = 0; w < SAMPLE_WARPS; w++) {
      place += w < thread / WARP ? warp_found[w] : 0;
      next += warp_found[w];
    }
    if (wanted && place < capacity) {
      index[place] = static_cast<int>(i);
    }
    __syncthreads();
  }
  for (long long i = total + grid_start(); i < capacity; i += grid_stride()) {
    index[i] = -1;
  }
  if (block == 0 && thread == 0) {
    *written = total < capacity ? total : capacity;
  }
}
REGISTER_KERNEL(index_where_write_i32)

// Labels of flat positions; -1 for a negative index.
extern "C" __global__ void __launch_bounds__(SAMPLE_THREADS)
    labels_at_i32(const int* __restrict__ labels, const int* __restrict__ index,
                  long long label_count, long long count, int* __restrict__ found) {
  for (long long i = grid_start(); i < count; i += grid_stride()) {
    const int at = index[i];
    if (at >= label_count) {
      __trap();
    }
    found[i] = at < 0 ? -1 : labels[at];
  }
}
REGISTER_KERNEL(labels_at_i32)

// Rows of the matched objects among those of all images, `objects` to an image; -1 for none.
extern "C" __global__ void __launch_bounds__(SAMPLE_THREADS)
    object_rows_i32(const int* __restrict__ match, long long count, long long columns, int objects,
                    int* __restrict__ rows) {
  for (long long i = grid_start(); i < count; i += grid_stride()) {
    const int m = match[i];
    rows[i] = m < 0 ? -1 : static_cast<int>(i / columns) * objects + m;
  }
}
REGISTER_KERNEL(object_rows_i32)

// RoI rows of flat positions into the boxes [N·M,4], `rows` to an image; a negative index gives
// image -1 and zeros. One thread per number of the output.
extern "C" __global__ void __launch_bounds__(SAMPLE_THREADS)
    rois_at_f32(const float* __restrict__ boxes, const int* __restrict__ index, long long box_count,
                long long rows, long long count, float* __restrict__ rois) {
  for (long long i = grid_start(); i < 5 * count; i += grid_stride()) {
    const long long r = i / 5;
    const int column = static_cast<int>(i - 5 * r);
    const int at = index[r];
    if (at >= box_count) {
      __trap();
    }
    float value = column == 0 ? -1.0f : 0.0f;
    if (at >= 0) {
      value = column == 0 ? static_cast<float>(at / rows) : boxes[4LL * at + column - 1];
    }
    rois[i] = value;
  }
}
REGISTER_KERNEL(rois_at_f32)

// Boxes, then truths, then zeros, packed to the front of each image; and how many there are.
extern "C" __global__ void __launch_bounds__(SAMPLE_THREADS)
    append_boxes_f32(const float* __restrict__ boxes, const int* __restrict__ box_counts,
                     const float* __restrict__ truth, const int* __restrict__ truth_counts,
                     int images, int box_rows, int truth_rows, float* __restrict__ appended,
                     int* __restrict__ counts) {
  const long long width = static_cast<long long>(box_rows) + truth_rows;
  for (long long i = grid_start(); i < images * width; i += grid_stride()) {
    const long long n = i / width;
    const long long row = i - n * width;
    const int ours = box_count(box_counts, n, box_rows);
    const int theirs = box_count(truth_counts, n, truth_rows);
    float4 box = make_float4(0, 0, 0, 0);
    if (row < ours) {
      box = load4(boxes + 4 * (n * box_rows + row));
    } else if (row < ours + theirs) {
      box = load4(truth + 4 * (n * truth_rows + row - ours));
    }
    store4(appended + 4 * i, box);
  }
  for (long long n = grid_start(); n < images; n += grid_stride()) {
    counts[n] = box_count(box_counts, n, box_rows) + box_count(truth_counts, n, truth_rows);
  }
}
REGISTER_KERNEL(append_boxes_f32)

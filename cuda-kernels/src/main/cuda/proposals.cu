// The best proposals of a batch or of each image, and the final detections of each image.
//
// Layouts: boxes f32 [N,M,4] and scores f32 [N,M] of proposals; of detections boxes [N,M,4K] and
// class probabilities [N,M,K], class 0 is background. Outputs are padded [N,width,...] with counts
// i32 [N]; absent rows have zero boxes and -1 elsewhere. In scratch: ranked entries (ranking.cuh).
// Thread mapping: proposals of the batch are selected as one row by select_topk.cu, then one block
// per image packs its winners in the order of rows; proposals of each image are selected and sorted
// there and written one thread each. Detections: one block per (image, class) lists its candidates,
// sorts them and suppresses chunk by chunk (detections_suppress_f32); one block per image selects,
// sorts and writes the best survivors (detections_limit_f32).
// Numerics: thresholds in float32; overlaps as in box_overlap.cuh; the rest are copies.
// Determinism: lists are filled by atomics in any order and then ordered by total orders.
// Source: RPNPostProcessor and PostProcessor of maskrcnn-benchmark.
#include "suppression.cuh"

constexpr int PROPOSAL_THREADS = 256;
constexpr int ORDERED_THREADS = 1024;
constexpr int CLASS_THREADS = 256;
constexpr int LIMIT_THREADS = 1024;

namespace {

__device__ __forceinline__ void copy_proposal(const float* boxes, const float* scores,
                                              long long from, long long to, float* out_boxes,
                                              float* out_scores) {
  store4(out_boxes + to * 4, load4(boxes + from * 4));
  out_scores[to] = scores[from];
}

__device__ __forceinline__ void pad_proposal(long long to, float* out_boxes, float* out_scores) {
  store4(out_boxes + to * 4, make_float4(0, 0, 0, 0));
  out_scores[to] = -1;
}

}  // namespace

// Winners of a selection over all rows of the batch, packed per image in the order of rows; with no
// selection (null) there are none. One block per image.
extern "C" __global__ void __launch_bounds__(ORDERED_THREADS)
    proposals_ordered_f32(const float* __restrict__ boxes, const float* __restrict__ scores,
                          int rows, unsigned floor, const RowSelection* __restrict__ batch,
                          int width, float* out_boxes, float* out_scores, int* counts) {
  __shared__ ScanSpace scan;
  const long long n = blockIdx.x;
  const Entry threshold = batch->selection.prefix;
  const int t = static_cast<int>(threadIdx.x);
  int count = 0;
  for (int base = 0; base < rows; base += ORDERED_THREADS) {
    const long long i = n * rows + base + t;
    bool wins = false;
    if (base + t < rows) {
      const unsigned key = rank_key(scores[i]);
      wins = key >= floor && rank_entry(key, static_cast<unsigned>(i)) >= threshold;
    }
    int total;
    const int place = count + scan_exclusive(wins ? 1 : 0, scan, &total);
    if (wins) {
      copy_proposal(boxes, scores, i, n * width + place, out_boxes, out_scores);
    }
    count += total;
  }
  for (int i = count + t; i < width; i += ORDERED_THREADS) {
    pad_proposal(n * width + i, out_boxes, out_scores);
  }
  if (t == 0) {
    counts[n] = count;
  }
}

// Sorted winners of each image. One thread per place.
extern "C" __global__ void __launch_bounds__(PROPOSAL_THREADS)
    proposals_ranked_f32(const float* __restrict__ boxes, const float* __restrict__ scores,
                         int images, int rows, const RowSelection* __restrict__ selections,
                         const Entry* __restrict__ sorted, int width, float* out_boxes,
                         float* out_scores, int* counts) {
  const long long places = static_cast<long long>(images) * width;
  for (long long to = grid_start(); to < places; to += grid_stride()) {
    const long long n = to / width;
    const int count = selections[n].gathered;
    const int place = static_cast<int>(to - n * width);
    if (place < count) {
      const long long from = n * rows + entry_index(sorted[to]);
      copy_proposal(boxes, scores, from, to, out_boxes, out_scores);
    } else {
      pad_proposal(to, out_boxes, out_scores);
    }
    if (place == 0) {
      counts[n] = count;
    }
  }
}

namespace {

// The operands of detections that both kernels need.
struct Detections {
  const float* boxes;
  const float* scores;
  int rows;
  int classes;

  // Flat position of a row and a class of image n.
  __device__ __forceinline__ long long at(long long n, int row, int label) const {
    return (n * rows + row) * classes + label;
  }

  __device__ __forceinline__ float4 box(long long n, int row, int label) const {
    return load4(boxes + at(n, row, label) * 4);
  }
};

// Shared memory of the suppression of one class.
struct ClassSpace {
  SortSpace<CLASS_THREADS> sort;
  float4 box[CHUNK];
  float area[CHUNK];
  unsigned short quarter[CHUNK][4];  // the word of each box of the chunk, in parts of 16 bits
  int count;
};

// Lists the rows of a class above the threshold and not too small. Returns how many.
__device__ __forceinline__ int list_candidates(const Detections& in, long long n, int label,
                                               int count, float4 limits, ClassSpace& space,
                                               Entry* list) {
  if (threadIdx.x == 0) {
    space.count = 0;
  }
  __syncthreads();
  for (int base = 0; base < count; base += CLASS_THREADS) {
    const int row = base + static_cast<int>(threadIdx.x);
    float score = 0;
    bool passes = false;
    if (row < count) {
      score = in.scores[in.at(n, row, label)];
      if (score > limits.x) {
        const float4 b = in.box(n, row, label);
        passes = box_extent(b.x, b.z, limits.w) >= limits.z &&
                 box_extent(b.y, b.w, limits.w) >= limits.z;
      }
    }
    const int place = take_place(&space.count, passes);
    if (passes) {
      list[place] = rank_entry(rank_key(score), static_cast<unsigned>(row));
    }
  }
  __syncthreads();
  return space.count;
}

// The word of box `t / 4` of a chunk, bits 16 * (t % 4) on: which boxes before it overlap it.
__device__ __forceinline__ void mark_overlaps(int length, float threshold, float offset,
                                              ClassSpace& space) {
  const int t = static_cast<int>(threadIdx.x);
  const int j = t / 4;
  const int i0 = t % 4 * 16;
  unsigned bits = 0;
  for (int i = i0; i < i0 + 16 && i < j && j < length; i++) {
    if (overlap_above(space.box[i], space.area[i], space.box[j], space.area[j], offset,
                      threshold)) {
      bits |= 1u << (i - i0);
    }
  }
  space.quarter[j][t % 4] = static_cast<unsigned short>(bits);
}

__device__ __forceinline__ ChunkMask chunk_word(const ClassSpace& space, int j) {
  const unsigned short* q = space.quarter[j];
  const unsigned low = static_cast<unsigned>(q[1]) << 16 | q[0];
  const unsigned high = static_cast<unsigned>(q[3]) << 16 | q[2];
  return static_cast<ChunkMask>(high) << 32 | low;
}

// Whether a survivor of the chunk overlaps the box.
__device__ __forceinline__ bool suppressed(float4 box, ChunkMask survivors, float threshold,
                                           float offset, const ClassSpace& space) {
  const float area = box_area(box, offset);
  for (ChunkMask left = survivors; left != 0; left &= left - 1) {
    const int i = __ffsll(static_cast<long long>(left)) - 1;
    if (overlap_above(space.box[i], space.area[i], box, area, offset, threshold)) {
      return true;
    }
  }
  return false;
}

}  // namespace

static_assert(CLASS_THREADS == 4 * CHUNK, "four threads per box of a chunk");

// Candidates and suppression of one class; the survivors of an image go to one list, as entries by
// score and label * rows + row. Grid: images * (classes - 1) blocks; dynamic shared memory:
// ceil(rows / 32) words. `spare` is used where a class has more than a tile of candidates.
extern "C" __global__ void __launch_bounds__(CLASS_THREADS)
    detections_suppress_f32(const float* __restrict__ boxes, const float* __restrict__ scores,
                            const int* __restrict__ row_counts, int rows, int classes,
                            float score_threshold, float nms_threshold, float minimum_size,
                            float offset, Entry* lists, Entry* spare, int* survivor_counts,
                            Entry* survivor_lists) {
  DYNAMIC_SHARED(unsigned, removed);
  __shared__ ClassSpace space;
  const Detections in{boxes, scores, rows, classes};
  const long long n = blockIdx.x / (classes - 1);
  const int label = static_cast<int>(blockIdx.x % (classes - 1)) + 1;
  const long long own = (n * classes + label) * rows;
  const float4 limits = make_float4(score_threshold, nms_threshold, minimum_size, offset);
  const int count =
      list_candidates(in, n, label, box_count(row_counts, n, rows), limits, space, lists + own);
  const Entry* order = sort_list<CLASS_THREADS>(lists + own, spare + own, count, space.sort);
  const int t = static_cast<int>(threadIdx.x);
  const int lane = t % WARP;
  const int words = ceil_div(count, WARP);
  for (int w = t; w < words; w += CLASS_THREADS) {
    removed[w] = 0;
  }
  Entry* survivors = survivor_lists + n * classes * rows;
  for (int base = 0; base < count; base += CHUNK) {
    const int length = count - base < CHUNK ? count - base : CHUNK;
    if (t < length) {
      space.box[t] = in.box(n, static_cast<int>(entry_index(order[base + t])), label);
      space.area[t] = box_area(space.box[t], offset);
    }
    __syncthreads();
    mark_overlaps(length, nms_threshold, offset, space);
    __syncthreads();
    ChunkMask alive = clear_bits(removed, words, base / CHUNK);
    if (length < CHUNK) {
      alive &= (static_cast<ChunkMask>(1) << length) - 1;
    }
    const ChunkMask kept =
        chunk_survivors(chunk_word(space, lane), chunk_word(space, lane + WARP), alive);
    if (t < CHUNK) {
      const bool survives = (kept >> t & 1) != 0;
      const int place = take_place(&survivor_counts[n], survives);
      if (survives) {
        const Entry entry = order[base + t];
        survivors[place] = rank_entry(
            entry_key(entry), static_cast<unsigned>(label) * rows + entry_index(entry));
      }
    }
    for (int j0 = base + CHUNK; j0 < count && kept != 0; j0 += CLASS_THREADS) {
      const int j = j0 + t;
      bool hit = false;
      if (j < count && (removed[j / WARP] >> lane & 1) == 0) {
        const float4 box = in.box(n, static_cast<int>(entry_index(order[j])), label);
        hit = suppressed(box, kept, nms_threshold, offset, space);
      }
      const unsigned hits = __ballot_sync(FULL_WARP, hit);
      __syncwarp();  // every lane has read the word that one of them now writes
      if (lane == 0 && hits != 0) {
        removed[j / WARP] |= hits;
      }
    }
    __syncthreads();
  }
}

namespace {

// How many of the best are kept; `found` survived and the best `taken` of them are sorted.
__device__ __forceinline__ int limited(const Entry* sorted, int taken, int found, int limit,
                                       int ties) {
  if (limit <= 0 || found <= limit || taken <= limit) {
    return taken;
  }
  if (ties == 0) {
    return limit;
  }
  const unsigned last = entry_key(sorted[limit - 1]);
  int kept = limit;
  int beyond = taken;
  while (kept < beyond) {  // keys fall: find the first that is not equal
    const int middle = (kept + beyond) / 2;
    if (entry_key(sorted[middle]) == last) {
      kept = middle + 1;
    } else {
      beyond = middle;
    }
  }
  return kept;
}

}  // namespace

// The best survivors of each image within limit and capacity, by rank or, with `ties`, by label and
// row. One block per image; `best` has 2 * capacity entries per image.
extern "C" __global__ void __launch_bounds__(LIMIT_THREADS, 1)
    detections_limit_f32(const float* __restrict__ boxes, const float* __restrict__ scores,
                         int rows, int classes, int limit, int ties, int index_bits,
                         const int* __restrict__ survivor_counts,
                         const Entry* __restrict__ survivor_lists, int capacity, Entry* best,
                         float* out_boxes, float* out_scores, int* out_labels, int* out_rows,
                         int* counts) {
  __shared__ union {
    SelectSpace select;
    SortSpace<LIMIT_THREADS> sort;
  } space;
  __shared__ int gathered;
  const Detections in{boxes, scores, rows, classes};
  const long long n = blockIdx.x;
  const int t = static_cast<int>(threadIdx.x);
  const int found = survivor_counts[n];
  const ListSource survivors{survivor_lists + n * classes * rows, found};
  const int taken = found < capacity ? found : capacity;
  Entry* list = best + n * 2 * capacity;
  Entry threshold = 0;
  if (found > capacity && capacity > 0) {
    threshold = block_threshold(survivors, capacity, index_bits, space.select);
  }
  if (t == 0) {
    gathered = 0;
  }
  __syncthreads();
  for (int base = 0; base < found && capacity > 0; base += LIMIT_THREADS) {
    const Entry entry = base + t < found ? survivors(base + t) : 0;
    const bool wins = entry != 0 && entry >= threshold;
    const int place = take_place(&gathered, wins);
    if (wins) {
      list[place] = entry;
    }
  }
  __syncthreads();
  Entry* sorted = sort_list<LIMIT_THREADS>(list, list + capacity, taken, space.sort);
  const int kept = limited(sorted, taken, found, limit, ties);
  if (ties != 0) {
    // The lower half of an entry falls as label and row rise: as a key it gives their order.
    Entry* other = sorted == list ? list + capacity : list;
    for (int i = t; i < kept; i += LIMIT_THREADS) {
      other[i] = rank_entry(~entry_index(sorted[i]), entry_index(sorted[i]));
    }
    __syncthreads();
    sorted = sort_list<LIMIT_THREADS>(other, sorted, kept, space.sort);
  }
  for (int i = t; i < capacity; i += LIMIT_THREADS) {
    const long long to = n * capacity + i;
    if (i < kept) {
      const unsigned at = entry_index(sorted[i]);
      const int label = static_cast<int>(at / static_cast<unsigned>(rows));
      const int row = static_cast<int>(at % static_cast<unsigned>(rows));
      store4(out_boxes + to * 4, in.box(n, row, label));
      out_scores[to] = scores[in.at(n, row, label)];
      out_labels[to] = label;
      out_rows[to] = row;
    } else {
      store4(out_boxes + to * 4, make_float4(0, 0, 0, 0));
      out_scores[to] = -1;
      out_labels[to] = -1;
      out_rows[to] = -1;
    }
  }
  if (t == 0) {
    counts[n] = kept;
  }
}

REGISTER_KERNEL(proposals_ordered_f32)
REGISTER_KERNEL(proposals_ranked_f32)
REGISTER_KERNEL(detections_suppress_f32)
REGISTER_KERNEL(detections_limit_f32)

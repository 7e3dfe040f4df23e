// Batched greedy non-maximum suppression on the device.
//
// Layouts: boxes f32 [S,M,4] xyxy, scores f32 [S,M], valid u8 [S,M]; index i32 [S,width] ascending,
// padded with -1; counts i32 [S]. In scratch: ranked entries [S,M]; masks [S,chunks,M] of 64 bits,
// where bit i of mask (c, j) says that the box of rank 64c + i overlaps that of rank j > 64c + i by
// more than the threshold; and two bitmaps [S,2,words] between strips.
// Thread mapping: nms_rank_f32 sorts tiles of 2048 entries (more tiles are merged by rank_merge of
// select_topk.cu). nms_mask_f32: one thread per rank j, one block per (segment, chunk, 128 ranks),
// upper triangle only. nms_greedy: one block per segment walks the chunks; a warp decides the 64
// boxes of a chunk by ballots, then each thread tests one later box with one AND of its mask word
// and the survivors. Masks are stored by chunk, so these reads are coalesced, and nothing is
// written but one bit per box. Chunks are processed in strips, so that memory stays bounded for any
// M.
// Numerics: IoU in float32 as in box_overlap.cuh, strictly greater suppresses.
// Determinism: the order by (score, index) is total; no result depends on timing.
// Source: Ren et al., "Faster R-CNN", 2015 (bitmask form); greedy pass on the device as in NVIDIA's
// MLPerf submissions.
#include "suppression.cuh"

constexpr int NMS_RANK_THREADS = 1024;
constexpr int NMS_RANK_TILE = 2 * NMS_RANK_THREADS;
constexpr int NMS_MASK_THREADS = 128;
constexpr int NMS_GREEDY_THREADS = 1024;

namespace {

// The entry of a box; 0 if it is not valid. A valid box with score NaN still ranks, last.
__device__ __forceinline__ Entry nms_entry(const float* scores, const unsigned char* valid,
                                           long long first, int i, int rows) {
  if (i >= rows || valid[first + i] == 0) {
    return 0;
  }
  return rank_entry(rank_key(scores[first + i]), static_cast<unsigned>(i));
}

}  // namespace

// Ranks the valid boxes in tiles of NMS_RANK_TILE. Grid: segments * tiles blocks.
extern "C" __global__ void __launch_bounds__(NMS_RANK_THREADS)
    nms_rank_f32(const float* __restrict__ scores, const unsigned char* __restrict__ valid,
                 int rows, int tiles, Entry* ranked) {
  __shared__ SortSpace<NMS_RANK_THREADS> space;
  const long long first = blockIdx.x / tiles * static_cast<long long>(rows);
  const int base = static_cast<int>(blockIdx.x % tiles) * NMS_RANK_TILE;
  const int low_row = base + static_cast<int>(threadIdx.x);
  const int high_row = low_row + NMS_RANK_THREADS;
  Entry low = nms_entry(scores, valid, first, low_row, rows);
  Entry high = nms_entry(scores, valid, first, high_row, rows);
  const int count = rows - base < NMS_RANK_TILE ? rows - base : NMS_RANK_TILE;
  sort_entries<NMS_RANK_THREADS>(low, high, count, space);
  if (low_row < rows) {
    ranked[first + low_row] = low;
  }
  if (high_row < rows) {
    ranked[first + high_row] = high;
  }
}

// The masks of chunks `first_chunk` ... `first_chunk + chunks - 1`. Grid: segments * chunks * tiles
// blocks, where a tile is NMS_MASK_THREADS ranks.
extern "C" __global__ void __launch_bounds__(NMS_MASK_THREADS)
    nms_mask_f32(const float* __restrict__ boxes, const Entry* __restrict__ ranked, int rows,
                 float threshold, float offset, int first_chunk, int chunks, int tiles,
                 ChunkMask* masks) {
  __shared__ float4 chunk_box[CHUNK];
  __shared__ float chunk_area[CHUNK];
  const int tile = static_cast<int>(blockIdx.x % tiles);
  const long long line = blockIdx.x / tiles;  // segment * chunks + chunk in the strip
  const int rank0 = (first_chunk + static_cast<int>(line % chunks)) * CHUNK;
  if ((tile + 1) * NMS_MASK_THREADS <= rank0) {
    return;  // ranks before the chunk: nobody reads their masks
  }
  const long long first = line / chunks * rows;
  const int t = static_cast<int>(threadIdx.x);
  if (t < CHUNK && rank0 + t < rows) {
    const Entry entry = ranked[first + rank0 + t];
    if (entry != 0) {
      chunk_box[t] = load4(boxes + (first + entry_index(entry)) * 4);
      chunk_area[t] = box_area(chunk_box[t], offset);
    }
  }
  __syncthreads();
  const int j = tile * NMS_MASK_THREADS + t;
  if (j < rank0 || j >= rows) {
    return;
  }
  ChunkMask mask = 0;
  const Entry entry = ranked[first + j];
  if (entry != 0) {  // then all of better rank are valid too
    const float4 box = load4(boxes + (first + entry_index(entry)) * 4);
    const float area = box_area(box, offset);
    const int better = j - rank0 < CHUNK ? j - rank0 : CHUNK;
    for (int i = 0; i < better; i++) {
      if (overlap_above(chunk_box[i], chunk_area[i], box, area, offset, threshold)) {
        mask |= static_cast<ChunkMask>(1) << i;
      }
    }
  }
  masks[line * rows + j] = mask;
}

// Suppresses within a strip of chunks; the last strip writes the survivors. One block of whole
// warps per segment; dynamic shared memory: 2 * ceil(rows / 32) words.
extern "C" __global__ void __launch_bounds__(NMS_GREEDY_THREADS)
    nms_greedy(const Entry* __restrict__ ranked, const ChunkMask* __restrict__ masks, int rows,
               int first_chunk, int chunks, int width, unsigned* state, int* index, int* counts) {
  DYNAMIC_SHARED(unsigned, bitmaps);
  __shared__ ScanSpace scan;
  const int words = ceil_div(rows, WARP);
  unsigned* removed = bitmaps;      // by rank; also what is not valid
  unsigned* kept = bitmaps + words;  // by row
  const int t = static_cast<int>(threadIdx.x);
  const int lane = t % WARP;
  const int warp = t / WARP;
  const int threads = static_cast<int>(blockDim.x);
  const int warps = threads / WARP;
  const long long segment = blockIdx.x;
  const Entry* order = ranked + segment * rows;
  unsigned* saved = state + segment * 2 * words;
  if (first_chunk == 0) {
    for (int g = warp; g < words; g += warps) {
      const int j = g * WARP + lane;
      const unsigned absent = __ballot_sync(FULL_WARP, j >= rows || order[j] == 0);
      if (lane == 0) {
        removed[g] = absent;
        kept[g] = 0;
      }
    }
  } else {
    for (int w = t; w < 2 * words; w += threads) {
      bitmaps[w] = saved[w];
    }
  }
  __syncthreads();
  const bool last_strip = (first_chunk + chunks) * CHUNK >= rows;
  for (int c = first_chunk; c < first_chunk + chunks && c * CHUNK < rows; c++) {
    const ChunkMask* line = masks + (segment * chunks + (c - first_chunk)) * rows;
    const int rank0 = c * CHUNK + lane;
    const ChunkMask word0 = rank0 < rows ? line[rank0] : 0;
    const ChunkMask word1 = rank0 + WARP < rows ? line[rank0 + WARP] : 0;
    int g = 2 * c + 2 + warp;
    ChunkMask word = g * WARP + lane < rows ? line[g * WARP + lane] : 0;  // ahead of its use
    const ChunkMask survivors = chunk_survivors(word0, word1, clear_bits(removed, words, c));
    if (warp < 2 && (survivors >> t & 1) != 0) {
      const unsigned row = entry_index(order[c * CHUNK + t]);
      atomicOr(&kept[row / WARP], 1u << row % WARP);
    }
    while (g < words && survivors != 0) {
      const unsigned hits = __ballot_sync(FULL_WARP, (word & survivors) != 0);
      if (lane == 0) {
        removed[g] |= hits;
      }
      g += warps;
      word = g * WARP + lane < rows ? line[g * WARP + lane] : 0;
    }
    __syncthreads();
  }
  if (!last_strip) {
    for (int w = t; w < 2 * words; w += threads) {
      saved[w] = bitmaps[w];
    }
    return;
  }
  int count = 0;
  for (int base = 0; base < words; base += threads) {
    unsigned bits = base + t < words ? kept[base + t] : 0;
    int total;
    int to = count + scan_exclusive(__popc(bits), scan, &total);
    for (; bits != 0 && to < width; bits &= bits - 1) {
      index[segment * width + to++] = (base + t) * WARP + __ffs(static_cast<int>(bits)) - 1;
    }
    count += total;
  }
  for (int i = count + t; i < width; i += threads) {
    index[segment * width + i] = -1;
  }
  if (t == 0) {
    counts[segment] = count < width ? count : width;
  }
}

REGISTER_KERNEL(nms_rank_f32)
REGISTER_KERNEL(nms_mask_f32)
REGISTER_KERNEL(nms_greedy)

// The k largest of each row, in order; and the selection over rows that proposals share.
//
// Layouts: scores f32 [N,M]; values f32 [N,k], indices i32 [N,k]. In scratch: one RowSelection per
// row and lists of ranked entries [N,capacity] (ranking.cuh).
// Thread mapping: select_digits_f32 finds one digit of the k-th largest entry with `parts` blocks
// per row, the last of which to finish evaluates the histogram of all; with one block per row it
// finds all digits in one launch. select_gather_f32 lists the winners with the same mapping.
// Up to 2048 winners of a row are sorted and written by one block (topk_rank_f32); more are sorted
// in tiles (rank_tiles), merged (rank_merge: one thread per entry) and written (topk_write_f32).
// Numerics: integers and copies. NaN ranks last, -0 equals 0.
// Determinism: entries are a total order, so neither the order of atomics nor that of blocks shows.
// Source: Alabi, Blanchard, Gordon, Steinbach, "Fast k-selection algorithms for graphics processing
// units", JEA 2012 (radix selection); Batcher, "Sorting networks and their applications", 1968.
#include "ranking.cuh"

constexpr int SELECT_THREADS = 512;
constexpr int RANK_THREADS = 1024;
constexpr int RANK_TILE = 2 * RANK_THREADS;
constexpr int WRITE_THREADS = 256;

namespace {

// Adds the block's histogram to that of the row. True for the last block of the row, which then has
// the sum in its own histogram and leaves that of the row empty for the next digit.
__device__ __forceinline__ bool last_with_sum(unsigned* histogram, RowSelection& row, int parts,
                                              int* last) {
  for (int b = static_cast<int>(threadIdx.x); b < DIGIT_BINS; b += SELECT_THREADS) {
    if (histogram[b] != 0) {
      atomicAdd(&row.histogram[b], histogram[b]);
    }
  }
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    *last = atomicAdd(&row.ticket, 1u) == static_cast<unsigned>(parts - 1) ? 1 : 0;
  }
  __syncthreads();
  if (*last == 0) {
    return false;
  }
  __threadfence();
  for (int b = static_cast<int>(threadIdx.x); b < DIGIT_BINS; b += SELECT_THREADS) {
    histogram[b] = atomicExch(&row.histogram[b], 0u);
  }
  if (threadIdx.x == 0) {
    row.ticket = 0;
  }
  __syncthreads();
  return true;
}

__device__ __forceinline__ void write_winner(const float* row, Entry entry, long long to,
                                             float* values, int* indices) {
  const int index = static_cast<int>(entry_index(entry));
  values[to] = row[index];
  indices[to] = index;
}

}  // namespace

// One block per row. With `all` every entry is a winner and no digit needs to be found.
extern "C" __global__ void __launch_bounds__(WRITE_THREADS)
    select_start(int k, int index_bits, int all, RowSelection* rows) {
  RowSelection& row = rows[blockIdx.x];
  for (int b = static_cast<int>(threadIdx.x); b < DIGIT_BINS; b += WRITE_THREADS) {
    row.histogram[b] = 0;
  }
  if (threadIdx.x == 0) {
    row.selection = Selection{first_prefix(index_bits), k, all};
    row.ticket = 0;
    row.gathered = 0;
  }
}

// Digits `first` to `last` - 1, more than one only with one part. Grid: rows * parts blocks.
extern "C" __global__ void __launch_bounds__(SELECT_THREADS)
    select_digits_f32(const float* __restrict__ scores, int length, unsigned floor, int index_bits,
                      int first, int last, int parts, RowSelection* rows) {
  __shared__ SelectSpace space;
  __shared__ int is_last;
  const long long r = blockIdx.x / parts;
  const int part = static_cast<int>(blockIdx.x % parts);
  RowSelection& row = rows[r];
  const RowSource source{scores + r * length, length, floor};
  Selection now = row.selection;
  if (now.done != 0) {
    return;
  }
  for (int d = first; d < last && now.done == 0; d++) {
    for (int b = static_cast<int>(threadIdx.x); b < DIGIT_BINS; b += SELECT_THREADS) {
      space.histogram[b] = 0;
    }
    __syncthreads();
    const Digit digit = digit_at(d, index_bits);
    count_digit(source, part * SELECT_THREADS + static_cast<int>(threadIdx.x),
                static_cast<long long>(parts) * SELECT_THREADS, now.prefix, digit,
                space.histogram);
    __syncthreads();
    if (parts > 1 && !last_with_sum(space.histogram, row, parts, &is_last)) {
      return;
    }
    const int total = find_digit(space.histogram, now.left, space.scan, space.found);
    now = advance(now, total, space.found, digit);
    __syncthreads();
  }
  if (threadIdx.x == 0) {
    row.selection = now;
  }
}

// Lists the winners of each row in any order. Grid: rows * parts blocks.
extern "C" __global__ void __launch_bounds__(SELECT_THREADS)
    select_gather_f32(const float* __restrict__ scores, int length, unsigned floor, int parts,
                      int capacity, RowSelection* rows, Entry* winners) {
  const long long r = blockIdx.x / parts;
  const int part = static_cast<int>(blockIdx.x % parts);
  const RowSource source{scores + r * length, length, floor};
  const Entry threshold = rows[r].selection.prefix;
  const long long step = static_cast<long long>(parts) * SELECT_THREADS;
  for (long long base = part * SELECT_THREADS; base < length; base += step) {
    const long long i = base + threadIdx.x;
    const Entry entry = i < length ? source(i) : 0;
    const bool wins = entry != 0 && entry >= threshold;
    const int place = take_place(&rows[r].gathered, wins);
    if (wins) {
      winners[r * capacity + place] = entry;
    }
  }
}

// Sorts the lists of winners in tiles of RANK_TILE; what is beyond a list becomes 0. Grid: rows *
// tiles blocks.
extern "C" __global__ void __launch_bounds__(RANK_THREADS)
    rank_tiles(const RowSelection* __restrict__ rows, int capacity, int tiles, Entry* winners) {
  __shared__ SortSpace<RANK_THREADS> space;
  const long long r = blockIdx.x / tiles;
  const int base = static_cast<int>(blockIdx.x % tiles) * RANK_TILE;
  const int room = capacity - base < RANK_TILE ? capacity - base : RANK_TILE;
  const int count = rows[r].gathered - base;
  Entry* tile = winners + r * capacity + base;
  const int p = static_cast<int>(threadIdx.x);
  Entry low = p < count && p < room ? tile[p] : 0;
  Entry high = p + RANK_THREADS < count && p + RANK_THREADS < room ? tile[p + RANK_THREADS] : 0;
  sort_entries<RANK_THREADS>(low, high, room, space);
  if (p < room) {
    tile[p] = low;
  }
  if (p + RANK_THREADS < room) {
    tile[p + RANK_THREADS] = high;
  }
}

// Merges sorted tiles of RANK_TILE entries. One thread per entry.
extern "C" __global__ void __launch_bounds__(WRITE_THREADS)
    rank_merge(const Entry* __restrict__ tiles, int rows, int capacity, Entry* sorted) {
  const long long entries = static_cast<long long>(rows) * capacity;
  for (long long i = grid_start(); i < entries; i += grid_stride()) {
    const long long r = i / capacity;
    const Entry* list = tiles + r * capacity;
    const int at = static_cast<int>(i - r * capacity);
    sorted[r * capacity + merged_place(list, capacity, RANK_TILE, at)] = list[at];
  }
}

// Sorts and writes up to RANK_TILE winners per row. One block per row.
extern "C" __global__ void __launch_bounds__(RANK_THREADS)
    topk_rank_f32(const float* __restrict__ scores, const Entry* __restrict__ winners, int length,
                  int k, float* values, int* indices) {
  __shared__ SortSpace<RANK_THREADS> space;
  const long long r = blockIdx.x;
  const int p = static_cast<int>(threadIdx.x);
  const Entry* list = winners + r * k;
  Entry low = p < k ? list[p] : 0;
  Entry high = p + RANK_THREADS < k ? list[p + RANK_THREADS] : 0;
  sort_entries<RANK_THREADS>(low, high, k, space);
  const float* row = scores + r * length;
  if (p < k) {
    write_winner(row, low, r * k + p, values, indices);
  }
  if (p + RANK_THREADS < k) {
    write_winner(row, high, r * k + p + RANK_THREADS, values, indices);
  }
}

// Writes sorted winners. One thread per winner.
extern "C" __global__ void __launch_bounds__(WRITE_THREADS)
    topk_write_f32(const float* __restrict__ scores, const Entry* __restrict__ sorted, int rows,
                   int length, int k, float* values, int* indices) {
  const long long winners = static_cast<long long>(rows) * k;
  for (long long i = grid_start(); i < winners; i += grid_stride()) {
    write_winner(scores + i / k * length, sorted[i], i, values, indices);
  }
}

REGISTER_KERNEL(select_start)
REGISTER_KERNEL(select_digits_f32)
REGISTER_KERNEL(select_gather_f32)
REGISTER_KERNEL(rank_tiles)
REGISTER_KERNEL(rank_merge)
REGISTER_KERNEL(topk_rank_f32)
REGISTER_KERNEL(topk_write_f32)

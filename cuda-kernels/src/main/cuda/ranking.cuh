// Selection and sorting by score, shared by top-k, suppression, proposals and detections.
//
// A ranked entry is one 64-bit word: the upper half a key that orders as the score does, the lower
// half ~index. Larger words rank first, and of equal scores the lower index does; words of
// different indices differ, so an order by these words is total and the same whatever order atomics
// filled a list in. 0 is "no entry" and ranks last.
//
// Selection is by radix: digits of 11 bits from the top, keys first and then, only where scores tie
// at the border, indices. Sorting is bitonic in tiles of two entries per thread, with exchanges in
// registers inside of a warp; several tiles are merged by the rank of each entry in the others.
#pragma once

#include "common.cuh"

namespace {

using Entry = unsigned long long;

constexpr int DIGIT_BITS = 11;
constexpr int DIGIT_BINS = 1 << DIGIT_BITS;
constexpr int KEY_DIGITS = 3;

// ---- Entries ----

// Orders as the score does; -0 is 0, and NaN is below everything.
__device__ __forceinline__ unsigned rank_key(float score) {
  if (score != score) {
    return 0;
  }
  const unsigned bits = __float_as_uint(__fadd_rn(score, 0.0f));
  return bits ^ ((bits >> 31) != 0 ? 0xffffffffu : 0x80000000u);
}

__device__ __forceinline__ Entry rank_entry(unsigned key, unsigned index) {
  return static_cast<Entry>(key) << 32 | ~index;
}

__device__ __forceinline__ unsigned entry_key(Entry entry) {
  return static_cast<unsigned>(entry >> 32);
}

__device__ __forceinline__ unsigned entry_index(Entry entry) {
  return ~static_cast<unsigned>(entry);
}

// ---- Counting within blocks; all threads of the warp or block take part ----

// A place for each lane that `takes` one, from `cursor` on; without order between warps.
__device__ __forceinline__ int take_place(int* cursor, bool takes) {
  const unsigned votes = __ballot_sync(FULL_WARP, takes);
  const int lane = static_cast<int>(threadIdx.x) % WARP;
  int first = 0;
  if (lane == 0 && votes != 0) {
    first = atomicAdd(cursor, __popc(votes));
  }
  first = __shfl_sync(FULL_WARP, first, 0);
  return first + __popc(votes & ((1u << lane) - 1));
}

struct ScanSpace {
  int partial[WARP];
  int total;
};

// Sum of the values of the threads before this one; `total` of all. Any block of whole warps.
__device__ __forceinline__ int scan_exclusive(int value, ScanSpace& space, int* total) {
  const int lane = static_cast<int>(threadIdx.x) % WARP;
  const int warp = static_cast<int>(threadIdx.x) / WARP;
  const int warps = static_cast<int>(blockDim.x) / WARP;
  int inclusive = value;
#pragma unroll
  for (int step = 1; step < WARP; step *= 2) {
    const int other = __shfl_up_sync(FULL_WARP, inclusive, step);
    inclusive += lane >= step ? other : 0;
  }
  __syncthreads();  // the space may still be read from the scan before
  if (lane == WARP - 1) {
    space.partial[warp] = inclusive;
  }
  __syncthreads();
  if (warp == 0) {
    const int own = lane < warps ? space.partial[lane] : 0;
    int sum = own;
#pragma unroll
    for (int step = 1; step < WARP; step *= 2) {
      const int other = __shfl_up_sync(FULL_WARP, sum, step);
      sum += lane >= step ? other : 0;
    }
    space.partial[lane] = sum - own;
    if (lane == WARP - 1) {
      space.total = sum;
    }
  }
  __syncthreads();
  *total = space.total;
  return space.partial[warp] + inclusive - value;
}

// ---- Radix selection ----

// Where a digit lies in an entry. Of the index only the lower `index_bits` bits differ.
struct Digit {
  int shift;
  int width;
};

__device__ __forceinline__ Digit digit_at(int number, int index_bits) {
  if (number < KEY_DIGITS) {
    const int shift = 64 - DIGIT_BITS * (number + 1);
    return shift < 32 ? Digit{32, DIGIT_BITS - (32 - shift)} : Digit{shift, DIGIT_BITS};
  }
  const int left = index_bits - DIGIT_BITS * (number - KEY_DIGITS);
  return left > DIGIT_BITS ? Digit{left - DIGIT_BITS, DIGIT_BITS} : Digit{0, left};
}

__device__ __forceinline__ int digit_count(int index_bits) {
  return KEY_DIGITS + ceil_div(index_bits, DIGIT_BITS);
}

// The digits of an entry that are known before any was counted: the upper bits of ~index are ones.
__device__ __forceinline__ Entry first_prefix(int index_bits) {
  return index_bits >= 32 ? 0 : (0xffffffffull << index_bits) & 0xffffffffull;
}

// Counts one digit of the entries that agree with `prefix` in all digits before it. `source(i)` is
// entry i, or 0.
template <typename Source>
__device__ __forceinline__ void count_digit(const Source& source, long long from, long long step,
                                            Entry prefix, Digit digit, unsigned* histogram) {
  const unsigned mask = (1u << digit.width) - 1;
  for (long long i = from; i < source.length; i += step) {
    const Entry entry = source(i);
    if (entry != 0 && ((entry ^ prefix) >> digit.shift >> digit.width) == 0) {
      atomicAdd(&histogram[static_cast<unsigned>(entry >> digit.shift) & mask], 1u);
    }
  }
}

// The digit of the last winner.
struct Found {
  int digit;
  int above;   // entries with a larger digit
  int inside;  // entries with this digit
};

// Finds the digit at which the count from the top reaches `left`, which must be from 1 to the sum.
// Returns the sum. All threads of a block of whole warps that divides DIGIT_BINS take part.
__device__ __forceinline__ int find_digit(const unsigned* histogram, int left, ScanSpace& space,
                                          Found& found) {
  const int bins = DIGIT_BINS / static_cast<int>(blockDim.x);
  const int top = DIGIT_BINS - 1 - static_cast<int>(threadIdx.x) * bins;
  int sum = 0;
  for (int b = 0; b < bins; b++) {
    sum += static_cast<int>(histogram[top - b]);
  }
  int total;
  int above = scan_exclusive(sum, space, &total);
  if (above < left && left <= above + sum) {
    int digit = top;
    while (above + static_cast<int>(histogram[digit]) < left) {
      above += static_cast<int>(histogram[digit--]);
    }
    found = Found{digit, above, static_cast<int>(histogram[digit])};
  }
  __syncthreads();
  return total;
}

// How far a selection is. The winners are the entries >= prefix once it is done.
struct alignas(16) Selection {
  Entry prefix;
  int left;  // winners still to be found among the entries that agree with the prefix
  int done;
};

// The selection after a digit was found. It is done as soon as whole digits are winners.
__device__ __forceinline__ Selection advance(Selection now, int total, const Found& found,
                                             Digit digit) {
  if (total <= now.left) {
    return Selection{now.prefix, now.left, 1};
  }
  const int left = now.left - found.above;
  return Selection{now.prefix | static_cast<Entry>(found.digit) << digit.shift, left,
                   found.inside == left ? 1 : 0};
}

// Shared memory of a selection.
struct SelectSpace {
  unsigned histogram[DIGIT_BINS];
  ScanSpace scan;
  Found found;
};

// The k-th largest entry of a source, or something not above the smallest if there are no more than
// k > 0: entries >= it are the k largest. By one block.
template <typename Source>
__device__ __forceinline__ Entry block_threshold(const Source& source, int k, int index_bits,
                                                 SelectSpace& space) {
  Selection now{first_prefix(index_bits), k, 0};
  const int digits = digit_count(index_bits);
  for (int d = 0; d < digits && now.done == 0; d++) {
    for (int b = static_cast<int>(threadIdx.x); b < DIGIT_BINS; b += static_cast<int>(blockDim.x)) {
      space.histogram[b] = 0;
    }
    __syncthreads();
    const Digit digit = digit_at(d, index_bits);
    count_digit(source, threadIdx.x, blockDim.x, now.prefix, digit, space.histogram);
    __syncthreads();
    const int total = find_digit(space.histogram, now.left, space.scan, space.found);
    now = advance(now, total, space.found, digit);
    __syncthreads();
  }
  return now.prefix;
}

// ---- Sorting, largest first ----

// Two buffers of a tile, for exchanges between warps.
template <int THREADS>
struct SortSpace {
  Entry tile[2][2 * THREADS];
};

__device__ __forceinline__ Entry exchanged(Entry own, Entry other, bool larger) {
  return (own > other) == larger ? own : other;
}

// Sorts up to 2*THREADS entries, which lie in order of position t and t + THREADS of thread t and
// are 0 beyond `count`. All THREADS threads of the block take part.
template <int THREADS>
__device__ __forceinline__ void sort_entries(Entry& low, Entry& high, int count,
                                             SortSpace<THREADS>& space) {
  const int p = static_cast<int>(threadIdx.x);
  int buffer = 0;
  for (int size = 2; size < 2 * count; size *= 2) {
    // Runs of `size` alternate in direction; the last size is one run, the largest entry first.
    const bool low_falls = (p & size) == 0;
    const bool high_falls = ((p + THREADS) & size) == 0;
    for (int stride = size / 2; stride > 0; stride /= 2) {
      const bool first = (p & stride) == 0;
      if (stride == THREADS) {
        const Entry a = low;
        low = exchanged(a, high, true);
        high = exchanged(a, high, false);
        continue;
      }
      Entry other_low;
      Entry other_high;
      if (stride < WARP) {
        other_low = __shfl_xor_sync(FULL_WARP, low, stride);
        other_high = __shfl_xor_sync(FULL_WARP, high, stride);
      } else {
        Entry* tile = space.tile[buffer];
        tile[p] = low;
        tile[p + THREADS] = high;
        __syncthreads();  // two buffers: the next stage writes where nobody reads any more
        other_low = tile[p ^ stride];
        other_high = tile[(p ^ stride) + THREADS];
        buffer ^= 1;
      }
      low = exchanged(low, other_low, first == low_falls);
      high = exchanged(high, other_high, first == high_falls);
    }
  }
}

// Sorts a tile in memory. The block sees the result.
template <int THREADS>
__device__ __forceinline__ void sort_tile(Entry* tile, int count, SortSpace<THREADS>& space) {
  const int p = static_cast<int>(threadIdx.x);
  Entry low = p < count ? tile[p] : 0;
  Entry high = p + THREADS < count ? tile[p + THREADS] : 0;
  __syncthreads();  // the space may be in use for another tile
  sort_entries<THREADS>(low, high, count, space);
  if (p < count) {
    tile[p] = low;
  }
  if (p + THREADS < count) {
    tile[p + THREADS] = high;
  }
  __syncthreads();
}

// How many entries of a sorted tile come before `entry`; equal ones do if the tile is an earlier
// one.
__device__ __forceinline__ int entries_before(const Entry* tile, int count, Entry entry,
                                              bool earlier) {
  int from = 0;
  int to = count;
  while (from < to) {
    const int middle = (from + to) / 2;
    if (tile[middle] > entry || (earlier && tile[middle] == entry)) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from;
}

// The place of entry i of a list of sorted tiles in the sorted list.
__device__ __forceinline__ int merged_place(const Entry* list, int count, int tile, int i) {
  const int own = i / tile;
  const Entry entry = list[i];
  int place = i - own * tile;
  for (int t = 0; t * tile < count; t++) {
    if (t != own) {
      const int length = count - t * tile < tile ? count - t * tile : tile;
      place += entries_before(list + t * tile, length, entry, t < own);
    }
  }
  return place;
}

// Sorts a list of any length by one block; returns where the result is: in the list or, if it is
// longer than a tile, in `spare`, which has the same length.
template <int THREADS>
__device__ __forceinline__ Entry* sort_list(Entry* list, Entry* spare, int count,
                                            SortSpace<THREADS>& space) {
  constexpr int TILE = 2 * THREADS;
  for (int base = 0; base < count; base += TILE) {
    sort_tile<THREADS>(list + base, count - base < TILE ? count - base : TILE, space);
  }
  if (count <= TILE) {
    return list;
  }
  for (int i = static_cast<int>(threadIdx.x); i < count; i += THREADS) {
    spare[merged_place(list, count, TILE, i)] = list[i];
  }
  __syncthreads();
  return spare;
}

// ---- Sources ----

// The entries of a row of scores; those whose key is below `floor` are absent.
struct RowSource {
  const float* scores;
  long long length;
  unsigned floor;

  __device__ __forceinline__ Entry operator()(long long i) const {
    const unsigned key = rank_key(scores[i]);
    return key >= floor ? rank_entry(key, static_cast<unsigned>(i)) : 0;
  }
};

// A list of entries.
struct ListSource {
  const Entry* list;
  long long length;

  __device__ __forceinline__ Entry operator()(long long i) const { return list[i]; }
};

// ---- What the launches of one selection share, per row; in scratch ----

struct RowSelection {
  Selection selection;
  unsigned ticket;  // blocks of the current digit that are through
  int gathered;     // winners in the list
  unsigned histogram[DIGIT_BINS];
};

static_assert(sizeof(RowSelection) == 32 + 4 * DIGIT_BINS, "RadixSelect.STATE_BYTES");

}  // namespace

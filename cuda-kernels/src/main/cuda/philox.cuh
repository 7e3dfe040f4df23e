// Random numbers without a state: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy
// as 1, 2, 3", SC 2011). Number i of stream (seed, offset) is word i % 4 of block i / 4, as in the
// host's class Philox: every backend draws the same.
#pragma once

#include "common.cuh"

// The four words of block `counter` of stream (seed, offset).
__device__ __forceinline__ void philox_block(unsigned long long seed, unsigned long long offset,
                                             unsigned long long counter, unsigned words[4]) {
  unsigned c0 = static_cast<unsigned>(counter);
  unsigned c1 = static_cast<unsigned>(counter >> 32);
  unsigned c2 = static_cast<unsigned>(offset);
  unsigned c3 = static_cast<unsigned>(offset >> 32);
  unsigned k0 = static_cast<unsigned>(seed);
  unsigned k1 = static_cast<unsigned>(seed >> 32);
#pragma unroll
  for (int round = 0; round < 10; round++) {
    const unsigned long long p0 = 0xD2511F53ULL * c0;
    const unsigned long long p1 = 0xCD9E8D57ULL * c2;
    const unsigned n0 = static_cast<unsigned>(p1 >> 32) ^ c1 ^ k0;
    const unsigned n2 = static_cast<unsigned>(p0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<unsigned>(p1);
    c3 = static_cast<unsigned>(p0);
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

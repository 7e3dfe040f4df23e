// The state of the running block, shared by block_runner.cpp and synchronisation.cpp.
#pragma once

#include <cstdlib>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

#include "emulator.h"
#include "fibre.h"

namespace emulation {

// In which order blocks and threads run. Environment: EMULATION_SCHEDULE=forward|reverse|random
// (default), EMULATION_SEED=n (default 1). Random orders differ from launch to launch, but are the
// same in each run of a program.
class Schedule {
 public:
  Schedule() {
    const char* order = std::getenv("EMULATION_SCHEDULE");
    const char* seed = std::getenv("EMULATION_SEED");
    forward_ = order != nullptr && std::strcmp(order, "forward") == 0;
    reverse_ = order != nullptr && std::strcmp(order, "reverse") == 0;
    const long long number = seed == nullptr ? 1 : std::atoll(seed);
    state_ = 0x9e3779b97f4a7c15u * static_cast<std::uint64_t>(number) + 1;
  }

  // Puts the numbers below `count` into `order`.
  void fill(std::vector<unsigned>& order, unsigned count) {
    order.resize(count);
    for (unsigned i = 0; i < count; i++) {
      order[i] = reverse_ ? count - 1 - i : i;
    }
    for (unsigned i = count; !forward_ && !reverse_ && i > 1; i--) {
      std::swap(order[i - 1], order[below(i)]);
    }
  }

  // The lane of a warp that goes on last after a step; those below and then those above go first.
  unsigned first_lane() { return forward_ ? 31 : reverse_ ? 0 : below(32); }

  // Block number `i` in running order is (first + i * step) modulo the number of blocks.
  void blocks(std::uint64_t count, std::uint64_t* first, std::uint64_t* step) {
    *first = reverse_ ? count - 1 : 0;
    *step = reverse_ ? count - 1 : 1;
    if (!forward_ && !reverse_ && count > 1) {
      *first = next() % count;
      do {
        *step = 1 + next() % (count - 1);
      } while (std::gcd(*step, count) != 1);
    }
  }

 private:
  std::uint64_t next() {  // xorshift64*, Vigna 2016
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1du;
  }
  unsigned below(unsigned bound) {
    return static_cast<unsigned>(((next() >> 32) * bound) >> 32);
  }

  bool forward_;
  bool reverse_;
  std::uint64_t state_;
};

struct BlockRunner {
  Schedule schedule;
  Fibre launcher;          // the stack of whoever called run()
  Fibre* fibre = nullptr;  // the running one
  std::vector<Thread> threads;
  std::vector<unsigned> order;
  unsigned started = 0;
  unsigned ended = 0;
  unsigned at_barrier = 0;
  std::vector<Thread*> ready;  // those that wait no longer; the last goes on first
  int code = SUCCESS;
};

BlockRunner& runner();

// Lets others run; returns when the calling thread, made ready by someone, is chosen again.
void run_others();
// Called when all threads wait or have ended: completes a warp step whose missing lanes have ended;
// if there is none the block would hang on hardware, which is a fault.
void unblock();

}  // namespace emulation

// Stacks for the threads of a block and the switch between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "emulator.h"

#if !defined(__x86_64__) || defined(EMULATION_UCONTEXT)
#define EMULATION_SLOW_SWITCH
#include <ucontext.h>
#endif

namespace emulation {

constexpr std::size_t STACK_BYTES = 128 * 1024;

// One stack with what is needed to go on on it. A fibre runs the threads of a block one after the
// other as long as they do not wait, so a kernel without barriers needs only one.
struct Fibre {
#ifdef EMULATION_SLOW_SWITCH
  ucontext_t context;
#else
  void* stack_pointer = nullptr;
#endif
  std::uintptr_t low = 0;
  std::uintptr_t high = 0;
};

// Makes fibres that start in `body`, which must never return, and keeps them for reuse.
class FibrePool {
 public:
  explicit FibrePool(void (*body)());
  Fibre* take();
  void give(Fibre* fibre) { idle_.push_back(fibre); }
  // Every fibre starts anew in `body`: after a fault has left threads in the middle of a kernel.
  void restart_all();
  // Whether `address` lies on some fibre's stack or in the guard page below one.
  bool owns(std::uintptr_t address) const {
    return address - stacks_ < MAX_THREADS * (STACK_BYTES + PAGE);
  }

 private:
  void prepare(Fibre* fibre);
  void (*body_)();
  std::uintptr_t stacks_;  // MAX_THREADS stacks, each above a guard page
  std::vector<std::unique_ptr<Fibre>> all_;
  std::vector<Fibre*> idle_;
};

// Goes on in `to`; returns when something switches back to `from`.
void switch_fibre(Fibre* from, Fibre* to);

FibrePool& fibre_pool();

}  // namespace emulation

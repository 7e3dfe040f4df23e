// Runs a grid: one block after the other, the threads of a block as fibres that change only where a
// thread waits at a barrier or for its warp. The order of blocks and, between two barriers, of
// threads is scrambled, since hardware promises none.
#include "block_runner.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>

extern "C" {
uint3 threadIdx;
uint3 blockIdx;
dim3 blockDim;
dim3 gridDim;
void* __tls_get_addr(std::size_t* module_and_offset);
}

namespace emulation {

Running running;

BlockRunner& runner() {
  static BlockRunner instance;
  return instance;
}

namespace {

void make_current(Thread* thread) {
  BlockRunner& r = runner();
  thread->fibre = r.fibre;
  running.thread = thread;
  running.stack_low = r.fibre->low;
  running.stack_high = r.fibre->high;
  threadIdx = thread->index;
}

// What every fibre does: starts threads of the block as long as there are any.
void run_threads() {
  BlockRunner& r = runner();
  for (;;) {
    while (r.started < r.threads.size()) {
      Thread* thread = &r.threads[r.order[r.started++]];
      thread->state = ThreadState::READY;
      make_current(thread);
      running.launch->kernel->run(running.launch->arguments);
      settle_pending_write();
      thread->state = ThreadState::ENDED;
      r.ended++;
    }
    fibre_pool().give(r.fibre);
    run_others();
  }
}

// Of the static shared memory, which is that of all kernels, only what was touched.
void fill_shared() {
  if (running.used_low < running.used_high) {
    const std::uintptr_t low = running.used_low & ~std::uintptr_t{7};
    poison(reinterpret_cast<void*>(low), running.used_high - low);
  }
  running.used_low = running.shared_high;
  running.used_high = running.shared_low;
  poison(reinterpret_cast<void*>(running.dynamic_low), running.dynamic_high - running.dynamic_low);
}

void run_block() {
  BlockRunner& r = runner();
  fill_shared();
  running.epoch++;
  r.started = r.ended = r.at_barrier = 0;
  r.schedule.fill(r.order, static_cast<unsigned>(r.threads.size()));
  for (Thread& thread : r.threads) {
    thread.state = ThreadState::UNSTARTED;
    thread.line = 0;
  }
  while (r.ended < r.threads.size() && r.code == SUCCESS) {
    r.fibre = &r.launcher;
    run_others();
  }
}

void prepare_threads(const dim3& block) {
  BlockRunner& r = runner();
  r.threads.assign(block.x * block.y * block.z, Thread());
  unsigned number = 0;
  for (unsigned z = 0; z < block.z; z++) {
    for (unsigned y = 0; y < block.y; y++) {
      for (unsigned x = 0; x < block.x; x++) {
        r.threads[number].number = number;
        r.threads[number++].index = {x, y, z};
      }
    }
  }
}

// Dynamic shared memory ends at a guard page and is aligned to 16 bytes, no better.
unsigned char* dynamic_end() {
  static constexpr std::size_t BYTES = (SHARED_OPT_IN + PAGE - 1) / PAGE * PAGE;
  static unsigned char* const start = [] {
    void* memory = reserve(BYTES + 2 * PAGE, PROT_NONE);
    mprotect(static_cast<unsigned char*>(memory) + PAGE, BYTES, PROT_READ | PROT_WRITE);
    return static_cast<unsigned char*>(memory) + PAGE;
  }();
  return start + BYTES;
}

void prepare_shared(const Launch& launch) {
  std::size_t request[2] = {launch.module->shared_module, 0};
  const auto statics = launch.module->shared_bytes == 0
                           ? std::uintptr_t{0}
                           : reinterpret_cast<std::uintptr_t>(__tls_get_addr(request));
  running.shared_low = statics;
  running.shared_high = statics + launch.module->shared_bytes;
  const auto end = reinterpret_cast<std::uintptr_t>(dynamic_end());
  running.dynamic_low = end - (launch.shared_bytes + 15) / 16 * 16;
  running.dynamic_high = running.dynamic_low + launch.shared_bytes;
  static std::uintptr_t filled = 0;  // another thread and another library have another block
  if (filled != statics) {
    running.used_low = running.shared_low;
    running.used_high = running.shared_high;
    filled = statics;
  }
}

}  // namespace

void run_others() {
  BlockRunner& r = runner();
  Fibre* const me = r.fibre;
  if (r.ready.empty() && r.started == r.threads.size() && r.ended < r.threads.size()) {
    unblock();
  }
  if (!r.ready.empty()) {
    Thread* thread = r.ready.back();
    r.ready.pop_back();
    r.fibre = thread->fibre;
    make_current(thread);
    if (r.fibre != me) {
      switch_fibre(me, r.fibre);
    }
    return;
  }
  running.thread = nullptr;
  r.fibre = r.started < r.threads.size() ? fibre_pool().take() : &r.launcher;
  switch_fibre(me, r.fibre);
}

FibrePool& fibre_pool() {
  static FibrePool pool(run_threads);
  return pool;
}

bool in_kernels(std::uintptr_t address) {
  const Module* module = running.launch->module;
  return address >= module->low && address < module->high;
}

void abandon(int code) {
  BlockRunner& r = runner();
  r.code = code;
  switch_fibre(r.fibre, &r.launcher);
  std::abort();  // nothing goes back to an abandoned thread
}

int run(const Launch& launch) {
  BlockRunner& r = runner();
  r.code = SUCCESS;
  r.ready.clear();
  blockDim = launch.block;
  gridDim = launch.grid;
  prepare_threads(launch.block);
  prepare_shared(launch);
  reset_races();
  running.accesses = 0;
  running.number++;
  running.launch = &launch;
  SignalGuard guard;
  const std::uint64_t width = launch.grid.x;
  const std::uint64_t height = launch.grid.y;
  const std::uint64_t count = width * height * launch.grid.z;
  std::uint64_t block = 0;
  std::uint64_t step = 1;
  r.schedule.blocks(count, &block, &step);
  for (std::uint64_t i = 0; i < count && r.code == SUCCESS; i++, block = (block + step) % count) {
    blockIdx = {static_cast<unsigned>(block % width), static_cast<unsigned>(block / width % height),
                static_cast<unsigned>(block / width / height)};
    run_block();
  }
  if (r.code != SUCCESS) {
    fibre_pool().restart_all();
  }
  running.launch = nullptr;
  running.thread = nullptr;
  return r.code;
}

}  // namespace emulation

extern "C" {

unsigned emulation_lane() { return emulation::running.thread->number % 32; }

void* emulation_dynamic_shared() {
  return reinterpret_cast<void*>(emulation::running.dynamic_low);
}

}  // extern "C"

// Barriers and warp primitives: a thread notes for what it waits and lets others run; the last one
// to arrive makes all ready again. Divergence shows when all that are left wait.
#include <cstring>

#include "block_runner.h"

namespace emulation {
namespace {

void resume(Thread* thread) {
  thread->state = ThreadState::READY;
  runner().ready.push_back(thread);
}

std::string place(const Thread& thread) {
  if (thread.file == nullptr) {
    return "?";
  }
  const char* slash = std::strrchr(thread.file, '/');
  return std::string(slash == nullptr ? thread.file : slash + 1) + ":" +
         std::to_string(thread.line);
}

// ---- Warp steps ----

// The lanes of the thread's warp that its mask names and that have not ended, if all of them wait
// in the same step; else 0.
unsigned complete_step(const Thread& thread) {
  BlockRunner& r = runner();
  const unsigned first = thread.number / 32 * 32;
  unsigned present = 0;
  for (unsigned lane = 0; lane < 32 && first + lane < r.threads.size(); lane++) {
    const Thread& other = r.threads[first + lane];
    if (((thread.mask >> lane) & 1u) == 0 || other.state == ThreadState::ENDED) {
      continue;
    }
    if (other.state != ThreadState::AT_WARP_STEP || other.kind != thread.kind ||
        other.mask != thread.mask) {
      return 0;
    }
    present |= 1u << lane;
  }
  return present;
}

unsigned long long step_result(const Thread& thread, unsigned present,
                               const unsigned long long* values) {
  unsigned long long lanes = 0;
  switch (thread.kind) {
    case WARP_SHUFFLE:
      // Hardware leaves the value of an absent lane undefined.
      return ((present >> thread.source) & 1u) != 0
                 ? values[thread.source]
                 : (static_cast<unsigned long long>(POISON) << 32) | POISON;
    case WARP_BALLOT:
    case WARP_MATCH:
      for (unsigned lane = 0; lane < 32; lane++) {
        const bool named = ((present >> lane) & 1u) != 0;
        const bool chosen =
            thread.kind == WARP_BALLOT ? values[lane] != 0 : values[lane] == thread.value;
        lanes |= named && chosen ? 1u << lane : 0u;
      }
      return lanes;
    default:
      return 0;
  }
}

void finish_step(const Thread& last, unsigned present) {
  BlockRunner& r = runner();
  const unsigned first = last.number / 32 * 32;
  unsigned long long values[32] = {};
  for (unsigned lane = 0; lane < 32; lane++) {
    if (((present >> lane) & 1u) != 0) {
      values[lane] = r.threads[first + lane].value;
    }
  }
  const unsigned start = r.schedule.first_lane();
  for (unsigned i = 0; i < 32; i++) {
    const unsigned lane = (start - i) % 32;
    if (((present >> lane) & 1u) != 0) {
      Thread& thread = r.threads[first + lane];
      thread.value = step_result(thread, present, values);
      resume(&thread);
    }
  }
  if (last.kind == WARP_SYNC) {
    running.warp_epochs[last.number / 32]++;
  }
}

// ---- Barriers ----

void finish_barrier() {
  BlockRunner& r = runner();
  int count = 0;
  const Thread& first = r.threads[0];
  for (const Thread& thread : r.threads) {
    if (thread.line != first.line || thread.kind != first.kind) {
      threadIdx = first.index;
      fault_at(LAUNCH_FAILED, first.file, static_cast<unsigned>(first.line),
               "divergent __syncthreads: thread number %u waits at another one, %s", thread.number,
               place(thread).c_str());
    }
    count += thread.predicate != 0 ? 1 : 0;
  }
  const int all = static_cast<int>(r.threads.size());
  static std::vector<unsigned> order;
  r.schedule.fill(order, static_cast<unsigned>(all));
  for (auto number = order.rbegin(); number != order.rend(); ++number) {
    Thread& thread = r.threads[*number];
    thread.predicate = thread.kind == BARRIER_COUNT ? count
                       : thread.kind == BARRIER_OR  ? count > 0
                                                    : count == all;
    resume(&thread);
  }
  r.at_barrier = 0;
  running.epoch++;
}

}  // namespace

// Some threads wait and none can go on. Completes warp steps whose missing lanes have ended; if
// there is none the block would hang: a fault.
void unblock() {
  BlockRunner& r = runner();
  const Thread* waiting = nullptr;
  const Thread* elsewhere = nullptr;
  for (const Thread& thread : r.threads) {
    const unsigned present = thread.state == ThreadState::AT_WARP_STEP ? complete_step(thread) : 0;
    if (present != 0) {
      finish_step(thread, present);
      return;
    }
    const bool at_barrier = thread.state == ThreadState::AT_BARRIER;
    if (thread.state != ThreadState::ENDED && (waiting == nullptr || at_barrier)) {
      waiting = &thread;
    }
  }
  for (const Thread& thread : r.threads) {
    if (thread.state != waiting->state || thread.line != waiting->line) {
      elsewhere = &thread;
      break;
    }
  }
  threadIdx = waiting->index;
  const char* what =
      waiting->state == ThreadState::AT_BARRIER ? "__syncthreads" : "warp primitive";
  const std::string other =
      elsewhere == nullptr ? "the masks of the threads differ"
      : elsewhere->state == ThreadState::ENDED
          ? "thread number " + std::to_string(elsewhere->number) + " ended without it"
          : "thread number " + std::to_string(elsewhere->number) + " waits at " + place(*elsewhere);
  fault_at(LAUNCH_FAILED, waiting->file, static_cast<unsigned>(waiting->line),
           "divergent %s: %u of %zu threads ended, %s", what, r.ended, r.threads.size(),
           other.c_str());
}

}  // namespace emulation

extern "C" {

int emulation_barrier(EmulatedBarrier kind, int predicate, const char* file, int line) {
  using namespace emulation;
  settle_pending_write();
  Thread* me = running.thread;
  me->state = ThreadState::AT_BARRIER;
  me->kind = kind;
  me->predicate = predicate;
  me->file = file;
  me->line = line;
  if (++runner().at_barrier == runner().threads.size()) {
    finish_barrier();
  }
  run_others();
  return me->predicate;
}

unsigned long long emulation_warp(EmulatedWarpStep kind, unsigned mask, unsigned long long value,
                                  int source, const char* file, int line) {
  using namespace emulation;
  settle_pending_write();
  Thread* me = running.thread;
  if (((mask >> (me->number % 32)) & 1u) == 0) {
    fault_at(LAUNCH_FAILED, file, static_cast<unsigned>(line),
             "warp primitive with mask 0x%08x called by lane %u, which the mask does not name",
             mask, me->number % 32);
  }
  me->state = ThreadState::AT_WARP_STEP;
  me->kind = kind;
  me->mask = mask;
  me->value = value;
  me->source = source & 31;
  me->file = file;
  me->line = line;
  const unsigned present = complete_step(*me);
  if (present != 0) {
    finish_step(*me, present);
  }
  run_others();
  return me->value;
}

}  // extern "C"

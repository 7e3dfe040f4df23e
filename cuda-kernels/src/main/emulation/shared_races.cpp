// Finds missing barriers: for each place in shared memory the last write and the reads since are
// noted with thread and epoch. Epochs count barriers; within a warp also the __syncwarp calls.
// Two accesses of different threads conflict if one of them writes, they are not both atomic, and
// they lie in the same epoch.
//
// A place is the first byte of an aligned 4-byte word, or a single byte for narrower accesses;
// accesses of different width to the same byte are not compared.
#include <algorithm>
#include <cstring>
#include <vector>

#include "emulator.h"

namespace emulation {
namespace {

enum class Who : std::uint8_t { NOBODY, ONE, WARP, MANY };

struct Stamp {
  std::uint32_t epoch = 0;
  std::uint32_t warp_epoch = 0;
  std::uint16_t thread = 0;
  Who who = Who::NOBODY;
};

struct Place {
  Stamp write;
  Stamp atomic;
  Stamp read;
};

struct Shadow {
  std::vector<Place> statics;
  std::vector<Place> dynamics;

  Place& at(std::uintptr_t address) {
    if (address >= running.dynamic_low && address < running.dynamic_high) {
      dynamics.resize(std::max<std::size_t>(dynamics.size(), SHARED_OPT_IN));
      return dynamics[address - running.dynamic_low];
    }
    statics.resize(
        std::max<std::size_t>(statics.size(), running.shared_high - running.shared_low));
    return statics[address - running.shared_low];
  }
};

Shadow shadow;

// A write of a place that another thread wrote in this epoch: no harm if it changes nothing.
struct PendingWrite {
  bool waiting = false;
  std::uintptr_t address = 0;
  std::size_t bytes = 0;
  unsigned char before[16];
  Stamp other;
  const void* site = nullptr;
};

PendingWrite pending;

std::uint32_t warp_epoch() { return running.warp_epochs[running.thread->number / 32]; }

Stamp stamp_of_this() {
  return {running.epoch, warp_epoch(), static_cast<std::uint16_t>(running.thread->number),
          Who::ONE};
}

// Whether all that `stamp` stands for happened before what the running thread does now.
bool ordered(const Stamp& stamp) {
  if (stamp.who == Who::NOBODY || stamp.epoch != running.epoch) {
    return true;
  }
  const unsigned me = running.thread->number;
  if (stamp.who == Who::ONE && stamp.thread == me) {
    return true;
  }
  const bool same_warp = stamp.thread / 32u == me / 32u;
  return stamp.who != Who::MANY && same_warp && stamp.warp_epoch < warp_epoch();
}

[[noreturn]] void race(const char* first, const char* second, const Stamp& earlier,
                       const void* site) {
  const std::string others = earlier.thread == running.thread->number || earlier.who == Who::MANY
                                 ? "other threads"
                                 : "thread number " + std::to_string(earlier.thread);
  fault(LAUNCH_FAILED, site,
        "missing barrier: %s shared memory that %s of the block %s since the last barrier", second,
        others.c_str(), first);
}

// Adds the running thread to those that read a place or updated it atomically. Those that came
// before it by a barrier are forgotten: who is ordered after this thread is ordered after them.
void join(Stamp& stamp) {
  Stamp now = stamp_of_this();
  if (!ordered(stamp)) {
    const bool same_warp = stamp.thread / 32u == now.thread / 32u;
    now.who = same_warp && stamp.who != Who::MANY ? Who::WARP : Who::MANY;
  }
  stamp = now;
}

void remember(std::uintptr_t address, std::size_t bytes, const Stamp& other, const void* site) {
  pending = {true, address, bytes, {}, other, site};
  std::memcpy(pending.before, reinterpret_cast<const void*>(address), bytes);
}

void note_place(std::uintptr_t address, std::size_t bytes, Access access, const void* site) {
  Place& place = shadow.at(address);
  const char* const verb = access == Access::READ    ? "reads"
                           : access == Access::WRITE ? "writes"
                                                     : "updates atomically";
  if (access != Access::ATOMIC && !ordered(place.atomic)) {
    race("updated atomically", verb, place.atomic, site);
  }
  if (access != Access::READ && !ordered(place.read)) {
    race("read", verb, place.read, site);
  }
  if (!ordered(place.write)) {
    if (access != Access::WRITE) {
      race("wrote", verb, place.write, site);
    }
    remember(address, bytes, place.write, site);
  }
  switch (access) {
    case Access::READ:
      join(place.read);
      break;
    case Access::ATOMIC:
      join(place.atomic);
      break;
    case Access::WRITE:
      place.write = stamp_of_this();
      break;
  }
}

}  // namespace

void note_shared(std::uintptr_t address, std::size_t bytes, Access access, const void* site) {
  if (address >= running.shared_low && address < running.shared_high) {
    running.used_low = std::min(running.used_low, address);
    running.used_high = std::max(running.used_high, address + bytes);
  }
  if (bytes < 4) {
    for (std::size_t i = 0; i < bytes; i++) {
      note_place(address + i, 1, access, site);
    }
    return;
  }
  for (std::size_t i = 0; i < bytes; i += 4) {
    note_place(address + i, bytes - i < 4 ? bytes - i : 4, access, site);
    if (pending.waiting && i + 4 < bytes) {
      // Only one write can wait; a wider one waits as a whole from here on.
      remember(address + i, bytes - i < 16 ? bytes - i : 16, pending.other, site);
      for (i += 4; i < bytes; i += 4) {
        shadow.at(address + i).write = stamp_of_this();
      }
      return;
    }
  }
}

void settle_pending_write() {
  if (!pending.waiting) {
    return;
  }
  pending.waiting = false;
  if (std::memcmp(pending.before, reinterpret_cast<const void*>(pending.address), pending.bytes)) {
    race("wrote", "writes another value to", pending.other, pending.site);
  }
}

void reset_races() {
  pending.waiting = false;
  running.epoch++;
}

}  // namespace emulation

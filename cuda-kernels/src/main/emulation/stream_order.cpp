// Finds accesses of different streams to the same memory that nothing orders. The emulation does
// work when it is asked for, so a missing wait would never show in results; what shows it here are
// vector clocks. Each stream counts its operations and knows how many of every other stream's are
// over before its next one: it learns so from events that it waits for, and from the host, which
// learns from what it waits for. For each allocation the last write and the reads since are noted.
// An access is sound if its stream knows that the accesses it conflicts with are over.
//
// The host's own accesses of page-locked memory cannot be seen. That it overwrites what a copy may
// still read is found afterwards: the bytes of a copy's source must be the same until the host
// knows that the copy is over. That it reads too early what a copy brings shows in the result: the
// memory holds a pattern until then.
//
// An allocation is looked at as a whole: two streams that share one without any order between them
// are told apart from a fault only by giving each its own.
#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "emulator.h"

namespace emulation {
namespace {

constexpr std::uintptr_t LEGACY = 1;

struct Timeline {
  unsigned number = 0;  // its place in moments; taken over from a stream that is gone
  unsigned name = 0;    // in the order of creation, for reports
  bool blocking = true;
  Moment known;
};

// What used an allocation.
struct Use {
  const std::string* what = nullptr;
  unsigned number = 0;
  unsigned name = 0;
  std::uint64_t count = 0;
};

struct Uses {
  Use write;
  std::vector<Use> reads;  // since that write, one for each stream
};

// Page-locked memory that a copy reads and the host must leave as it is.
struct Loan {
  Use copy;
  std::uintptr_t allocation;
  std::uintptr_t address;
  std::size_t bytes;
  std::uint64_t hash;
};

// What a copy brings into page-locked memory, until the host knows that it is over.
struct Delivery {
  Use copy;
  std::uintptr_t allocation;
  std::uintptr_t address;
  std::vector<unsigned char> bytes;
};

struct Order {
  std::map<const void*, Timeline> timelines;
  std::vector<unsigned> free_numbers;
  Moment counts;  // operations of each number so far
  Moment host;
  unsigned names = 0;
  std::set<std::string> words;  // what operations are called; never forgotten, and not many
  std::unordered_map<std::uintptr_t, Uses> uses;  // by the start of the allocation
  std::vector<Loan> loans;
  std::vector<Delivery> deliveries;  // in the order of their copies
  Timeline* stream = nullptr;  // of the operation that was begun last
  Use now;
};

Order& order() {
  static Order all;
  return all;
}

void learn(Moment& known, const Moment& other) {
  known.resize(std::max(known.size(), other.size()));
  for (std::size_t i = 0; i < other.size(); i++) {
    known[i] = std::max(known[i], other[i]);
  }
}

bool knows(const Moment& known, const Use& use) {
  return use.what == nullptr || (use.number < known.size() && known[use.number] >= use.count);
}

Timeline& make(const void* stream, unsigned name, bool blocking) {
  Order& o = order();
  Timeline& made = o.timelines[stream];
  if (o.free_numbers.empty()) {
    made.number = static_cast<unsigned>(o.counts.size());
    o.counts.push_back(0);
  } else {
    made.number = o.free_numbers.back();
    o.free_numbers.pop_back();
  }
  made.name = name;
  made.blocking = blocking;
  made.known.clear();
  return made;
}

// The default stream has two handles, and each thread's own is one for all threads here.
Timeline& timeline(const void* stream) {
  const void* key = stream == nullptr ? reinterpret_cast<const void*>(LEGACY) : stream;
  const auto at = order().timelines.find(key);
  return at != order().timelines.end() ? at->second : make(key, 0, true);
}

// What the next operation of a stream comes after: what the host waited for before it asks, and
// between the default stream and those that block with it, everything.
Timeline& caught_up(const void* stream) {
  Timeline& line = timeline(stream);
  Timeline& legacy = timeline(nullptr);
  learn(line.known, order().host);
  if (&line != &legacy) {
    if (line.blocking) {
      learn(line.known, legacy.known);
    }
    return line;
  }
  for (const auto& other : order().timelines) {
    if (other.second.blocking) {
      learn(legacy.known, other.second.known);
    }
  }
  return legacy;
}

std::string named(const Use& use) {
  return *use.what +
         (use.name == 0 ? " on the default stream" : " on stream " + std::to_string(use.name));
}

std::uint64_t hash_of(std::uintptr_t address, std::size_t bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(address);
  std::uint64_t lanes[4] = {1, 2, 3, 4};
  std::size_t i = 0;
  for (; i + 32 <= bytes; i += 32) {
    std::uint64_t words[4];
    std::memcpy(words, at + i, sizeof words);
    for (int k = 0; k < 4; k++) {
      lanes[k] = (lanes[k] ^ words[k]) * 0x9e3779b97f4a7c15u;
    }
  }
  for (; i < bytes; i++) {
    lanes[i % 4] = (lanes[i % 4] ^ at[i]) * 0x9e3779b97f4a7c15u;
  }
  return lanes[0] ^ (lanes[1] >> 7) ^ (lanes[2] << 9) ^ (lanes[3] >> 17);
}

void deliver(const Delivery& delivery) {
  std::memcpy(reinterpret_cast<void*>(delivery.address), delivery.bytes.data(),
              delivery.bytes.size());
}

// Brings what is due and forgets it.
template <typename Due>
void deliver_all(Due due) {
  std::vector<Delivery>& all = order().deliveries;
  for (const Delivery& delivery : all) {
    if (due(delivery)) {
      deliver(delivery);
    }
  }
  all.erase(std::remove_if(all.begin(), all.end(), due), all.end());
}

std::string broken(const Loan& loan) {
  return "the host overwrote " + std::to_string(loan.bytes) +
         " bytes of page-locked memory without having waited for the " + named(loan.copy) +
         ", which reads them";
}

}  // namespace

void open_timeline(const void* stream, bool blocking) {
  make(stream, ++order().names, blocking);
}

// Its number goes to the next stream, which may pass for it: at worst a fault is not found.
void close_timeline(const void* stream) {
  const auto at = order().timelines.find(stream);
  if (at != order().timelines.end()) {
    order().free_numbers.push_back(at->second.number);
    order().timelines.erase(at);
  }
}

void begin_operation(const void* stream, const std::string& what) {
  Order& o = order();
  o.stream = &caught_up(stream);
  const unsigned number = o.stream->number;
  o.stream->known.resize(std::max<std::size_t>(o.stream->known.size(), number + 1));
  o.stream->known[number] = ++o.counts[number];
  o.now = {&*o.words.insert(what).first, number, o.stream->name, o.counts[number]};
}

std::string note_use(std::uintptr_t address, bool write) {
  Order& o = order();
  std::uintptr_t start = 0;
  std::size_t bytes = 0;
  if (!device_memory().find(address, &start, &bytes)) {
    return "";
  }
  if (!o.deliveries.empty()) {
    deliver_all([start](const Delivery& d) { return d.allocation == start; });
  }
  Uses& uses = o.uses[start];
  const Moment& known = o.stream->known;
  const Use* conflict = knows(known, uses.write) ? nullptr : &uses.write;
  Use* mine = nullptr;
  for (Use& read : uses.reads) {
    conflict = write && conflict == nullptr && !knows(known, read) ? &read : conflict;
    mine = read.number == o.now.number ? &read : mine;
  }
  const std::string wrong =
      conflict == nullptr
          ? ""
          : "the " + named(o.now) + (write ? " writes" : " reads") + " an allocation of " +
                std::to_string(bytes) + " bytes that the " + named(*conflict) +
                (conflict == &uses.write ? " writes" : " reads") + ", and nothing orders them";
  if (write) {
    uses = {o.now, {}};
  } else if (mine != nullptr) {
    *mine = o.now;
  } else {
    uses.reads.push_back(o.now);
  }
  return wrong;
}

void forget_uses(std::uintptr_t start) {
  Order& o = order();
  o.uses.erase(start);
  o.loans.erase(std::remove_if(o.loans.begin(), o.loans.end(),
                               [start](const Loan& loan) { return loan.allocation == start; }),
                o.loans.end());
  o.deliveries.erase(
      std::remove_if(o.deliveries.begin(), o.deliveries.end(),
                     [start](const Delivery& d) { return d.allocation == start; }),
      o.deliveries.end());
}

void lend(std::uintptr_t address, std::size_t bytes) {
  std::uintptr_t start = 0;
  std::size_t size = 0;
  if (device_memory().find(address, &start, &size)) {
    order().loans.push_back({order().now, start, address, bytes, hash_of(address, bytes)});
  }
}

void promise(std::uintptr_t address, std::size_t bytes) {
  std::uintptr_t start = 0;
  std::size_t size = 0;
  if (device_memory().find(address, &start, &size)) {
    const auto* from = reinterpret_cast<const unsigned char*>(address);
    order().deliveries.push_back({order().now, start, address, {from, from + bytes}});
    poison(reinterpret_cast<void*>(address), bytes);
  }
}

std::string look_after_loans(std::uintptr_t address) {
  std::uintptr_t start = 0;
  std::size_t bytes = 0;
  device_memory().find(address, &start, &bytes);
  for (const Loan& loan : order().loans) {
    if (loan.allocation == start && hash_of(loan.address, loan.bytes) != loan.hash) {
      return broken(loan);
    }
  }
  return "";
}

Moment moment_of(const void* stream) { return caught_up(stream).known; }

void stream_waits(const void* stream, const Moment& moment) {
  learn(timeline(stream).known, moment);
}

int host_waits(const Moment& moment) {
  Order& o = order();
  learn(o.host, moment);
  deliver_all([&o](const Delivery& d) { return knows(o.host, d.copy); });
  std::string wrong;
  for (std::size_t i = 0; i < o.loans.size();) {
    if (!knows(o.host, o.loans[i].copy)) {
      i++;
      continue;
    }
    if (hash_of(o.loans[i].address, o.loans[i].bytes) != o.loans[i].hash) {
      wrong = broken(o.loans[i]);
    }
    o.loans[i] = o.loans.back();
    o.loans.pop_back();
  }
  return wrong.empty() ? SUCCESS : fail(LAUNCH_FAILED, wrong);
}

int host_waits_for_all() { return host_waits(order().counts); }

}  // namespace emulation

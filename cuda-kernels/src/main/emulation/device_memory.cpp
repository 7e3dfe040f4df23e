// Device memory: pages of one large reserved range. An allocation lies at the end of its pages and
// the page behind stays inaccessible; freed pages become inaccessible and are reused as late as
// possible, so that a pointer kept too long is found out.
//
// Environment: EMULATION_MEMORY_MIB, default 8192.
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>
#include <vector>

#include "emulator.h"

namespace emulation {
namespace {

constexpr std::uintptr_t ALIGNMENT = 256;  // what cuMemAlloc promises

// Free pages by their first page, and the page from which the next search starts.
struct FreePages {
  std::map<std::size_t, std::size_t> ranges;
  std::size_t cursor = 1;
};

FreePages& free_pages() {
  static FreePages pages;
  return pages;
}

std::size_t configured_total() {
  const char* megabytes = std::getenv("EMULATION_MEMORY_MIB");
  const long value = megabytes == nullptr ? 0 : std::atol(megabytes);
  return static_cast<std::size_t>(value > 0 ? value : 8192) << 20;
}

}  // namespace

void* reserve(std::size_t bytes, int protection) {
  void* memory =
      mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::runtime_error("emulated CUDA: cannot reserve address space");
  }
  return memory;
}

void poison(void* start, std::size_t bytes) {
  auto* at = static_cast<unsigned char*>(start);
  // The pattern repeats every two bytes; every address gets the same bytes whatever the alignment.
  std::size_t i = 0;
  for (; i + 8 <= bytes; i += 8) {
    const std::uint64_t twice = (static_cast<std::uint64_t>(POISON) << 32) | POISON;
    std::memcpy(at + i, &twice, 8);
  }
  std::memcpy(at + i, "\xfb\xff\xfb\xff\xfb\xff\xfb", bytes - i);
}

DeviceMemory& device_memory() {
  static DeviceMemory memory;
  return memory;
}

DeviceMemory::DeviceMemory()
    : total_(configured_total()),
      arena_(8 * total_),
      base_(reinterpret_cast<std::uintptr_t>(reserve(arena_, PROT_NONE))),
      pages_(static_cast<std::uint32_t*>(
          reserve(arena_ / PAGE * sizeof(std::uint32_t), PROT_READ | PROT_WRITE))),
      records_(static_cast<Record*>(
          reserve(arena_ / PAGE * sizeof(Record), PROT_READ | PROT_WRITE))) {
  free_pages().ranges[1] = arena_ / PAGE - 1;  // record 0 means: no allocation
}

std::size_t DeviceMemory::take(std::size_t pages) {
  FreePages& list = free_pages();
  auto at = list.ranges.lower_bound(list.cursor);
  for (std::size_t tried = 0; tried <= list.ranges.size(); tried++, ++at) {
    if (at == list.ranges.end()) {
      at = list.ranges.begin();
      if (at == list.ranges.end()) {
        return 0;
      }
    }
    if (at->second >= pages) {
      const std::size_t page = at->first;
      const std::size_t rest = at->second - pages;
      list.ranges.erase(at);
      if (rest > 0) {
        list.ranges[page + pages] = rest;
      }
      list.cursor = page + pages;
      return page;
    }
  }
  return 0;
}

void DeviceMemory::give(std::size_t page, std::size_t pages) {
  auto& ranges = free_pages().ranges;
  auto at = ranges.emplace(page, pages).first;
  const auto next = std::next(at);
  if (next != ranges.end() && next->first == page + pages) {
    at->second += next->second;
    ranges.erase(next);
  }
  if (at != ranges.begin()) {
    const auto before = std::prev(at);
    if (before->first + before->second == page) {
      before->second += at->second;
      ranges.erase(at);
    }
  }
}

std::uintptr_t DeviceMemory::allocate(std::size_t bytes, Owner owner) {
  if (bytes > total_ || used_ + bytes > total_) {
    return 0;
  }
  const std::size_t usable = (bytes + PAGE - 1) / PAGE;
  const std::size_t first = take(usable + 1);
  const std::uintptr_t start = base_ + first * PAGE;
  if (first == 0) {
    return 0;
  }
  if (mprotect(reinterpret_cast<void*>(start), usable * PAGE, PROT_READ | PROT_WRITE) != 0) {
    give(first, usable + 1);
    return 0;
  }
  const std::uintptr_t address = (start + usable * PAGE - bytes) & ~(ALIGNMENT - 1);
  for (std::size_t page = first; page <= first + usable; page++) {
    pages_[page] = static_cast<std::uint32_t>(first);
  }
  records_[first] = {address, bytes, bytes, static_cast<std::uint32_t>(usable + 1), owner,
                     0, 0};
  used_ += bytes;
  poison(reinterpret_cast<void*>(address), bytes);
  return address;
}

bool DeviceMemory::release(std::uintptr_t address, Owner owner) {
  if (!accessible(address, 1)) {
    return false;
  }
  const std::size_t first = pages_[(address - base_) / PAGE];
  Record& record = records_[first];
  if (record.start != address || record.owner != owner) {
    return false;
  }
  void* memory = reinterpret_cast<void*>(base_ + first * PAGE);
  const std::size_t usable = (record.pages - 1) * PAGE;
  madvise(memory, usable, MADV_DONTNEED);
  mprotect(memory, usable, PROT_NONE);
  forget_uses(record.start);
  used_ -= record.size;
  record.size = 0;
  give(first, record.pages);
  return true;
}

void DeviceMemory::release_all() {
  std::vector<std::size_t> living;  // what lies between the free ranges
  std::size_t page = 1;
  for (const auto& range : free_pages().ranges) {
    for (; page < range.first; page += records_[page].pages) {
      living.push_back(page);
    }
    page = range.first + range.second;
  }
  for (; page < arena_ / PAGE; page += records_[page].pages) {
    living.push_back(page);
  }
  for (const std::size_t first : living) {
    release(records_[first].start, records_[first].owner);
  }
}

bool DeviceMemory::find(std::uintptr_t address, std::uintptr_t* start, std::size_t* bytes) const {
  if (!accessible(address, 1)) {
    return false;
  }
  const Record& record = records_[pages_[(address - base_) / PAGE]];
  *start = record.start;
  *bytes = record.size;
  return true;
}

std::string DeviceMemory::describe(std::uintptr_t address) const {
  if (address < PAGE) {
    return "a null pointer";
  }
  if (!in_arena(address)) {
    return "no device memory (a host pointer?)";
  }
  const Record& record = records_[pages_[(address - base_) / PAGE]];
  const std::string size = "the allocation of " + std::to_string(record.former) + " bytes";
  if (record.former == 0) {
    return "device memory that was never allocated";
  }
  if (record.size == 0) {
    return size + " that was freed";
  }
  if (address < record.start) {
    return std::to_string(record.start - address) + " bytes before " + size;
  }
  if (address >= record.start + record.size) {
    return std::to_string(address - record.start - record.size) + " bytes past the end of " + size;
  }
  return "byte " + std::to_string(address - record.start) + " of " + size;
}

}  // namespace emulation

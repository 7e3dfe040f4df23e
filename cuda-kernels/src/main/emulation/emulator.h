// Inside of the stand-in for libcuda.so.1: what its parts offer each other.
//
//   cuda_driver*.cpp    the driver API: devices, contexts, memory copies, modules, streams, events
//   block_runner.cpp    runs a grid: blocks in turn, threads as fibres, barriers and warp steps
//   fibre.cpp           a thread's stack and the switch between stacks
//   device_memory.cpp   allocations with guard pages, and whether a range belongs to one
//   access_checks.cpp   called before every load and store of a kernel (see build.sh)
//   shared_races.cpp    finds accesses to shared memory that no barrier orders
//   stream_order.cpp    finds accesses of different streams that no event and no wait orders
//   faults.cpp          words a fault, ends the launch with it; SIGSEGV; undefined arithmetic
//
// One launch runs at a time, on the thread that asked for it, under the lock of the driver API.
#pragma once

#define EMULATION_DRIVER
#include <signal.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "cuda_emulation.h"

namespace emulation {

// Values of CUresult, as in cuda.h.
enum Result {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  INVALID_DEVICE = 101,
  INVALID_IMAGE = 200,
  INVALID_CONTEXT = 201,
  NO_BINARY_FOR_GPU = 209,
  FILE_NOT_FOUND = 301,
  INVALID_HANDLE = 400,
  NOT_FOUND = 500,
  NOT_READY = 600,
  ILLEGAL_ADDRESS = 700,
  LAUNCH_TIMEOUT = 702,
  ASSERTION = 710,
  MISALIGNED_ADDRESS = 716,
  LAUNCH_FAILED = 719,
  NOT_SUPPORTED = 801
};

// Limits of the emulated device: those of compute capability 9.0. It has few multiprocessors, so
// that grids sized by their number are small and grid-stride loops really loop.
constexpr unsigned MAX_THREADS = 1024;
constexpr unsigned MAX_BLOCK_Z = 64;
constexpr unsigned MAX_GRID_X = 0x7fffffffu;
constexpr unsigned MAX_GRID_YZ = 65535;
constexpr unsigned SHARED_PLAIN = 48 * 1024;
constexpr unsigned SHARED_OPT_IN = 227 * 1024;
constexpr unsigned MAX_PARAMETER_BYTES = 4096;
constexpr unsigned MULTIPROCESSORS = 4;
constexpr std::size_t PAGE = 4096;

// What fresh device memory and shared memory hold: NaN as float32, float64, half and bfloat16, and
// as an int a negative number far out of any range. Results computed from it give themselves away.
constexpr std::uint32_t POISON = 0xfffbfffbu;
// Address space that takes no memory until touched; throws std::runtime_error, which only cuInit
// can meet since it makes everything that reserves.
void* reserve(std::size_t bytes, int protection);
void poison(void* start, std::size_t bytes);

// A loaded library of emulated kernels.
struct Module {
  void* handle = nullptr;
  std::string path;
  std::uintptr_t low = 0;   // its image in memory, with its constants
  std::uintptr_t high = 0;
  std::size_t shared_module = 0;  // thread-local storage block: the static shared variables
  std::size_t shared_bytes = 0;
};

struct Launch {
  const EmulatedKernel* kernel;
  const Module* module;
  dim3 grid;
  dim3 block;
  unsigned shared_bytes;
  void* const* arguments;
};

// Runs the whole grid. Returns SUCCESS or the code of the fault, described by last_report().
int run(const Launch& launch);

// ---- The running launch, as the checks see it ----

enum class ThreadState { UNSTARTED, READY, AT_BARRIER, AT_WARP_STEP, ENDED };

struct Fibre;

struct Thread {
  unsigned number = 0;  // within the block, x fastest
  uint3 index = {};
  ThreadState state = ThreadState::UNSTARTED;
  Fibre* fibre = nullptr;
  // Where and for what it waits.
  int kind = 0;
  int predicate = 0;
  unsigned mask = 0;
  int source = 0;
  unsigned long long value = 0;
  const char* file = nullptr;
  int line = 0;
};

struct Running {
  const Launch* launch = nullptr;  // null while no kernel runs
  Thread* thread = nullptr;
  std::uintptr_t stack_low = 0;
  std::uintptr_t stack_high = 0;
  std::uintptr_t shared_low = 0;
  std::uintptr_t shared_high = 0;
  std::uintptr_t dynamic_low = 0;
  std::uintptr_t dynamic_high = 0;
  std::uintptr_t used_low = 0;  // static shared memory touched since it was last filled
  std::uintptr_t used_high = 0;
  std::uint32_t epoch = 0;   // grows with each barrier and each block
  std::uint32_t warp_epochs[MAX_THREADS / 32] = {};
  std::uint64_t accesses = 0;
  std::uint32_t number = 0;  // of launches so far, this one among them
};
extern Running running;

// Whether `address` lies in the image of the library of the running kernel: its code and constants.
bool in_kernels(std::uintptr_t address);

// Leaves the block for good: control returns to run(), which reports `code`.
[[noreturn]] void abandon(int code);

// ---- Faults ----

// Describes a fault of the running thread in one line and ends the launch. `site` is an address in
// the kernel's code or null.
[[noreturn]] void fault(int code, const void* site, const char* format, ...)
    __attribute__((format(printf, 3, 4)));
// The same where the place is known from the source, or a description of a thread other than the
// running one is already in the text.
[[noreturn]] void fault_at(int code, const char* file, unsigned line, const char* format, ...)
    __attribute__((format(printf, 4, 5)));
const std::string& last_report();
// A fault of a copy, a fill or a library: reported and sticky like that of a kernel. Returns what
// the call returns.
int fail(int code, const std::string& what);
// Environment: EMULATION_FAULTS=deferred lets a call that faults return success, as on hardware,
// where the next call that waits for the device brings the error.
bool deferred();
// SIGSEGV, SIGBUS and SIGFPE of the launching thread become faults while this lives.
class SignalGuard {
 public:
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

 private:
  stack_t former_stack_ = {};
};

// ---- Shared memory races ----

enum class Access { READ, WRITE, ATOMIC };

// Notes an access to shared memory and ends the launch if another thread's access to the same
// place is ordered neither by a barrier nor, within a warp, by __syncwarp.
void note_shared(std::uintptr_t address, std::size_t bytes, Access access, const void* site);
// Two threads that write the same value do no harm: the write is judged after it happened.
void settle_pending_write();
// Forgets everything noted, as at the start of a launch.
void reset_races();

// ---- Order between streams, under the driver lock ----

// How many operations of each stream are over, by the numbers of streams.
using Moment = std::vector<std::uint64_t>;

void open_timeline(const void* stream, bool blocking);
void close_timeline(const void* stream);
// A launch, copy, fill or call of a library, as reports name it. What is noted next belongs to it.
void begin_operation(const void* stream, const std::string& what);
// Notes that the operation uses the allocation around an address; what was promised there is there
// now. Returns what is wrong: a use that it conflicts with and does not come after. Empty if all is
// well.
std::string note_use(std::uintptr_t address, bool write);
// The allocation is gone.
void forget_uses(std::uintptr_t start);
// The operation reads page-locked memory, which the host must leave alone until it has waited.
void lend(std::uintptr_t address, std::size_t bytes);
// The operation has written page-locked memory, which the host gets to see once it has waited.
void promise(std::uintptr_t address, std::size_t bytes);
// What is wrong with the page-locked allocation around an address: the host wrote what was lent.
std::string look_after_loans(std::uintptr_t address);
// What is over once all work of the stream is.
Moment moment_of(const void* stream);
void stream_waits(const void* stream, const Moment& moment);
// SUCCESS, or the code of a fault that shows only now.
int host_waits(const Moment& moment);
int host_waits_for_all();

// ---- Device memory ----

enum class Owner : std::uint8_t { NOBODY, DEVICE, PINNED_HOST };

class DeviceMemory {
 public:
  DeviceMemory();
  // The address of `bytes` poisoned bytes that end at a guard page, a multiple of 256; 0 if full.
  std::uintptr_t allocate(std::size_t bytes, Owner owner);
  // Makes the allocation inaccessible; false if `address` is not the start of a living one.
  bool release(std::uintptr_t address, Owner owner);
  void release_all();
  bool in_arena(std::uintptr_t address) const { return address - base_ < arena_; }
  // Whether all bytes belong to one living allocation.
  bool accessible(std::uintptr_t address, std::size_t bytes) const {
    const std::size_t offset = address - base_;
    if (offset >= arena_) {
      return false;
    }
    const Record& record = records_[pages_[offset / PAGE]];
    const std::size_t inside = address - record.start;
    return inside < record.size && bytes <= record.size - inside;
  }
  // As accessible(), for the running launch: also whether this is its first use of the allocation,
  // or its first write.
  enum class Found { NOT, AGAIN, FIRST };
  Found find_for_launch(std::uintptr_t address, std::size_t bytes, bool write) {
    const std::size_t offset = address - base_;
    if (offset >= arena_) {
      return Found::NOT;
    }
    Record& record = records_[pages_[offset / PAGE]];
    const std::size_t inside = address - record.start;
    if (inside >= record.size || bytes > record.size - inside) {
      return Found::NOT;
    }
    std::uint32_t& last = write ? record.written_by : record.read_by;
    if (last == running.number) {
      return Found::AGAIN;
    }
    last = running.number;
    return Found::FIRST;
  }
  bool pinned(std::uintptr_t address) const {
    return accessible(address, 1) &&
           records_[pages_[(address - base_) / PAGE]].owner == Owner::PINNED_HOST;
  }
  // What lies at `address`, for a report: "16 bytes past the end of the allocation of 64 bytes".
  std::string describe(std::uintptr_t address) const;
  bool find(std::uintptr_t address, std::uintptr_t* start, std::size_t* bytes) const;
  std::size_t total() const { return total_; }
  std::size_t used() const { return used_; }

 private:
  struct Record {
    std::uintptr_t start;
    std::size_t size;  // 0 once freed
    std::size_t former;
    std::uint32_t pages;  // with the guard page
    Owner owner;
    std::uint32_t read_by;  // numbers of launches
    std::uint32_t written_by;
  };
  std::size_t take(std::size_t pages);
  void give(std::size_t page, std::size_t pages);

  std::size_t total_;  // bytes that can be allocated
  std::size_t arena_;  // bytes of address space: eight times as much, to reuse it late
  std::uintptr_t base_;
  std::uint32_t* pages_;  // page -> first page of its allocation, the index of its record
  Record* records_;
  std::size_t used_ = 0;
};

DeviceMemory& device_memory();

// ---- The driver API's state ----

std::mutex& driver_lock();
// CUDA's sticky error: once a kernel has failed every call returns it until the context is reset.
int sticky();
void make_sticky(int code);
void clear_sticky();
// SUCCESS if the driver is initialised, a context is current and nothing sticks.
int ready();

// ---- Stream capture, under the driver lock ----

// Whether a stream is being captured.
bool capturing(const void* stream);
// For calls that wait or allocate: the code that refuses them, and spoils the capture, if any
// stream is captured in a mode that forbids them.
int refuse_in_capture();
// Work of a stream, which it is given: that of a captured graph runs on the stream of its launch.
using Work = std::function<int(const void* stream)>;
// Does work now, or notes it while the stream is captured. Graph launches do noted work without
// the lock.
int submit(const void* stream, Work work);
// For a captured stream that would wait for work outside of its capture: spoils it, returns 905.
int refuse_isolation(const void* stream);

}  // namespace emulation

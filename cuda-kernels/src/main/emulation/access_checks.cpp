// Checks every load and store of the emulated kernels. The kernels are compiled with
// -fsanitize=thread but linked without its library: the calls that the compiler puts before each
// access land here. Accesses of locals that stay in registers or on the own stack are not reported
// by the compiler, so the calls are few enough to keep them on always.
#include <cinttypes>

#include "emulator.h"

namespace emulation {
namespace {

// A thread that never ends would hang the build. No kernel of this project comes near.
constexpr std::uint64_t MAX_ACCESSES = std::uint64_t{1} << 36;

const char* verb(Access access) {
  switch (access) {
    case Access::READ:
      return "reads";
    case Access::WRITE:
      return "writes";
    default:
      return "updates atomically";
  }
}

[[noreturn]] void illegal(std::uintptr_t address, std::size_t bytes, Access access,
                          const void* site) {
  const bool dynamic =
      address >= running.dynamic_low - PAGE && address < running.dynamic_high + PAGE;
  const std::string what =
      dynamic ? "outside the " + std::to_string(running.dynamic_high - running.dynamic_low) +
                    " bytes of dynamic shared memory"
              : device_memory().describe(address);
  fault(ILLEGAL_ADDRESS, site, "%s %zu bytes at 0x%zx: %s", verb(access), bytes, address,
        what.c_str());
}

void check_order(std::uintptr_t address, std::size_t bytes, Access access, const void* site) {
  const std::string wrong = note_use(address, access != Access::READ);
  if (!wrong.empty()) {
    fault(LAUNCH_FAILED, site, "%s %zu bytes at 0x%zx: %s", verb(access), bytes, address,
          wrong.c_str());
  }
}

void check(std::uintptr_t address, std::size_t bytes, Access access, const void* site) {
  using Found = DeviceMemory::Found;
  const Found found = device_memory().find_for_launch(address, bytes, access != Access::READ);
  if (found == Found::FIRST) {
    check_order(address, bytes, access, site);
  }
  if (found != Found::NOT) {
    return;
  }
  const bool shared_static = address >= running.shared_low && address < running.shared_high;
  const bool shared_dynamic =
      address >= running.dynamic_low && address + bytes <= running.dynamic_high;
  if (shared_static || shared_dynamic) {
    note_shared(address, bytes, access, site);
    return;
  }
  const bool own_stack = address >= running.stack_low && address < running.stack_high;
  if (own_stack || in_kernels(address)) {
    return;
  }
  illegal(address, bytes, access, site);
}

inline void access(const void* pointer, std::size_t bytes, Access access, bool aligned,
                   const void* site) {
  if (running.launch == nullptr) {
    return;  // the library's own initialisation
  }
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  if (aligned && address % bytes != 0) {
    fault(MISALIGNED_ADDRESS, site, "misaligned access: %s %zu bytes at 0x%zx", verb(access), bytes,
          address);
  }
  if (++running.accesses == MAX_ACCESSES) {
    fault(LAUNCH_TIMEOUT, site, "the kernel does not end");
  }
  settle_pending_write();
  check(address, bytes, access, site);
}

}  // namespace
}  // namespace emulation

#define SITE __builtin_return_address(0)
#define ACCESS_HOOKS(bytes)                                                                \
  void __tsan_read##bytes(const void* pointer) {                                           \
    emulation::access(pointer, bytes, emulation::Access::READ, true, SITE);                \
  }                                                                                        \
  void __tsan_write##bytes(const void* pointer) {                                          \
    emulation::access(pointer, bytes, emulation::Access::WRITE, true, SITE);               \
  }

extern "C" {

ACCESS_HOOKS(1)
ACCESS_HOOKS(2)
ACCESS_HOOKS(4)
ACCESS_HOOKS(8)
ACCESS_HOOKS(16)

void __tsan_read_range(const void* pointer, unsigned long bytes) {
  emulation::access(pointer, bytes, emulation::Access::READ, false, SITE);
}

void __tsan_write_range(const void* pointer, unsigned long bytes) {
  emulation::access(pointer, bytes, emulation::Access::WRITE, false, SITE);
}

void __tsan_init() {}
void __tsan_func_entry(const void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}

void emulation_atomic(const void* address, unsigned bytes, const void* site) {
  emulation::access(address, bytes, emulation::Access::ATOMIC, true, site);
}

void emulation_aligned(const void* pointer, unsigned bytes, const char* file, int line) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  if (emulation::running.launch != nullptr && address % bytes != 0) {
    emulation::fault_at(emulation::MISALIGNED_ADDRESS, file, static_cast<unsigned>(line),
                        "misaligned vector access at 0x%zx: not a multiple of %u bytes", address,
                        bytes);
  }
}

void emulation_trap(const char* what, const char* file, int line) {
  emulation::fault_at(emulation::LAUNCH_FAILED, file, static_cast<unsigned>(line), "%s", what);
}

void emulation_assertion(const char* condition, const char* file, int line) {
  emulation::fault_at(emulation::ASSERTION, file, static_cast<unsigned>(line),
                      "assertion failed: %s", condition);
}

}  // extern "C"

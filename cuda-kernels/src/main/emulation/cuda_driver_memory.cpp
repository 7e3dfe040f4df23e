// The driver API's memory: allocations, copies, fills. Device memory is ordinary memory of this
// process, so every call completes before it returns; whether its stream is in order with the
// others that use the memory is checked apart from that (stream_order.cpp). Freeing waits for who
// uses the memory, except in the order of a stream.
#include <cstring>
#include <string>

#include "emulator.h"
#include "library_hooks.h"

using namespace emulation;
using Locked = std::lock_guard<std::mutex>;

namespace {

int allocate(std::uintptr_t* address, std::size_t bytes, Owner owner) {
  Locked lock(driver_lock());
  const int code = ready();
  if (code != SUCCESS || bytes == 0) {
    return code != SUCCESS ? code : INVALID_VALUE;
  }
  const int refused = refuse_in_capture();
  if (refused != SUCCESS) {
    return refused;
  }
  *address = device_memory().allocate(bytes, owner);
  return *address == 0 ? OUT_OF_MEMORY : SUCCESS;
}

// Memory that exists from a point of a stream on.
int allocate_on(const void* stream, std::uintptr_t* address, std::size_t bytes) {
  const int code = allocate(address, bytes, Owner::DEVICE);
  if (code == SUCCESS) {
    Locked lock(driver_lock());
    begin_operation(stream, "allocation");
    note_use(*address, true);
  }
  return code;
}

int release(std::uintptr_t address, Owner owner) {
  Locked lock(driver_lock());
  const int code = ready();
  if (code != SUCCESS || address == 0) {
    return code;
  }
  const int refused = refuse_in_capture();
  if (refused != SUCCESS) {
    return refused;
  }
  return device_memory().release(address, owner) ? SUCCESS : INVALID_VALUE;
}

// A host pointer cannot be checked; one into device memory can, whichever side it is given for.
bool valid(std::uintptr_t address, std::size_t bytes, bool device) {
  const bool arena = device_memory().in_arena(address);
  return device || arena ? device_memory().accessible(address, bytes) : address != 0;
}

// The text of the first thing that is wrong with what the operation writes and reads.
std::string order_of(std::uintptr_t to, std::uintptr_t from) {
  std::string wrong = look_after_loans(from);
  wrong = wrong.empty() ? look_after_loans(to) : wrong;
  wrong = wrong.empty() ? note_use(from, false) : wrong;
  return wrong.empty() ? note_use(to, true) : wrong;
}

struct Side {
  std::uintptr_t address;
  bool device;  // it must be; else it may be
};

const char* direction(bool to_device, bool from_device) {
  return to_device && from_device ? " on the device"
         : to_device              ? " to the device"
         : from_device            ? " from the device"
                                  : "";
}

int copy(const void* stream, const Side& to, const Side& from, std::size_t bytes) {
  Locked lock(driver_lock());
  const int code = ready();
  if (code != SUCCESS || bytes == 0) {
    return code;
  }
  if (!valid(to.address, bytes, to.device) || !valid(from.address, bytes, from.device)) {
    return INVALID_VALUE;
  }
  begin_operation(stream, "copy of " + std::to_string(bytes) + " bytes" +
                              direction(to.device, from.device));
  const std::string wrong = order_of(to.address, from.address);
  if (!wrong.empty()) {
    return fail(LAUNCH_FAILED, wrong);
  }
  std::memmove(reinterpret_cast<void*>(to.address), reinterpret_cast<const void*>(from.address),
               bytes);
  if (device_memory().pinned(from.address)) {
    lend(from.address, bytes);
  }
  if (device_memory().pinned(to.address)) {
    promise(to.address, bytes);
  }
  // Into memory that is not page-locked the driver copies before it returns.
  return device_memory().in_arena(to.address) ? SUCCESS : host_waits(moment_of(stream));
}

template <typename T>
int fill(const void* stream, std::uintptr_t to, T value, std::size_t count) {
  Locked lock(driver_lock());
  const int code = ready();
  if (code != SUCCESS || count == 0) {
    return code;
  }
  if (to % sizeof(T) != 0 || !device_memory().accessible(to, count * sizeof(T))) {
    return INVALID_VALUE;
  }
  begin_operation(stream, "fill of " + std::to_string(count * sizeof(T)) + " bytes");
  const std::string wrong = note_use(to, true);
  if (!wrong.empty()) {
    return fail(LAUNCH_FAILED, wrong);
  }
  auto* at = reinterpret_cast<T*>(to);
  for (std::size_t i = 0; i < count; i++) {
    at[i] = value;
  }
  return SUCCESS;
}

// Work of a stream: now, or when the graph that is being captured is launched.
int enqueue(const void* stream, Work work) {
  {
    Locked lock(driver_lock());
    if (capturing(stream)) {
      return submit(stream, std::move(work));
    }
  }
  return work(stream);
}

// A copy that waits for the device, on the default stream.
int copy_now(const Side& to, const Side& from, std::size_t bytes) {
  {
    Locked lock(driver_lock());
    const int refused = refuse_in_capture();
    if (refused != SUCCESS) {
      return refused;
    }
  }
  const int code = copy(nullptr, to, from, bytes);
  Locked lock(driver_lock());
  return code != SUCCESS ? code : host_waits(moment_of(nullptr));
}

int copy_later(const Side& to, const Side& from, std::size_t bytes, const void* stream) {
  return enqueue(stream, [=](const void* on) { return copy(on, to, from, bytes); });
}

std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

}  // namespace

extern "C" {

int cuMemAlloc_v2(std::uintptr_t* address, std::size_t bytes) {
  return allocate(address, bytes, Owner::DEVICE);
}

int cuMemFree_v2(std::uintptr_t address) { return release(address, Owner::DEVICE); }

int cuMemAllocAsync(std::uintptr_t* address, std::size_t bytes, void* stream) {
  return allocate_on(stream, address, bytes);
}

int cuMemFreeAsync(std::uintptr_t address, void* stream) {
  {
    Locked lock(driver_lock());
    begin_operation(stream, "freeing");
    const std::string wrong = note_use(address, true);
    if (!wrong.empty()) {
      return fail(LAUNCH_FAILED, wrong);
    }
  }
  return release(address, Owner::DEVICE);
}

int cuMemPoolCreate(void** pool, const void*) {
  static char the_pool;
  *pool = &the_pool;
  return SUCCESS;
}

int cuMemPoolDestroy(void*) { return SUCCESS; }
int cuMemPoolTrimTo(void*, std::size_t) { return SUCCESS; }

int cuMemAllocFromPoolAsync(std::uintptr_t* address, std::size_t bytes, void*, void* stream) {
  return allocate_on(stream, address, bytes);
}

int cuMemAllocHost_v2(void** pointer, std::size_t bytes) {
  return allocate(reinterpret_cast<std::uintptr_t*>(pointer), bytes, Owner::PINNED_HOST);
}

int cuMemHostAlloc(void** pointer, std::size_t bytes, unsigned) {
  return allocate(reinterpret_cast<std::uintptr_t*>(pointer), bytes, Owner::PINNED_HOST);
}

int cuMemFreeHost(void* pointer) { return release(address_of(pointer), Owner::PINNED_HOST); }

int cuMemHostGetDevicePointer_v2(std::uintptr_t* address, void* pointer, unsigned) {
  Locked lock(driver_lock());
  *address = address_of(pointer);
  return device_memory().accessible(*address, 1) ? SUCCESS : INVALID_VALUE;
}

int cuMemGetInfo_v2(std::size_t* available, std::size_t* total) {
  Locked lock(driver_lock());
  *total = device_memory().total();
  *available = *total - device_memory().used();
  return ready();
}

int cuMemGetAddressRange_v2(std::uintptr_t* start, std::size_t* bytes, std::uintptr_t address) {
  Locked lock(driver_lock());
  std::uintptr_t first = 0;
  std::size_t size = 0;
  if (!device_memory().find(address, &first, &size)) {
    return NOT_FOUND;
  }
  if (start != nullptr) {
    *start = first;
  }
  if (bytes != nullptr) {
    *bytes = size;
  }
  return SUCCESS;
}

int cuMemcpyHtoD_v2(std::uintptr_t to, const void* from, std::size_t bytes) {
  return copy_now({to, true}, {address_of(from), false}, bytes);
}

int cuMemcpyHtoDAsync_v2(std::uintptr_t to, const void* from, std::size_t bytes, void* stream) {
  return copy_later({to, true}, {address_of(from), false}, bytes, stream);
}

int cuMemcpyDtoH_v2(void* to, std::uintptr_t from, std::size_t bytes) {
  return copy_now({address_of(to), false}, {from, true}, bytes);
}

int cuMemcpyDtoHAsync_v2(void* to, std::uintptr_t from, std::size_t bytes, void* stream) {
  return copy_later({address_of(to), false}, {from, true}, bytes, stream);
}

int cuMemcpyDtoD_v2(std::uintptr_t to, std::uintptr_t from, std::size_t bytes) {
  return copy_now({to, true}, {from, true}, bytes);
}

int cuMemcpyDtoDAsync_v2(std::uintptr_t to, std::uintptr_t from, std::size_t bytes, void* stream) {
  return copy_later({to, true}, {from, true}, bytes, stream);
}

int cuMemcpy(std::uintptr_t to, std::uintptr_t from, std::size_t bytes) {
  return copy_now({to, false}, {from, false}, bytes);
}

int cuMemcpyAsync(std::uintptr_t to, std::uintptr_t from, std::size_t bytes, void* stream) {
  return copy_later({to, false}, {from, false}, bytes, stream);
}

int cuMemsetD8_v2(std::uintptr_t to, unsigned char value, std::size_t count) {
  return fill(nullptr, to, value, count);
}

int cuMemsetD16_v2(std::uintptr_t to, unsigned short value, std::size_t count) {
  return fill(nullptr, to, value, count);
}

int cuMemsetD32_v2(std::uintptr_t to, unsigned value, std::size_t count) {
  return fill(nullptr, to, value, count);
}

int cuMemsetD8Async(std::uintptr_t to, unsigned char value, std::size_t count, void* stream) {
  return enqueue(stream, [=](const void* on) { return fill(on, to, value, count); });
}

int cuMemsetD16Async(std::uintptr_t to, unsigned short value, std::size_t count, void* stream) {
  return enqueue(stream, [=](const void* on) { return fill(on, to, value, count); });
}

int cuMemsetD32Async(std::uintptr_t to, unsigned value, std::size_t count, void* stream) {
  return enqueue(stream, [=](const void* on) { return fill(on, to, value, count); });
}

int emulation_begin(const void* stream, const char* what, const EmulatedUse* uses, int count) {
  Locked lock(driver_lock());
  begin_operation(stream, what);
  for (int i = 0; i < count; i++) {
    if (uses[i].bytes > 0 && !device_memory().accessible(uses[i].address, uses[i].bytes)) {
      return ILLEGAL_ADDRESS;
    }
    const std::string wrong =
        uses[i].bytes == 0 ? "" : note_use(uses[i].address, uses[i].written);
    if (!wrong.empty()) {
      return fail(LAUNCH_FAILED, wrong);
    }
  }
  return SUCCESS;
}

int emulation_device_range(std::uintptr_t address, std::size_t bytes) {
  Locked lock(driver_lock());
  return bytes == 0 || device_memory().accessible(address, bytes) ? SUCCESS : ILLEGAL_ADDRESS;
}

}  // extern "C"

// The driver API's memory: allocations, copies, fills. Device memory is ordinary memory of this
// process, so every call completes before it returns and a stream says nothing about its order.
#include <cstring>

#include "emulator.h"

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

int copy(std::uintptr_t to, bool to_device, std::uintptr_t from, bool from_device,
         std::size_t bytes) {
  Locked lock(driver_lock());
  const int code = ready();
  if (code != SUCCESS || bytes == 0) {
    return code;
  }
  if (!valid(to, bytes, to_device) || !valid(from, bytes, from_device)) {
    return INVALID_VALUE;
  }
  std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
  return SUCCESS;
}

template <typename T>
int fill(std::uintptr_t to, T value, std::size_t count) {
  Locked lock(driver_lock());
  const int code = ready();
  if (code != SUCCESS || count == 0) {
    return code;
  }
  if (to % sizeof(T) != 0 || !device_memory().accessible(to, count * sizeof(T))) {
    return INVALID_VALUE;
  }
  auto* at = reinterpret_cast<T*>(to);
  for (std::size_t i = 0; i < count; i++) {
    at[i] = value;
  }
  return SUCCESS;
}

// Work of a stream: now, or when the graph that is being captured is launched.
int enqueue(const void* stream, std::function<int()> work) {
  {
    Locked lock(driver_lock());
    if (capturing(stream)) {
      return submit(stream, std::move(work));
    }
  }
  return work();
}

// A copy that waits for the device.
int copy_now(std::uintptr_t to, bool to_device, std::uintptr_t from, bool from_device,
             std::size_t bytes) {
  int refused;
  {
    Locked lock(driver_lock());
    refused = refuse_in_capture();
  }
  return refused != SUCCESS ? refused : copy(to, to_device, from, from_device, bytes);
}

std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

}  // namespace

extern "C" {

int cuMemAlloc_v2(std::uintptr_t* address, std::size_t bytes) {
  return allocate(address, bytes, Owner::DEVICE);
}

int cuMemFree_v2(std::uintptr_t address) { return release(address, Owner::DEVICE); }

int cuMemAllocAsync(std::uintptr_t* address, std::size_t bytes, void*) {
  return allocate(address, bytes, Owner::DEVICE);
}

int cuMemFreeAsync(std::uintptr_t address, void*) { return release(address, Owner::DEVICE); }

int cuMemPoolCreate(void** pool, const void*) {
  static char the_pool;
  *pool = &the_pool;
  return SUCCESS;
}

int cuMemPoolDestroy(void*) { return SUCCESS; }
int cuMemPoolTrimTo(void*, std::size_t) { return SUCCESS; }

int cuMemAllocFromPoolAsync(std::uintptr_t* address, std::size_t bytes, void*, void*) {
  return allocate(address, bytes, Owner::DEVICE);
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
  return copy_now(to, true, address_of(from), false, bytes);
}

int cuMemcpyHtoDAsync_v2(std::uintptr_t to, const void* from, std::size_t bytes, void* stream) {
  return enqueue(stream, [=] { return copy(to, true, address_of(from), false, bytes); });
}

int cuMemcpyDtoH_v2(void* to, std::uintptr_t from, std::size_t bytes) {
  return copy_now(address_of(to), false, from, true, bytes);
}

int cuMemcpyDtoHAsync_v2(void* to, std::uintptr_t from, std::size_t bytes, void* stream) {
  return enqueue(stream, [=] { return copy(address_of(to), false, from, true, bytes); });
}

int cuMemcpyDtoD_v2(std::uintptr_t to, std::uintptr_t from, std::size_t bytes) {
  return copy_now(to, true, from, true, bytes);
}

int cuMemcpyDtoDAsync_v2(std::uintptr_t to, std::uintptr_t from, std::size_t bytes, void* stream) {
  return enqueue(stream, [=] { return copy(to, true, from, true, bytes); });
}

int cuMemcpy(std::uintptr_t to, std::uintptr_t from, std::size_t bytes) {
  return copy_now(to, false, from, false, bytes);
}

int cuMemcpyAsync(std::uintptr_t to, std::uintptr_t from, std::size_t bytes, void* stream) {
  return enqueue(stream, [=] { return copy(to, false, from, false, bytes); });
}

int cuMemsetD8_v2(std::uintptr_t to, unsigned char value, std::size_t count) {
  return fill(to, value, count);
}

int cuMemsetD16_v2(std::uintptr_t to, unsigned short value, std::size_t count) {
  return fill(to, value, count);
}

int cuMemsetD32_v2(std::uintptr_t to, unsigned value, std::size_t count) {
  return fill(to, value, count);
}

int cuMemsetD8Async(std::uintptr_t to, unsigned char value, std::size_t count, void* stream) {
  return enqueue(stream, [=] { return fill(to, value, count); });
}

int cuMemsetD16Async(std::uintptr_t to, unsigned short value, std::size_t count, void* stream) {
  return enqueue(stream, [=] { return fill(to, value, count); });
}

int cuMemsetD32Async(std::uintptr_t to, unsigned value, std::size_t count, void* stream) {
  return enqueue(stream, [=] { return fill(to, value, count); });
}

// For the stand-ins of the CUDA libraries: whether all bytes belong to one living allocation.
int emulation_device_range(std::uintptr_t address, std::size_t bytes) {
  Locked lock(driver_lock());
  return bytes == 0 || device_memory().accessible(address, bytes) ? SUCCESS : ILLEGAL_ADDRESS;
}

}  // extern "C"

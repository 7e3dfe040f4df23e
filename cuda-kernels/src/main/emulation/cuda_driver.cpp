// The driver API of the emulated device: initialisation, device, contexts, errors. Signatures and
// codes are those of cuda.h (CUDA 12); handles are void*, CUresult is int, CUdeviceptr is 64 bits.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <stdexcept>
#include <vector>

#include "emulator.h"
#include "fibre.h"

namespace emulation {
namespace {

struct Context {
  bool primary = false;
};

struct Driver {
  std::mutex lock;
  bool initialised = false;
  int sticky = SUCCESS;
  Context primary{true};
  int primary_users = 0;
  std::set<Context*> created;
  std::string described;  // the text that cuGetErrorString gave out last
};

Driver& driver() {
  static Driver state;
  return state;
}

std::vector<Context*>& context_stack() {
  static thread_local std::vector<Context*> stack;
  return stack;
}

bool known(Context* context) {
  return context == &driver().primary || driver().created.count(context) != 0;
}

Context* current() {
  auto& stack = context_stack();
  while (!stack.empty() && !known(stack.back())) {
    stack.pop_back();  // destroyed by another thread
  }
  return stack.empty() ? nullptr : stack.back();
}

// As on hardware nothing of a context survives it.
void forget_if_unused() {
  if (driver().created.empty() && driver().primary_users == 0) {
    device_memory().release_all();
    clear_sticky();
  }
}

struct Named {
  int code;
  const char* name;
  const char* text;
};

constexpr Named ERRORS[] = {
    {SUCCESS, "CUDA_SUCCESS", "no error"},
    {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {NO_BINARY_FOR_GPU, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {FILE_NOT_FOUND, "CUDA_ERROR_FILE_NOT_FOUND", "file not found"},
    {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {LAUNCH_TIMEOUT, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated"},
    {ASSERTION, "CUDA_ERROR_ASSERT", "device-side assert triggered"},
    {MISALIGNED_ADDRESS, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
};

const Named* named(int code) {
  for (const Named& error : ERRORS) {
    if (error.code == code) {
      return &error;
    }
  }
  return nullptr;
}

// CUdevice_attribute values that say something about this device; all others are 0.
int attribute(int number) {
  switch (number) {
    case 1:  // MAX_THREADS_PER_BLOCK
    case 2:  // MAX_BLOCK_DIM_X
    case 3:  // MAX_BLOCK_DIM_Y
      return MAX_THREADS;
    case 4:  // MAX_BLOCK_DIM_Z
      return MAX_BLOCK_Z;
    case 5:  // MAX_GRID_DIM_X
      return MAX_GRID_X;
    case 6:  // MAX_GRID_DIM_Y
    case 7:  // MAX_GRID_DIM_Z
      return MAX_GRID_YZ;
    case 8:  // MAX_SHARED_MEMORY_PER_BLOCK
      return SHARED_PLAIN;
    case 9:   // TOTAL_CONSTANT_MEMORY
    case 12:  // MAX_REGISTERS_PER_BLOCK
    case 82:  // MAX_REGISTERS_PER_MULTIPROCESSOR
      return 65536;
    case 10:  // WARP_SIZE
      return 32;
    case 13:  // CLOCK_RATE, kHz
    case 36:  // MEMORY_CLOCK_RATE, kHz
      return 1000000;
    case 16:  // MULTIPROCESSOR_COUNT
      return MULTIPROCESSORS;
    case 19:   // CAN_MAP_HOST_MEMORY
    case 31:   // CONCURRENT_KERNELS
    case 40:   // ASYNC_ENGINE_COUNT
    case 41:   // UNIFIED_ADDRESSING
    case 115:  // MEMORY_POOLS_SUPPORTED
      return 1;
    case 37:  // GLOBAL_MEMORY_BUS_WIDTH, bits
      return 1024;
    case 38:  // L2_CACHE_SIZE
      return 1 << 20;
    case 39:  // MAX_THREADS_PER_MULTIPROCESSOR
      return 2048;
    case 75:  // COMPUTE_CAPABILITY_MAJOR
      return 9;
    case 81:  // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
      return SHARED_OPT_IN + 1024;
    case 97:  // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
      return SHARED_OPT_IN;
    case 106:  // MAX_BLOCKS_PER_MULTIPROCESSOR
      return 32;
    case 111:  // RESERVED_SHARED_MEMORY_PER_BLOCK
      return 1024;
    default:
      return 0;
  }
}

int with_device(int device) {
  return !driver().initialised ? NOT_INITIALIZED : device == 0 ? SUCCESS : INVALID_DEVICE;
}

}  // namespace

std::mutex& driver_lock() { return driver().lock; }
int sticky() { return driver().sticky; }
void make_sticky(int code) { driver().sticky = code; }
void clear_sticky() { driver().sticky = SUCCESS; }

int ready() {
  return !driver().initialised ? NOT_INITIALIZED
         : current() == nullptr ? INVALID_CONTEXT
                                : driver().sticky;
}

}  // namespace emulation

using namespace emulation;
using Locked = std::lock_guard<std::mutex>;

extern "C" {

int cuInit(unsigned flags) {
  Locked lock(driver_lock());
  if (flags != 0) {
    return INVALID_VALUE;
  }
  try {
    device_memory();
    fibre_pool();
  } catch (const std::runtime_error& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return OUT_OF_MEMORY;
  }
  driver().initialised = true;
  return SUCCESS;
}

int cuDriverGetVersion(int* version) {
  *version = 12060;
  return SUCCESS;
}

int cuGetErrorName(int code, const char** name) {
  const Named* error = named(code);
  *name = error == nullptr ? nullptr : error->name;
  return error == nullptr ? INVALID_VALUE : SUCCESS;
}

// CUDA's words and, for the fault that sticks, what the emulator found out about it.
int cuGetErrorString(int code, const char** text) {
  Locked lock(driver_lock());
  const Named* error = named(code);
  if (error == nullptr) {
    *text = nullptr;
    return INVALID_VALUE;
  }
  *text = error->text;
  if (code != SUCCESS && code == sticky()) {
    driver().described = std::string(error->text) + ": " + last_report();
    *text = driver().described.c_str();
  }
  return SUCCESS;
}

int cuDeviceGetCount(int* count) {
  *count = 1;
  return with_device(0);
}

int cuDeviceGet(int* device, int ordinal) {
  *device = 0;
  return with_device(ordinal);
}

int cuDeviceGetName(char* name, int length, int device) {
  if (length > 0) {
    std::snprintf(name, static_cast<std::size_t>(length), "Emulated CUDA device");
  }
  return with_device(device);
}

int cuDeviceGetUuid(unsigned char* uuid, int device) {
  std::memcpy(uuid, "emulated device", 16);
  return with_device(device);
}

int cuDeviceGetPCIBusId(char* id, int length, int device) {
  if (length > 0) {
    std::snprintf(id, static_cast<std::size_t>(length), "0000:00:00.0");
  }
  return with_device(device);
}

int cuDeviceTotalMem_v2(std::size_t* bytes, int device) {
  *bytes = device_memory().total();
  return with_device(device);
}

int cuDeviceGetAttribute(int* value, int number, int device) {
  *value = attribute(number);
  return with_device(device);
}

int cuDeviceComputeCapability(int* major, int* minor, int device) {
  *major = attribute(75);
  *minor = attribute(76);
  return with_device(device);
}

int cuDeviceCanAccessPeer(int* can, int, int) {
  *can = 0;
  return with_device(0);
}

int cuDevicePrimaryCtxRetain(void** context, int device) {
  Locked lock(driver_lock());
  driver().primary_users++;
  *context = &driver().primary;
  return with_device(device);
}

int cuDevicePrimaryCtxRelease_v2(int device) {
  Locked lock(driver_lock());
  if (driver().primary_users == 0) {
    return INVALID_CONTEXT;
  }
  driver().primary_users--;
  forget_if_unused();
  return with_device(device);
}

// Frees all memory and, unlike hardware, also ends a sticky error: tests go on after a fault.
int cuDevicePrimaryCtxReset_v2(int device) {
  Locked lock(driver_lock());
  device_memory().release_all();
  clear_sticky();
  return with_device(device);
}

int cuDevicePrimaryCtxGetState(int device, unsigned* flags, int* active) {
  *flags = 0;
  *active = driver().primary_users > 0 ? 1 : 0;
  return with_device(device);
}

int cuDevicePrimaryCtxSetFlags_v2(int device, unsigned) { return with_device(device); }

int cuCtxCreate_v2(void** context, unsigned, int device) {
  Locked lock(driver_lock());
  const int code = with_device(device);
  if (code == SUCCESS) {
    auto* created = new Context();
    driver().created.insert(created);
    context_stack().push_back(created);
    *context = created;
  }
  return code;
}

int cuCtxDestroy_v2(void* handle) {
  Locked lock(driver_lock());
  auto* context = static_cast<Context*>(handle);
  if (driver().created.erase(context) == 0) {
    return INVALID_CONTEXT;
  }
  delete context;
  current();
  forget_if_unused();
  return SUCCESS;
}

int cuCtxPushCurrent_v2(void* handle) {
  Locked lock(driver_lock());
  auto* context = static_cast<Context*>(handle);
  if (!known(context)) {
    return INVALID_CONTEXT;
  }
  context_stack().push_back(context);
  return SUCCESS;
}

int cuCtxPopCurrent_v2(void** context) {
  Locked lock(driver_lock());
  Context* top = current();
  if (top == nullptr) {
    return INVALID_CONTEXT;
  }
  context_stack().pop_back();
  if (context != nullptr) {
    *context = top;
  }
  return SUCCESS;
}

int cuCtxSetCurrent(void* handle) {
  Locked lock(driver_lock());
  auto* context = static_cast<Context*>(handle);
  if (context != nullptr && !known(context)) {
    return INVALID_CONTEXT;
  }
  if (current() != nullptr) {
    context_stack().pop_back();
  }
  if (context != nullptr) {
    context_stack().push_back(context);
  }
  return SUCCESS;
}

int cuCtxGetCurrent(void** context) {
  Locked lock(driver_lock());
  *context = current();
  return driver().initialised ? SUCCESS : NOT_INITIALIZED;
}

int cuCtxGetDevice(int* device) {
  Locked lock(driver_lock());
  *device = 0;
  return current() == nullptr ? INVALID_CONTEXT : SUCCESS;
}

int cuCtxSynchronize() {
  Locked lock(driver_lock());
  const int code = ready();
  return code != SUCCESS ? code : host_waits_for_all();
}

int cuCtxGetApiVersion(void*, unsigned* version) {
  *version = 12060;
  return SUCCESS;
}

int cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  *least = 0;
  *greatest = -5;
  return SUCCESS;
}

}  // extern "C"

// The driver API's modules, functions and launches. A module is the shared library of the emulated
// kernels, named by its path; a launch has run when the call returns.
#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "emulator.h"

using namespace emulation;
using Locked = std::lock_guard<std::mutex>;

namespace {

struct Function {
  const EmulatedKernel* kernel;
  Module* module;
  unsigned shared_limit = SHARED_PLAIN;
};

struct Loaded {
  Module module;
  std::vector<std::unique_ptr<Function>> functions;
};

std::vector<std::unique_ptr<Loaded>>& modules() {
  static std::vector<std::unique_ptr<Loaded>> loaded;
  return loaded;
}

Loaded* find_module(const void* handle) {
  for (const auto& loaded : modules()) {
    if (loaded.get() == handle) {
      return loaded.get();
    }
  }
  return nullptr;
}

Function* find_function(const void* handle) {
  for (const auto& loaded : modules()) {
    for (const auto& function : loaded->functions) {
      if (function.get() == handle) {
        return function.get();
      }
    }
  }
  return nullptr;
}

// Where the library lies in memory and which thread-local block holds its shared variables.
int describe_image(dl_phdr_info* image, std::size_t, void* data) {
  auto* module = static_cast<Module*>(data);
  const link_map* map = nullptr;
  dlinfo(module->handle, RTLD_DI_LINKMAP, &map);
  if (map == nullptr || map->l_addr != image->dlpi_addr || image->dlpi_addr == 0) {
    return 0;
  }
  for (int i = 0; i < image->dlpi_phnum; i++) {
    const auto& segment = image->dlpi_phdr[i];
    const std::uintptr_t start = image->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD) {
      module->low = module->low == 0 ? start : std::min(module->low, start);
      module->high = std::max(module->high, start + segment.p_memsz);
    } else if (segment.p_type == PT_TLS) {
      module->shared_module = image->dlpi_tls_modid;
      module->shared_bytes = segment.p_memsz;
    }
  }
  return 1;
}

int load(void** handle, const char* path) {
  Locked lock(driver_lock());
  const int code = ready();
  if (code != SUCCESS) {
    return code;
  }
  if (access(path, R_OK) != 0) {
    return FILE_NOT_FOUND;
  }
  auto loaded = std::make_unique<Loaded>();
  loaded->module.path = path;
  loaded->module.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (loaded->module.handle == nullptr) {
    std::fprintf(stderr, "emulated CUDA: %s\n", dlerror());
    return INVALID_IMAGE;
  }
  dl_iterate_phdr(describe_image, &loaded->module);
  *handle = loaded.get();
  modules().push_back(std::move(loaded));
  return SUCCESS;
}

bool within_limits(const Function& function, const dim3& grid, const dim3& block, unsigned shared) {
  return block.x >= 1 && block.y >= 1 && block.z >= 1 && block.x <= MAX_THREADS &&
         block.y <= MAX_THREADS && block.z <= MAX_BLOCK_Z &&
         std::uint64_t{block.x} * block.y * block.z <= MAX_THREADS && grid.x >= 1 && grid.y >= 1 &&
         grid.z >= 1 && grid.x <= MAX_GRID_X && grid.y <= MAX_GRID_YZ && grid.z <= MAX_GRID_YZ &&
         shared <= function.shared_limit;
}

// A launch out of limits is refused without harm to the context; say why, the code does not.
int refuse(const Function& function, const dim3& grid, const dim3& block, unsigned shared) {
  std::fprintf(stderr,
               "emulated CUDA: kernel %s: launch refused, got grid (%u,%u,%u), block (%u,%u,%u), "
               "%u bytes of shared memory; expected at most grid (%u,%u,%u), %u threads with z up "
               "to %u, %u bytes, and no 0\n",
               function.kernel->name, grid.x, grid.y, grid.z, block.x, block.y, block.z, shared,
               MAX_GRID_X, MAX_GRID_YZ, MAX_GRID_YZ, MAX_THREADS, MAX_BLOCK_Z,
               function.shared_limit);
  return INVALID_VALUE;
}

// Where a parameter of a size begins that follows `offset` bytes of others.
std::size_t aligned(std::size_t offset, std::size_t size) {
  const std::size_t alignment = std::min<std::size_t>(size & (~size + 1), 16);
  return (offset + alignment - 1) / alignment * alignment;
}

// The parameters' own copy, as on hardware: the caller may change its values after the call.
class Parameters {
 public:
  bool copy(const EmulatedKernel& kernel, void** values, void** extra) {
    const char* packed = nullptr;
    for (; values == nullptr && extra != nullptr && *extra != nullptr; extra += 2) {
      if (*extra == reinterpret_cast<void*>(1)) {  // CU_LAUNCH_PARAM_BUFFER_POINTER
        packed = static_cast<const char*>(extra[1]);
      }
    }
    std::size_t offset = 0;
    std::size_t used = 0;
    for (unsigned i = 0; i < kernel.parameters; i++) {
      const std::size_t size = kernel.sizes[i];
      offset = aligned(offset, size);
      const void* value = values != nullptr   ? values[i]
                          : packed == nullptr ? nullptr
                                              : packed + offset;
      used = (used + 15) / 16 * 16;
      if (value == nullptr || used + size > MAX_PARAMETER_BYTES) {
        return false;
      }
      std::memcpy(bytes_ + used, value, size);
      pointers_[i] = bytes_ + used;
      used += size;
      offset += size;
    }
    return true;
  }
  void* const* pointers() const { return pointers_; }

 private:
  alignas(16) char bytes_[MAX_PARAMETER_BYTES];
  void* pointers_[MAX_PARAMETER_BYTES / 16];
};

}  // namespace

extern "C" {

int cuModuleLoad(void** module, const char* path) { return load(module, path); }

// The image is the path of the emulated library; machine code for a GPU cannot run here.
int cuModuleLoadData(void** module, const void* image) {
  const auto* path = static_cast<const char*>(image);
  return path[0] == '/' ? load(module, path) : NO_BINARY_FOR_GPU;
}

int cuModuleLoadDataEx(void** module, const void* image, unsigned, int*, void**) {
  return cuModuleLoadData(module, image);
}

int cuModuleLoadFatBinary(void** module, const void* image) {
  return cuModuleLoadData(module, image);
}

int cuModuleUnload(void* handle) {
  Locked lock(driver_lock());
  auto& all = modules();
  const auto at = std::find_if(all.begin(), all.end(),
                               [handle](const auto& loaded) { return loaded.get() == handle; });
  if (at == all.end()) {
    return INVALID_HANDLE;
  }
  dlclose((*at)->module.handle);
  all.erase(at);
  return SUCCESS;
}

int cuModuleGetFunction(void** function, void* handle, const char* name) {
  Locked lock(driver_lock());
  Loaded* loaded = find_module(handle);
  if (loaded == nullptr) {
    return INVALID_HANDLE;
  }
  const std::string symbol = std::string("emulated_kernel_") + name;
  const void* kernel = dlsym(loaded->module.handle, symbol.c_str());
  if (kernel == nullptr) {
    return NOT_FOUND;
  }
  auto found = std::make_unique<Function>();
  found->kernel = static_cast<const EmulatedKernel*>(kernel);
  found->module = &loaded->module;
  *function = found.get();
  loaded->functions.push_back(std::move(found));
  return SUCCESS;
}

int cuFuncGetAttribute(int* value, int attribute, void* handle) {
  Locked lock(driver_lock());
  const Function* function = find_function(handle);
  if (function == nullptr) {
    return INVALID_HANDLE;
  }
  switch (attribute) {
    case 0:  // MAX_THREADS_PER_BLOCK
      *value = MAX_THREADS;
      break;
    case 4:  // NUM_REGS
      *value = 32;
      break;
    case 5:  // PTX_VERSION
    case 6:  // BINARY_VERSION
      *value = 90;
      break;
    case 8:  // MAX_DYNAMIC_SHARED_SIZE_BYTES
      *value = static_cast<int>(function->shared_limit);
      break;
    default:
      *value = 0;
  }
  return SUCCESS;
}

int cuFuncSetAttribute(void* handle, int attribute, int value) {
  Locked lock(driver_lock());
  Function* function = find_function(handle);
  if (function == nullptr) {
    return INVALID_HANDLE;
  }
  if (attribute == 8) {
    if (value < 0 || static_cast<unsigned>(value) > SHARED_OPT_IN) {
      return INVALID_VALUE;
    }
    function->shared_limit = static_cast<unsigned>(value);
  }
  return SUCCESS;
}

int cuFuncGetParamInfo(void* handle, std::size_t index, std::size_t* offset, std::size_t* size) {
  Locked lock(driver_lock());
  const Function* function = find_function(handle);
  if (function == nullptr) {
    return INVALID_HANDLE;
  }
  if (index >= function->kernel->parameters) {
    return INVALID_VALUE;
  }
  *offset = 0;
  *size = 0;
  for (std::size_t i = 0; i <= index; i++) {
    *offset = aligned(*offset + *size, function->kernel->sizes[i]);
    *size = function->kernel->sizes[i];
  }
  return SUCCESS;
}

// No part of CUDA: "pointer", "integer", "float" or "struct"; null if there is no such parameter.
const char* emulation_parameter_kind(void* handle, std::size_t index) {
  Locked lock(driver_lock());
  const Function* function = find_function(handle);
  return function == nullptr || index >= function->kernel->parameters
             ? nullptr
             : function->kernel->kinds[index];
}

int cuFuncSetCacheConfig(void*, int) { return SUCCESS; }

int cuFuncGetModule(void** module, void* handle) {
  Locked lock(driver_lock());
  for (const auto& loaded : modules()) {
    for (const auto& function : loaded->functions) {
      if (function.get() == handle) {
        *module = loaded.get();
        return SUCCESS;
      }
    }
  }
  return INVALID_HANDLE;
}

int cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void* handle, int threads,
                                                std::size_t shared) {
  Locked lock(driver_lock());
  if (find_function(handle) == nullptr) {
    return INVALID_HANDLE;
  }
  if (threads < 1 || threads > static_cast<int>(MAX_THREADS)) {
    return INVALID_VALUE;
  }
  const std::size_t by_shared = (SHARED_OPT_IN + 1024) / (shared + 1024);
  *blocks = static_cast<int>(std::min<std::size_t>({32, 2048u / static_cast<unsigned>(threads),
                                                    by_shared}));
  return SUCCESS;
}

int cuLaunchKernel(void* handle, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                   unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared,
                   void* stream, void** values, void** extra) {
  Locked lock(driver_lock());
  const int code = ready();
  if (code != SUCCESS) {
    return code;
  }
  const Function* function = find_function(handle);
  if (function == nullptr) {
    return INVALID_HANDLE;
  }
  const dim3 grid{grid_x, grid_y, grid_z};
  const dim3 block{block_x, block_y, block_z};
  if (!within_limits(*function, grid, block, shared)) {
    return refuse(*function, grid, block, shared);
  }
  auto parameters = std::make_shared<Parameters>();
  if (!parameters->copy(*function->kernel, values, extra)) {
    return INVALID_VALUE;
  }
  const auto launch = [=](const void* on) {
    begin_operation(on, std::string("kernel ") + function->kernel->name);
    const int result =
        run({function->kernel, function->module, grid, block, shared, parameters->pointers()});
    if (result != SUCCESS) {
      make_sticky(result);
    }
    return deferred() ? SUCCESS : result;
  };
  if (!capturing(stream)) {
    return launch(stream);
  }
  return submit(stream, [launch](const void* on) {
    Locked held(driver_lock());
    return launch(on);
  });
}

}  // extern "C"

// The driver API as the emulator's own tests call it, and a small frame for tests: each prints
// "ok NAME" or "FAILED NAME: why" on a line, which PlantedFaultsTest turns into JUnit tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

extern "C" {
int cuInit(unsigned);
int cuDevicePrimaryCtxRetain(void**, int);
int cuDevicePrimaryCtxReset_v2(int);
int cuCtxSetCurrent(void*);
int cuCtxSynchronize();
int cuGetErrorString(int, const char**);
int cuMemAlloc_v2(std::uintptr_t*, std::size_t);
int cuMemFree_v2(std::uintptr_t);
int cuMemGetInfo_v2(std::size_t*, std::size_t*);
int cuMemcpyHtoD_v2(std::uintptr_t, const void*, std::size_t);
int cuMemcpyDtoH_v2(void*, std::uintptr_t, std::size_t);
int cuMemsetD32_v2(std::uintptr_t, unsigned, std::size_t);
int cuModuleLoad(void**, const char*);
int cuModuleGetFunction(void**, void*, const char*);
int cuFuncSetAttribute(void*, int, int);
int cuLaunchKernel(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                   void*, void**, void**);
}

struct Shape {
  unsigned grid[3] = {1, 1, 1};
  unsigned block[3] = {1, 1, 1};
  unsigned shared = 0;
  static Shape of(unsigned grid, unsigned block, unsigned shared = 0) {
    return {{grid, 1, 1}, {block, 1, 1}, shared};
  }
};

class Device {
 public:
  explicit Device(const char* library);

  void* function(const char* name);

  // The code of the launch; arguments by value, in the kernel's types.
  template <typename... Arguments>
  int launch(const char* name, const Shape& shape, Arguments... arguments) {
    return launch_on(nullptr, name, shape, arguments...);
  }

  template <typename... Arguments>
  int launch_on(void* stream, const char* name, const Shape& shape, Arguments... arguments) {
    void* values[] = {&arguments..., nullptr};
    return cuLaunchKernel(function(name), shape.grid[0], shape.grid[1], shape.grid[2],
                          shape.block[0], shape.block[1], shape.block[2], shape.shared, stream,
                          values, nullptr);
  }

  template <typename T>
  T* upload(const std::vector<T>& values) {
    T* array = allocate<T>(values.size());
    cuMemcpyHtoD_v2(reinterpret_cast<std::uintptr_t>(array), values.data(),
                    values.size() * sizeof(T));
    return array;
  }

  template <typename T>
  T* allocate(std::size_t count) {
    std::uintptr_t address = 0;
    cuMemAlloc_v2(&address, count * sizeof(T));
    return reinterpret_cast<T*>(address);
  }

  template <typename T>
  std::vector<T> download(const T* array, std::size_t count) {
    std::vector<T> values(count);
    cuMemcpyDtoH_v2(values.data(), reinterpret_cast<std::uintptr_t>(array), count * sizeof(T));
    return values;
  }

  // What the sticky error `code` says.
  static std::string explained(int code);
  // Frees everything and forgets a fault.
  void reset();

 private:
  void* module_ = nullptr;
};

class Tests {
 public:
  explicit Tests(Device& device) : device_(device) {}
  // Runs `body` on the reset device; it returns what is wrong, or an empty text.
  void run(const std::string& name, const std::function<std::string()>& body);
  // Expects that `launch` returns `code`, that the error sticks, and that its text has all `words`.
  void faults(const std::string& name, int code, const std::vector<std::string>& words,
              const std::function<int()>& launch);
  int failures() const { return failures_; }

 private:
  Device& device_;
  int failures_ = 0;
};

void test_planted_faults(Device& device, Tests& tests);
void test_sound_kernels(Device& device, Tests& tests);
void test_stream_order(Device& device, Tests& tests);

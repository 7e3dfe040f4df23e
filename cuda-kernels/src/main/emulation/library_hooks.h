// What the stand-in for libcuda.so.1 offers to those for the CUDA libraries.
#pragma once

#include <cstddef>
#include <cstdint>

// Memory that the work of a library reads or writes; of 0 bytes if it does not.
struct EmulatedUse {
  std::uintptr_t address;
  std::size_t bytes;
  bool written;
};

extern "C" {
// Whether all bytes belong to one living allocation: SUCCESS or ILLEGAL_ADDRESS.
int emulation_device_range(std::uintptr_t address, std::size_t bytes);
// Whether the stream can be given work.
int emulation_stream_exists(const void* stream);
// Does `run(work, stream)`, whose result is a CUresult, in the order of the stream, then
// `drop(work)`. The stream that `run` gets is that of the graph's launch if there is one.
int emulation_enqueue(void* stream, int (*run)(void*, const void*), void (*drop)(void*),
                      void* work);
// Called by `run`: begins the work on the stream, which is given as `what`, and looks at the memory
// that it uses. SUCCESS or the code of a fault.
int emulation_begin(const void* stream, const char* what, const EmulatedUse* uses, int count);
}

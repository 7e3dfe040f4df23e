// What the stand-ins for libcublas.so.12 and libcudnn.so.9 share: operands on the emulated device,
// their checks, and work on a stream. Both libraries link against the stand-in for libcuda.so.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "../emulated_types.h"
#include "../library_hooks.h"

extern "C" {
// Of the stand-in for the driver.
int cuCtxGetCurrent(void** context);
int cuGetErrorString(int code, const char** text);
int cuStreamIsCapturing(void* stream, int* status);
}

namespace emulation_library {

enum class Type { F32, F16, BF16 };

inline std::size_t bytes_of(Type type) { return type == Type::F32 ? 4 : 2; }

// An array on the device. Real libraries take pointers of any alignment but choose their fast
// kernels by it, and some of cuDNN's engines refuse less than 16 bytes; here all must have that.
struct Operand {
  const char* name;
  std::uintptr_t address;
  std::size_t count;
  Type type;

  std::size_t bytes() const { return count * bytes_of(type); }
};

// What is wrong with an operand, empty if nothing is.
std::string complaint(const Operand& operand, std::size_t alignment);
// Whether two arrays share memory.
bool overlap(const Operand& a, const Operand& b);

// The elements as floats; with `tf32` rounded to the 10 bits of mantissa that tensor cores take.
std::vector<float> load(const Operand& operand, bool tf32);
// operand = alpha · values + beta · operand, rounded once. With beta 0 nothing is read.
void store(const Operand& operand, const std::vector<float>& values, float alpha, float beta);

// Runs `work` in the order of the stream, now or, while the stream is captured, when the graph is.
// The operands, the last of which is written, and the workspace, also written, are looked at again
// then: memory freed in between is a fault, and so is a use of another stream that nothing orders.
// `what` names the work in reports. Empty, or why the stream did not take it.
struct Task {
  const char* what;
  std::vector<Operand> operands;
  Operand workspace;
  std::function<void()> body;
};
std::string enqueue(void* stream, Task task);

// Whether a context is current on this thread.
bool has_context();

// c [m,n] += a [m,k] · b [k,n] in float32, where element (i,j) of a matrix lies at i·row + j·column
// of its data; c is dense. Sums run over blocks of 256 products, so that they stay exact to a few
// units in the last place.
struct Matrix {
  const float* data;
  std::size_t row;
  std::size_t column;
};
void multiply(std::size_t m, std::size_t n, std::size_t k, Matrix a, Matrix b, float* c,
              std::size_t c_row);

}  // namespace emulation_library

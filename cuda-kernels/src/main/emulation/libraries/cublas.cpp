// The stand-in for libcublas.so.12: handles, streams, workspace and cublasGemmEx, column-major, with
// float32 sums. Refuses what the real library refuses; cublasGetStatusString tells the last reason.
// Source of names and codes: cublas_api.h of CUDA 12.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <mutex>
#include <set>

#include "library_support.h"

using namespace emulation_library;

namespace {

enum Status {
  SUCCESS = 0,
  NOT_INITIALIZED = 1,
  INVALID_VALUE = 7,
  EXECUTION_FAILED = 13,
  NOT_SUPPORTED = 15
};
enum { R_32F = 0, R_16F = 2, R_16BF = 14 };
enum { COMPUTE_32F = 68, COMPUTE_32F_PEDANTIC = 69, COMPUTE_32F_FAST_TF32 = 77 };

struct Handle {
  void* stream = nullptr;
  std::uintptr_t workspace = 0;
  std::size_t workspace_bytes = 0;
  int math_mode = 0;
};

std::mutex& lock() {
  static std::mutex mutex;
  return mutex;
}

std::set<Handle*>& handles() {
  static std::set<Handle*> all;
  return all;
}

std::string& reason() {
  static thread_local std::string text;
  return text;
}

int refuse(int status, const std::string& why) {
  reason() = why;
  return status;
}

bool living(Handle* handle) {
  std::lock_guard<std::mutex> guard(lock());
  return handles().count(handle) != 0;
}

bool type_of(int code, Type* type) {
  *type = code == R_16F ? Type::F16 : code == R_16BF ? Type::BF16 : Type::F32;
  return code == R_32F || code == R_16F || code == R_16BF;
}

// A matrix argument: `rows` x `columns` as stored, column-major.
struct Stored {
  const char* name;
  const void* data;
  int type;
  int rows;
  int columns;
  int leading;
};

// Fills `operand`, or tells what is wrong.
int check(const Stored& matrix, Operand* operand) {
  Type type;
  if (!type_of(matrix.type, &type)) {
    return refuse(NOT_SUPPORTED, std::string("type of ") + matrix.name);
  }
  if (matrix.leading < std::max(1, matrix.rows)) {
    return refuse(INVALID_VALUE, std::string("leading dimension of ") + matrix.name);
  }
  const std::size_t count =
      matrix.columns == 0
          ? 0
          : static_cast<std::size_t>(matrix.leading) * (matrix.columns - 1) + matrix.rows;
  *operand = {matrix.name, reinterpret_cast<std::uintptr_t>(matrix.data), count, type};
  const std::string wrong = count == 0 ? "" : complaint(*operand, bytes_of(type));
  return wrong.empty() ? SUCCESS : refuse(INVALID_VALUE, wrong);
}

int check_types(const Operand& a, const Operand& b, const Operand& c, int compute) {
  if (compute != COMPUTE_32F && compute != COMPUTE_32F_PEDANTIC &&
      compute != COMPUTE_32F_FAST_TF32) {
    return refuse(NOT_SUPPORTED, "compute type " + std::to_string(compute));
  }
  if (a.type != b.type || (c.type != a.type && c.type != Type::F32)) {
    return refuse(NOT_SUPPORTED, "types of A, B and C do not go together");
  }
  if (compute == COMPUTE_32F_FAST_TF32 && a.type != Type::F32) {
    return refuse(NOT_SUPPORTED, "TF32 is for float32 only");
  }
  return SUCCESS;
}

struct Product {
  bool transpose_a;
  bool transpose_b;
  std::size_t m, n, k, lda, ldb, ldc;
  float alpha, beta;
  bool tf32;
  Operand a, b, c;

  // C column-major is its transpose row-major: C' [n,m] = B' [n,k] · A' [k,m].
  void operator()() const {
    const std::vector<float> left = load(a, tf32);
    const std::vector<float> right = load(b, tf32);
    std::vector<float> product(n * m);
    const Matrix first = {right.data(), transpose_b ? 1 : ldb, transpose_b ? ldb : 1};
    const Matrix second = {left.data(), transpose_a ? 1 : lda, transpose_a ? lda : 1};
    if (alpha != 0) {
      multiply(n, m, k, first, second, product.data(), m);
    }
    for (std::size_t column = 0; column < n; column++) {
      Operand target = c;
      target.address += column * ldc * bytes_of(c.type);
      target.count = m;
      const auto from = product.begin() + static_cast<std::ptrdiff_t>(column * m);
      store(target, std::vector<float>(from, from + static_cast<std::ptrdiff_t>(m)), alpha, beta);
    }
  }
};

}  // namespace

extern "C" {

int cublasCreate_v2(Handle** handle) {
  if (!has_context()) {
    return refuse(NOT_INITIALIZED, "no context is current");
  }
  *handle = new Handle;
  std::lock_guard<std::mutex> guard(lock());
  handles().insert(*handle);
  return SUCCESS;
}

int cublasDestroy_v2(Handle* handle) {
  std::lock_guard<std::mutex> guard(lock());
  if (handles().erase(handle) == 0) {
    return refuse(NOT_INITIALIZED, "no such handle");
  }
  delete handle;
  return SUCCESS;
}

int cublasGetVersion_v2(Handle* handle, int* version) {
  *version = 120600;
  return handle == nullptr || living(handle) ? SUCCESS : NOT_INITIALIZED;
}

int cublasGetProperty(int which, int* value) {
  *value = which == 0 ? 12 : which == 1 ? 6 : 0;
  return which >= 0 && which <= 2 ? SUCCESS : INVALID_VALUE;
}

std::size_t cublasGetCudartVersion() { return 12060; }

const char* cublasGetStatusName(int status) {
  switch (status) {
    case SUCCESS:
      return "CUBLAS_STATUS_SUCCESS";
    case NOT_INITIALIZED:
      return "CUBLAS_STATUS_NOT_INITIALIZED";
    case INVALID_VALUE:
      return "CUBLAS_STATUS_INVALID_VALUE";
    case EXECUTION_FAILED:
      return "CUBLAS_STATUS_EXECUTION_FAILED";
    case NOT_SUPPORTED:
      return "CUBLAS_STATUS_NOT_SUPPORTED";
    default:
      return "CUBLAS_STATUS_UNKNOWN";
  }
}

const char* cublasGetStatusString(int status) {
  return reason().empty() ? cublasGetStatusName(status) : reason().c_str();
}

// The workspace goes back to the library's own whenever the stream is set.
int cublasSetStream_v2(Handle* handle, void* stream) {
  if (!living(handle)) {
    return refuse(NOT_INITIALIZED, "no such handle");
  }
  if (emulation_stream_exists(stream) == 0) {
    return refuse(INVALID_VALUE, "no such stream");
  }
  handle->stream = stream;
  handle->workspace = 0;
  handle->workspace_bytes = 0;
  return SUCCESS;
}

int cublasSetWorkspace_v2(Handle* handle, void* workspace, std::size_t bytes) {
  if (!living(handle)) {
    return refuse(NOT_INITIALIZED, "no such handle");
  }
  const Operand block = {"workspace", reinterpret_cast<std::uintptr_t>(workspace), bytes / 2,
                         Type::F16};
  const std::string wrong = bytes == 0 ? "" : complaint(block, 256);
  if (!wrong.empty()) {
    return refuse(INVALID_VALUE, wrong);
  }
  handle->workspace = block.address;
  handle->workspace_bytes = bytes;
  return SUCCESS;
}

int cublasSetMathMode(Handle* handle, int mode) {
  if (!living(handle)) {
    return refuse(NOT_INITIALIZED, "no such handle");
  }
  handle->math_mode = mode;
  return SUCCESS;
}

int cublasGemmEx(Handle* handle, int op_a, int op_b, int m, int n, int k, const void* alpha,
                 const void* a, int a_type, int lda, const void* b, int b_type, int ldb,
                 const void* beta, void* c, int c_type, int ldc, int compute, int algorithm) {
  reason().clear();
  if (!living(handle) || !has_context()) {
    return refuse(NOT_INITIALIZED, "no such handle, or no context is current");
  }
  if (m < 0 || n < 0 || k < 0 || op_a < 0 || op_a > 1 || op_b < 0 || op_b > 1 ||
      alpha == nullptr || beta == nullptr) {
    return refuse(INVALID_VALUE, "sizes, operations or scalars");
  }
  if (algorithm != -1 && algorithm != 99) {
    return refuse(NOT_SUPPORTED, "algorithm " + std::to_string(algorithm));
  }
  Product product{op_a == 1, op_b == 1, static_cast<std::size_t>(m), static_cast<std::size_t>(n),
                  static_cast<std::size_t>(k), static_cast<std::size_t>(lda),
                  static_cast<std::size_t>(ldb), static_cast<std::size_t>(ldc),
                  *static_cast<const float*>(alpha), *static_cast<const float*>(beta),
                  compute == COMPUTE_32F_FAST_TF32, {}, {}, {}};
  int status = check({"A", a, a_type, op_a == 0 ? m : k, op_a == 0 ? k : m, lda}, &product.a);
  status = status != SUCCESS
               ? status
               : check({"B", b, b_type, op_b == 0 ? k : n, op_b == 0 ? n : k, ldb}, &product.b);
  status = status != SUCCESS ? status : check({"C", c, c_type, m, n, ldc}, &product.c);
  status = status != SUCCESS ? status
                             : check_types(product.a, product.b, product.c, compute);
  if (status != SUCCESS) {
    return status;
  }
  if (overlap(product.c, product.a) || overlap(product.c, product.b)) {
    return refuse(INVALID_VALUE, "C shares memory with A or B");
  }
  if (handle->workspace_bytes > 0) {
    // Whoever else uses the workspace finds it spoilt, as after a split sum of the real library.
    auto* spoil = reinterpret_cast<unsigned char*>(handle->workspace);
    const std::size_t bytes = std::min<std::size_t>(handle->workspace_bytes, 4096);
    if (emulation_device_range(handle->workspace, bytes) != 0) {
      return refuse(EXECUTION_FAILED, "the workspace was freed");
    }
    std::fill(spoil, spoil + bytes, static_cast<unsigned char>(0xff));
  }
  const Operand workspace = {"workspace", handle->workspace, handle->workspace_bytes / 2,
                             Type::F16};
  const std::string wrong =
      enqueue(handle->stream,
              {"product of cuBLAS", {product.a, product.b, product.c}, workspace, product});
  return wrong.empty() ? SUCCESS
                       : refuse(EXECUTION_FAILED, "the stream does not take the product: " + wrong);
}

}  // extern "C"

// Inside of the stand-in for libcudnn.so.9: descriptors, what a convolution is, and its refusals.
//
//   cudnn_descriptors.cpp   handles and descriptors
//   cudnn_convolution.cpp   the three passes of a convolution on NHWC arrays
//   cudnn_algorithms.cpp    which algorithm takes what, its workspace, heuristics and search
//   cudnn_execution.cpp     the calls that compute
//
// Source of names, codes and refusals: cudnn_ops.h, cudnn_cnn.h and the API reference of cuDNN 9.
#pragma once

#include <string>

#include "library_support.h"

namespace cudnn {

using emulation_library::Operand;
using emulation_library::Type;

enum Status {
  SUCCESS = 0,
  NOT_INITIALIZED = 1001,
  BAD_PARAM = 2000,
  BAD_PARAM_NULL_POINTER = 2002,
  BAD_PARAM_MISALIGNED_POINTER = 2003,
  BAD_PARAM_SIZE_INSUFFICIENT = 2006,
  BAD_PARAM_SHAPE_MISMATCH = 2008,
  NOT_SUPPORTED = 3000,
  EXECUTION_FAILED = 5000
};
enum { NCHW = 0, NHWC = 1 };
enum { FLOAT = 0, HALF = 2, BFLOAT16 = 9 };
enum { DEFAULT_MATH = 0, TENSOR_OP_MATH = 1, TENSOR_OP_MATH_ALLOW_CONVERSION = 2, FMA_MATH = 3 };
enum { RELU = 1, IDENTITY = 5 };

struct Handle {
  void* stream = nullptr;
};

// A tensor [n,c,h,w] or a filter [k,c,h,w], whatever the order in memory.
struct Array {
  bool set = false;
  int format = 0;
  int type = 0;
  int n = 0, c = 0, h = 0, w = 0;

  std::size_t count() const { return static_cast<std::size_t>(n) * c * h * w; }
};

struct Tensor : Array {};
struct Filter : Array {};

struct Convolution {
  bool set = false;
  int pad_h = 0, pad_w = 0, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  int mode = 0;
  int compute = 0;
  int groups = 1;
  int math = DEFAULT_MATH;
};

struct Activation {
  bool set = false;
  int mode = 0;
  int nan = 0;
};

// Remembers why; cudnnGetErrorString tells it.
int refuse(int status, const std::string& why);
void forget_reason();

bool living(const Handle* handle);
bool living(const Tensor* tensor);
bool living(const Filter* filter);
bool living(const Convolution* convolution);
bool living(const Activation* activation);

enum class Pass { FORWARD, BACKWARD_DATA, BACKWARD_FILTER };

// A convolution whose descriptors were checked against each other: x and y are always the image and
// the result of the forward pass.
struct Problem {
  Array x, w, y;
  Convolution convolution;

  Type type() const;
  // Whether tensor cores may round the operands to TF32.
  bool tf32() const;
};

// Fills `problem`, or tells what is wrong with the descriptors.
int describe(const Handle* handle, const Tensor* x, const Filter* w,
             const Convolution* convolution, const Tensor* y, Problem* problem);

constexpr int ALGORITHMS[] = {8, 6, 7};  // of each pass

// Whether an algorithm takes the problem, and the bytes of workspace that it needs.
int supports(Pass pass, int algorithm, const Problem& problem, std::size_t* workspace);

// In float32: y [N,H',W',K], dx [N,H,W,C] and dw [K,kh,kw,C/g].
std::vector<float> forward(const Problem& p, const std::vector<float>& x,
                           const std::vector<float>& w);
std::vector<float> backward_data(const Problem& p, const std::vector<float>& dy,
                                 const std::vector<float>& w);
std::vector<float> backward_filter(const Problem& p, const std::vector<float>& x,
                                   const std::vector<float>& dy);

}  // namespace cudnn

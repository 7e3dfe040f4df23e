// Which algorithm takes which convolution, the workspace that it needs, the heuristics and the
// search. The times are made up but fixed, so that whoever chooses by them can be tested: the
// heuristics and the search disagree about which algorithm is best.
#include <algorithm>

#include "cudnn_stand_in.h"

namespace cudnn {
namespace {

struct Performance {
  int algorithm;
  int status;
  float time;
  std::size_t memory;
  int determinism;
  int math;
  int reserved[3];
};

bool deterministic(Pass pass, int algorithm) {
  // Algorithm 0 of both backward passes adds with atomics, so does filter algorithm 3.
  return pass == Pass::FORWARD ||
         !(algorithm == 0 || (pass == Pass::BACKWARD_FILTER && algorithm == 3));
}

// Made up: the search finds algorithm 0 faster where float32 allows it, the heuristics say 1.
float time_of(int algorithm, bool measured) {
  return measured ? 1.0f + static_cast<float>(algorithm) : 10.0f - static_cast<float>(algorithm);
}

int list(Pass pass, const Problem& problem, std::size_t limit, bool measured, int wanted,
         int* returned, Performance* results) {
  if (wanted < 1 || returned == nullptr || results == nullptr) {
    return refuse(BAD_PARAM, "no room for results");
  }
  std::vector<Performance> all;
  for (int algorithm = 0; algorithm < ALGORITHMS[static_cast<int>(pass)]; algorithm++) {
    std::size_t memory = 0;
    int status = supports(pass, algorithm, problem, &memory);
    if (status == SUCCESS && measured && memory > limit) {
      status = BAD_PARAM_SIZE_INSUFFICIENT;
    }
    const float time = status == SUCCESS ? time_of(algorithm, measured) : -1.0f;
    all.push_back({algorithm, status, time, memory, deterministic(pass, algorithm) ? 1 : 0,
                   problem.convolution.math, {0, 0, 0}});
  }
  std::stable_sort(all.begin(), all.end(), [](const Performance& a, const Performance& b) {
    return (a.status == SUCCESS ? a.time : 1e9f) < (b.status == SUCCESS ? b.time : 1e9f);
  });
  *returned = std::min(wanted, static_cast<int>(all.size()));
  std::copy(all.begin(), all.begin() + *returned, results);
  forget_reason();
  return SUCCESS;
}

int workspace_of(Pass pass, int algorithm, const Problem& problem, std::size_t* bytes) {
  if (bytes == nullptr) {
    return refuse(BAD_PARAM_NULL_POINTER, "no place for the size");
  }
  return supports(pass, algorithm, problem, bytes);
}

// A search runs and waits, which a captured stream does not allow.
int searchable(const Handle* handle) {
  int capturing = 0;
  cuStreamIsCapturing(handle->stream, &capturing);
  return capturing == 0 ? SUCCESS : refuse(EXECUTION_FAILED, "a search while the stream is captured");
}

}  // namespace

int supports(Pass pass, int algorithm, const Problem& p, std::size_t* workspace) {
  if (algorithm < 0 || algorithm >= ALGORITHMS[static_cast<int>(pass)]) {
    return refuse(BAD_PARAM, "algorithm " + std::to_string(algorithm));
  }
  if (algorithm > 1) {
    return refuse(NOT_SUPPORTED, "NHWC takes algorithms 0 and 1 only");
  }
  if (algorithm == 0 && p.x.type == BFLOAT16) {
    return refuse(NOT_SUPPORTED, "bfloat16 takes algorithm 1 only");
  }
  if (algorithm == 0 && pass == Pass::FORWARD && p.convolution.groups > 1) {
    return refuse(NOT_SUPPORTED, "groups take IMPLICIT_PRECOMP_GEMM only");
  }
  *workspace = 0;
  if (algorithm == 1) {
    *workspace = pass == Pass::BACKWARD_FILTER ? 4 * p.w.count() + 512 : 2048;
  }
  return SUCCESS;
}

}  // namespace cudnn

using namespace cudnn;

extern "C" {

int cudnnGetConvolutionForwardAlgorithm_v7(Handle* handle, Tensor* x, Filter* w, Convolution* c,
                                           Tensor* y, int wanted, int* returned, void* results) {
  Problem problem;
  const int status = describe(handle, x, w, c, y, &problem);
  return status != SUCCESS ? status
                           : list(Pass::FORWARD, problem, 0, false, wanted, returned,
                                  static_cast<Performance*>(results));
}

int cudnnGetConvolutionBackwardDataAlgorithm_v7(Handle* handle, Filter* w, Tensor* dy,
                                                Convolution* c, Tensor* dx, int wanted,
                                                int* returned, void* results) {
  Problem problem;
  const int status = describe(handle, dx, w, c, dy, &problem);
  return status != SUCCESS ? status
                           : list(Pass::BACKWARD_DATA, problem, 0, false, wanted, returned,
                                  static_cast<Performance*>(results));
}

int cudnnGetConvolutionBackwardFilterAlgorithm_v7(Handle* handle, Tensor* x, Tensor* dy,
                                                  Convolution* c, Filter* dw, int wanted,
                                                  int* returned, void* results) {
  Problem problem;
  const int status = describe(handle, x, dw, c, dy, &problem);
  return status != SUCCESS ? status
                           : list(Pass::BACKWARD_FILTER, problem, 0, false, wanted, returned,
                                  static_cast<Performance*>(results));
}

int cudnnGetConvolutionForwardWorkspaceSize(Handle* handle, Tensor* x, Filter* w, Convolution* c,
                                            Tensor* y, int algorithm, std::size_t* bytes) {
  Problem problem;
  const int status = describe(handle, x, w, c, y, &problem);
  return status != SUCCESS ? status : workspace_of(Pass::FORWARD, algorithm, problem, bytes);
}

int cudnnGetConvolutionBackwardDataWorkspaceSize(Handle* handle, Filter* w, Tensor* dy,
                                                 Convolution* c, Tensor* dx, int algorithm,
                                                 std::size_t* bytes) {
  Problem problem;
  const int status = describe(handle, dx, w, c, dy, &problem);
  return status != SUCCESS ? status : workspace_of(Pass::BACKWARD_DATA, algorithm, problem, bytes);
}

int cudnnGetConvolutionBackwardFilterWorkspaceSize(Handle* handle, Tensor* x, Tensor* dy,
                                                   Convolution* c, Filter* dw, int algorithm,
                                                   std::size_t* bytes) {
  Problem problem;
  const int status = describe(handle, x, dw, c, dy, &problem);
  return status != SUCCESS ? status
                           : workspace_of(Pass::BACKWARD_FILTER, algorithm, problem, bytes);
}

int cudnnFindConvolutionForwardAlgorithmEx(Handle* handle, Tensor* x, const void*, Filter* w,
                                           const void*, Convolution* c, Tensor* y, void*,
                                           int wanted, int* returned, void* results, void*,
                                           std::size_t limit) {
  Problem problem;
  int status = describe(handle, x, w, c, y, &problem);
  status = status != SUCCESS ? status : searchable(handle);
  return status != SUCCESS ? status
                           : list(Pass::FORWARD, problem, limit, true, wanted, returned,
                                  static_cast<Performance*>(results));
}

int cudnnFindConvolutionBackwardDataAlgorithmEx(Handle* handle, Filter* w, const void*, Tensor* dy,
                                                const void*, Convolution* c, Tensor* dx, void*,
                                                int wanted, int* returned, void* results, void*,
                                                std::size_t limit) {
  Problem problem;
  int status = describe(handle, dx, w, c, dy, &problem);
  status = status != SUCCESS ? status : searchable(handle);
  return status != SUCCESS ? status
                           : list(Pass::BACKWARD_DATA, problem, limit, true, wanted, returned,
                                  static_cast<Performance*>(results));
}

int cudnnFindConvolutionBackwardFilterAlgorithmEx(Handle* handle, Tensor* x, const void*,
                                                  Tensor* dy, const void*, Convolution* c,
                                                  Filter* dw, void*, int wanted, int* returned,
                                                  void* results, void*, std::size_t limit) {
  Problem problem;
  int status = describe(handle, x, dw, c, dy, &problem);
  status = status != SUCCESS ? status : searchable(handle);
  return status != SUCCESS ? status
                           : list(Pass::BACKWARD_FILTER, problem, limit, true, wanted, returned,
                                  static_cast<Performance*>(results));
}

}  // extern "C"

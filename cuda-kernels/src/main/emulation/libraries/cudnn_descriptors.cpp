// Handles and descriptors of the stand-in for cuDNN: created, set with checked values, destroyed.
#include <mutex>
#include <set>

#include "cudnn_stand_in.h"

namespace cudnn {
namespace {

std::mutex& lock() {
  static std::mutex mutex;
  return mutex;
}

template <typename T>
std::set<const T*>& all() {
  static std::set<const T*> objects;
  return objects;
}

template <typename T>
bool known(const T* object) {
  std::lock_guard<std::mutex> guard(lock());
  return all<T>().count(object) != 0;
}

template <typename T>
int create(T** object) {
  if (object == nullptr) {
    return refuse(BAD_PARAM_NULL_POINTER, "no place for the descriptor");
  }
  *object = new T;
  std::lock_guard<std::mutex> guard(lock());
  all<T>().insert(*object);
  return SUCCESS;
}

template <typename T>
int destroy(T* object) {
  std::lock_guard<std::mutex> guard(lock());
  if (all<T>().erase(object) == 0) {
    return refuse(BAD_PARAM, "destroying what does not exist");
  }
  delete object;
  return SUCCESS;
}

std::string& reason() {
  static thread_local std::string text;
  return text;
}

int set_array(Array* array, int format, int type, const int (&dims)[4]) {
  if (format != NCHW && format != NHWC) {
    return refuse(NOT_SUPPORTED, "format " + std::to_string(format));
  }
  if (type != FLOAT && type != HALF && type != BFLOAT16) {
    return refuse(NOT_SUPPORTED, "data type " + std::to_string(type));
  }
  std::size_t count = 1;
  for (const int dim : dims) {
    if (dim <= 0) {
      return refuse(BAD_PARAM, "an extent of " + std::to_string(dim));
    }
    count *= static_cast<std::size_t>(dim);
  }
  if (count > 0x7fffffffu) {
    return refuse(NOT_SUPPORTED, "more than 2^31 - 1 elements");
  }
  array->set = true;
  array->format = format;
  array->type = type;
  array->n = dims[0];
  array->c = dims[1];
  array->h = dims[2];
  array->w = dims[3];
  return SUCCESS;
}

}  // namespace

int refuse(int status, const std::string& why) {
  reason() = why;
  return status;
}

void forget_reason() { reason().clear(); }

bool living(const Handle* handle) { return known(handle); }
bool living(const Tensor* tensor) { return known(tensor); }
bool living(const Filter* filter) { return known(filter); }
bool living(const Convolution* convolution) { return known(convolution); }
bool living(const Activation* activation) { return known(activation); }

}  // namespace cudnn

using namespace cudnn;

extern "C" {

std::size_t cudnnGetVersion() { return 90600; }
std::size_t cudnnGetCudartVersion() { return 12060; }

const char* cudnnGetErrorString(int status) {
  if (!reason().empty()) {
    return reason().c_str();
  }
  return status == SUCCESS ? "CUDNN_STATUS_SUCCESS" : "CUDNN_STATUS of the emulation";
}

int cudnnCreate(Handle** handle) {
  return emulation_library::has_context() ? create(handle)
                                          : refuse(NOT_INITIALIZED, "no context is current");
}

int cudnnDestroy(Handle* handle) { return destroy(handle); }

int cudnnSetStream(Handle* handle, void* stream) {
  if (!living(handle) || emulation_stream_exists(stream) == 0) {
    return refuse(BAD_PARAM, "no such handle or stream");
  }
  handle->stream = stream;
  return SUCCESS;
}

int cudnnCreateTensorDescriptor(Tensor** tensor) { return create(tensor); }
int cudnnDestroyTensorDescriptor(Tensor* tensor) { return destroy(tensor); }
int cudnnCreateFilterDescriptor(Filter** filter) { return create(filter); }
int cudnnDestroyFilterDescriptor(Filter* filter) { return destroy(filter); }
int cudnnCreateConvolutionDescriptor(Convolution** convolution) { return create(convolution); }
int cudnnDestroyConvolutionDescriptor(Convolution* convolution) { return destroy(convolution); }
int cudnnCreateActivationDescriptor(Activation** activation) { return create(activation); }
int cudnnDestroyActivationDescriptor(Activation* activation) { return destroy(activation); }

int cudnnSetTensor4dDescriptor(Tensor* tensor, int format, int type, int n, int c, int h, int w) {
  return living(tensor) ? set_array(tensor, format, type, {n, c, h, w})
                        : refuse(BAD_PARAM, "no such tensor descriptor");
}

int cudnnSetFilter4dDescriptor(Filter* filter, int type, int format, int k, int c, int h, int w) {
  return living(filter) ? set_array(filter, format, type, {k, c, h, w})
                        : refuse(BAD_PARAM, "no such filter descriptor");
}

int cudnnSetConvolution2dDescriptor(Convolution* convolution, int pad_h, int pad_w, int stride_h,
                                    int stride_w, int dilation_h, int dilation_w, int mode,
                                    int compute) {
  if (!living(convolution)) {
    return refuse(BAD_PARAM, "no such convolution descriptor");
  }
  if (pad_h < 0 || pad_w < 0 || stride_h < 1 || stride_w < 1 || dilation_h < 1 ||
      dilation_w < 1 || mode < 0 || mode > 1) {
    return refuse(BAD_PARAM, "padding, stride, dilation or mode");
  }
  *convolution = {true,       pad_h, pad_w,   stride_h, stride_w,  dilation_h,
                  dilation_w, mode,  compute, 1,        DEFAULT_MATH};
  return SUCCESS;
}

int cudnnSetConvolutionGroupCount(Convolution* convolution, int groups) {
  if (!living(convolution) || groups < 1) {
    return refuse(BAD_PARAM, "groups");
  }
  convolution->groups = groups;
  return SUCCESS;
}

int cudnnSetConvolutionMathType(Convolution* convolution, int math) {
  if (!living(convolution) || math < DEFAULT_MATH || math > FMA_MATH) {
    return refuse(BAD_PARAM, "math type");
  }
  convolution->math = math;
  return SUCCESS;
}

int cudnnSetActivationDescriptor(Activation* activation, int mode, int nan, double) {
  if (!living(activation) || mode < 0 || mode > 6 || nan < 0 || nan > 1) {
    return refuse(BAD_PARAM, "activation");
  }
  *activation = {true, mode, nan};
  return SUCCESS;
}

}  // extern "C"

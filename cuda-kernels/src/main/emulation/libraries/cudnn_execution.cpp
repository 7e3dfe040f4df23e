// The calls of the stand-in for cuDNN that compute: they check descriptors and operands, then put
// the work on the handle's stream.
#include <algorithm>

#include "cudnn_stand_in.h"

namespace cudnn {

Type Problem::type() const {
  return x.type == FLOAT ? Type::F32 : x.type == HALF ? Type::F16 : Type::BF16;
}

bool Problem::tf32() const { return x.type == FLOAT && convolution.math != FMA_MATH; }

namespace {

int check_shapes(const Problem& p) {
  const Convolution& c = p.convolution;
  if (p.x.c != p.w.c * c.groups || p.w.n % c.groups != 0) {
    return refuse(BAD_PARAM_SHAPE_MISMATCH, "channels of image, filter and groups");
  }
  const auto output = [](int in, int pad, int dilation, int kernel, int stride) {
    const int room = in + 2 * pad - dilation * (kernel - 1) - 1;
    return room < 0 ? 0 : room / stride + 1;
  };
  const int h = output(p.x.h, c.pad_h, c.dilation_h, p.w.h, c.stride_h);
  const int w = output(p.x.w, c.pad_w, c.dilation_w, p.w.w, c.stride_w);
  if (p.y.n != p.x.n || p.y.c != p.w.n || p.y.h != h || p.y.w != w) {
    return refuse(BAD_PARAM_SHAPE_MISMATCH, "extents of the result, expected " +
                                                std::to_string(h) + " x " + std::to_string(w));
  }
  return SUCCESS;
}

}  // namespace

int describe(const Handle* handle, const Tensor* x, const Filter* w,
             const Convolution* convolution, const Tensor* y, Problem* problem) {
  forget_reason();
  if (!living(handle) || !emulation_library::has_context()) {
    return refuse(NOT_INITIALIZED, "no such handle, or no context is current");
  }
  if (!living(x) || !living(w) || !living(convolution) || !living(y)) {
    return refuse(BAD_PARAM_NULL_POINTER, "a descriptor does not exist");
  }
  if (!x->set || !w->set || !convolution->set || !y->set) {
    return refuse(BAD_PARAM, "a descriptor was never set");
  }
  *problem = {*x, *w, *y, *convolution};
  if (x->format != NHWC || w->format != NHWC || y->format != NHWC) {
    return refuse(NOT_SUPPORTED, "the emulation computes NHWC only, and cuDNN no mixed formats");
  }
  if (x->type != w->type || x->type != y->type) {
    return refuse(BAD_PARAM, "types of image, filter and result differ");
  }
  if (convolution->compute != FLOAT) {
    return refuse(NOT_SUPPORTED, "sums must be float32");
  }
  if (convolution->mode != 1) {
    return refuse(NOT_SUPPORTED, "the emulation computes cross-correlations only");
  }
  return check_shapes(*problem);
}

namespace {

constexpr std::size_t ALIGNMENT = 16;

// Operands of a call, the last of them written, and the scalars.
struct Call {
  Pass pass;
  int algorithm;
  std::vector<Operand> operands;
  void* workspace;
  std::size_t workspace_bytes;
  const void* alpha;
  const void* beta;
};

Operand operand(const char* name, const void* data, const Array& array, Type type) {
  return {name, reinterpret_cast<std::uintptr_t>(data), array.count(), type};
}

int check_workspace(const Call& call, std::size_t needed, Operand* workspace) {
  *workspace = {"workspace", reinterpret_cast<std::uintptr_t>(call.workspace),
                call.workspace_bytes / 2, Type::F16};
  if (call.workspace_bytes < needed) {
    return refuse(BAD_PARAM_SIZE_INSUFFICIENT, "workspace of " +
                                                   std::to_string(call.workspace_bytes) +
                                                   " bytes, expected " + std::to_string(needed));
  }
  workspace->count = needed / 2;
  const std::string wrong = needed == 0 ? "" : emulation_library::complaint(*workspace, ALIGNMENT);
  return wrong.empty() ? SUCCESS : refuse(BAD_PARAM, wrong);
}

// Looks at everything that is the same for all calls, and spoils the workspace as its use would.
int check(const Problem& problem, const Call& call, Operand* workspace) {
  if (call.alpha == nullptr || call.beta == nullptr) {
    return refuse(BAD_PARAM_NULL_POINTER, "a scalar is missing");
  }
  std::size_t needed = 0;
  int status = supports(call.pass, call.algorithm, problem, &needed);
  if (status != SUCCESS) {
    return status;
  }
  for (const Operand& o : call.operands) {
    const std::string wrong = emulation_library::complaint(o, ALIGNMENT);
    if (!wrong.empty()) {
      return refuse(o.address % ALIGNMENT != 0 ? BAD_PARAM_MISALIGNED_POINTER : BAD_PARAM, wrong);
    }
  }
  status = check_workspace(call, needed, workspace);
  if (status != SUCCESS) {
    return status;
  }
  const Operand& result = call.operands.back();
  for (const Operand& o : call.operands) {
    const bool same = &o == &result;
    const bool in_place = std::string(o.name) == "z" && o.address == result.address;
    if ((!same && !in_place && emulation_library::overlap(o, result)) ||
        emulation_library::overlap(o, *workspace)) {
      return refuse(BAD_PARAM, std::string(o.name) + " shares memory with result or workspace");
    }
  }
  return SUCCESS;
}

void spoil(void* workspace, const Call& call, const Problem& problem) {
  std::size_t needed = 0;
  supports(call.pass, call.algorithm, problem, &needed);
  auto* bytes = static_cast<unsigned char*>(workspace);
  std::fill(bytes, bytes + needed, static_cast<unsigned char>(0xff));
}

int start(Handle* handle, const Problem& problem, const Call& call, std::function<void()> work) {
  Operand workspace;
  const int status = check(problem, call, &workspace);
  if (status != SUCCESS) {
    return status;
  }
  const auto body = [call, problem, work] {
    spoil(call.workspace, call, problem);
    work();
  };
  const std::string wrong = emulation_library::enqueue(
      handle->stream, {"convolution of cuDNN", call.operands, workspace, body});
  return wrong.empty()
             ? SUCCESS
             : refuse(EXECUTION_FAILED, "the stream does not take the convolution: " + wrong);
}

float scalar(const void* pointer) { return *static_cast<const float*>(pointer); }

// y = act(alpha1 · conv + alpha2 · z + bias), rounded once.
struct Fused {
  Problem problem;
  float alpha1, alpha2;
  bool relu;
  Operand x, w, z, bias, y;

  void operator()() const {
    std::vector<float> sum = forward(problem, load(x, problem.tf32()), load(w, problem.tf32()));
    const std::vector<float> add = load(bias, false);
    const std::vector<float> rest = alpha2 == 0 ? std::vector<float>() : load(z, false);
    for (std::size_t i = 0; i < sum.size(); i++) {
      float value = alpha1 * sum[i] + add[i % add.size()];
      value += rest.empty() ? 0 : alpha2 * rest[i];
      // Without propagation of NaN the larger of 0 and NaN is 0.
      sum[i] = relu && !(value > 0) ? 0 : value;
    }
    store(y, sum, 1, 0);
  }
};

int check_epilogue(int algorithm, const Problem& problem, const Tensor* z, const Tensor* bias,
                   const Activation* activation) {
  if (!living(z) || !living(bias) || !living(activation) || !z->set || !bias->set ||
      !activation->set) {
    return refuse(BAD_PARAM_NULL_POINTER, "a descriptor of the epilogue is missing");
  }
  if (activation->mode != RELU && activation->mode != IDENTITY) {
    return refuse(NOT_SUPPORTED, "only ReLU and identity can follow");
  }
  if (activation->nan != 0) {
    return refuse(NOT_SUPPORTED, "the activation must not propagate NaN");
  }
  if (activation->mode == IDENTITY && algorithm != 1) {
    return refuse(NOT_SUPPORTED, "identity takes IMPLICIT_PRECOMP_GEMM only");
  }
  if (bias->n != 1 || bias->c != problem.w.n || bias->h != 1 || bias->w != 1 ||
      bias->type != problem.y.type) {
    return refuse(BAD_PARAM, "the bias must be [1,K,1,1] of the result's type");
  }
  const Array& y = problem.y;
  if (z->n != y.n || z->c != y.c || z->h != y.h || z->w != y.w || z->type != y.type ||
      z->format != y.format) {
    return refuse(BAD_PARAM, "z and the result have different descriptors");
  }
  return SUCCESS;
}

}  // namespace
}  // namespace cudnn

using namespace cudnn;

extern "C" {

int cudnnConvolutionForward(Handle* handle, const void* alpha, Tensor* x_desc, const void* x,
                            Filter* w_desc, const void* w, Convolution* convolution, int algorithm,
                            void* workspace, std::size_t bytes, const void* beta, Tensor* y_desc,
                            void* y) {
  Problem p;
  const int status = describe(handle, x_desc, w_desc, convolution, y_desc, &p);
  if (status != SUCCESS) {
    return status;
  }
  const Operand in = operand("x", x, p.x, p.type());
  const Operand filter = operand("w", w, p.w, p.type());
  const Operand out = operand("y", y, p.y, p.type());
  const Call call = {Pass::FORWARD, algorithm, {in, filter, out}, workspace, bytes, alpha, beta};
  return start(handle, p, call, [p, in, filter, out, a = scalar(alpha), b = scalar(beta)] {
    store(out, forward(p, load(in, p.tf32()), load(filter, p.tf32())), a, b);
  });
}

int cudnnConvolutionBackwardData(Handle* handle, const void* alpha, Filter* w_desc, const void* w,
                                 Tensor* dy_desc, const void* dy, Convolution* convolution,
                                 int algorithm, void* workspace, std::size_t bytes,
                                 const void* beta, Tensor* dx_desc, void* dx) {
  Problem p;
  const int status = describe(handle, dx_desc, w_desc, convolution, dy_desc, &p);
  if (status != SUCCESS) {
    return status;
  }
  const Operand filter = operand("w", w, p.w, p.type());
  const Operand in = operand("dy", dy, p.y, p.type());
  const Operand out = operand("dx", dx, p.x, p.type());
  const Call call = {Pass::BACKWARD_DATA, algorithm, {filter, in, out}, workspace, bytes, alpha,
                     beta};
  return start(handle, p, call, [p, in, filter, out, a = scalar(alpha), b = scalar(beta)] {
    store(out, backward_data(p, load(in, p.tf32()), load(filter, p.tf32())), a, b);
  });
}

int cudnnConvolutionBackwardFilter(Handle* handle, const void* alpha, Tensor* x_desc,
                                   const void* x, Tensor* dy_desc, const void* dy,
                                   Convolution* convolution, int algorithm, void* workspace,
                                   std::size_t bytes, const void* beta, Filter* dw_desc,
                                   void* dw) {
  Problem p;
  const int status = describe(handle, x_desc, dw_desc, convolution, dy_desc, &p);
  if (status != SUCCESS) {
    return status;
  }
  const Operand image = operand("x", x, p.x, p.type());
  const Operand in = operand("dy", dy, p.y, p.type());
  const Operand out = operand("dw", dw, p.w, p.type());
  const Call call = {Pass::BACKWARD_FILTER, algorithm, {image, in, out}, workspace, bytes, alpha,
                     beta};
  return start(handle, p, call, [p, image, in, out, a = scalar(alpha), b = scalar(beta)] {
    store(out, backward_filter(p, load(image, p.tf32()), load(in, p.tf32())), a, b);
  });
}

int cudnnConvolutionBiasActivationForward(
    Handle* handle, const void* alpha1, Tensor* x_desc, const void* x, Filter* w_desc,
    const void* w, Convolution* convolution, int algorithm, void* workspace, std::size_t bytes,
    const void* alpha2, Tensor* z_desc, const void* z, Tensor* bias_desc, const void* bias,
    Activation* activation, Tensor* y_desc, void* y) {
  Problem p;
  int status = describe(handle, x_desc, w_desc, convolution, y_desc, &p);
  status = status != SUCCESS ? status
                             : check_epilogue(algorithm, p, z_desc, bias_desc, activation);
  if (status != SUCCESS) {
    return status;
  }
  Fused fused{p,
              scalar(alpha1),
              scalar(alpha2),
              activation->mode == RELU,
              operand("x", x, p.x, p.type()),
              operand("w", w, p.w, p.type()),
              operand("z", z, p.y, p.type()),
              operand("bias", bias, *bias_desc, p.type()),
              operand("y", y, p.y, p.type())};
  const Call call = {Pass::FORWARD, algorithm, {fused.x, fused.w, fused.z, fused.bias, fused.y},
                     workspace,     bytes,     alpha1,
                     alpha2};
  return start(handle, p, call, fused);
}

}  // extern "C"

// The driver API's stream capture and graphs. While a stream is captured, what is asked of it is
// noted instead of done; a graph launch does it in the order of capture. As with the real driver in
// any mode but relaxed, whatever would wait or allocate meanwhile is refused with 900 and spoils the
// capture, whose end then reports 901; the default streams cannot be captured.
#include <map>
#include <memory>
#include <vector>

#include "emulator.h"

using namespace emulation;
using Locked = std::lock_guard<std::mutex>;

namespace {

constexpr int ILLEGAL_STATE = 401;
constexpr int CAPTURE_UNSUPPORTED = 900;
constexpr int CAPTURE_INVALIDATED = 901;
constexpr int CAPTURE_ISOLATION = 905;
constexpr int RELAXED = 2;

using Nodes = std::vector<Work>;

struct Capture {
  int mode;
  bool spoilt = false;
  Nodes nodes;
};

struct Graphs {
  std::map<const void*, Capture> captures;  // by stream
  std::map<const void*, std::shared_ptr<Nodes>> graphs;
  std::map<const void*, std::shared_ptr<Nodes>> executables;
  std::uintptr_t handles = 0x1000;
};

Graphs& all() {
  static Graphs graphs;
  return graphs;
}

const void* new_handle() { return reinterpret_cast<const void*>(all().handles += 16); }

}  // namespace

namespace emulation {

int refuse_in_capture() {
  int code = SUCCESS;
  for (auto& [stream, capture] : all().captures) {
    if (capture.mode != RELAXED) {
      capture.spoilt = true;
      code = CAPTURE_UNSUPPORTED;
    }
  }
  return code;
}

bool capturing(const void* stream) { return all().captures.count(stream) != 0; }

int refuse_isolation(const void* stream) {
  all().captures[stream].spoilt = true;
  return CAPTURE_ISOLATION;
}

int submit(const void* stream, Work work) {
  const auto at = all().captures.find(stream);
  if (at == all().captures.end()) {
    return work(stream);
  }
  if (at->second.spoilt) {
    return CAPTURE_INVALIDATED;
  }
  at->second.nodes.push_back(std::move(work));
  return SUCCESS;
}

}  // namespace emulation

extern "C" {

int cuStreamBeginCapture_v2(void* stream, int mode) {
  Locked lock(driver_lock());
  const int code = ready();
  if (code != SUCCESS) {
    return code;
  }
  if (reinterpret_cast<std::uintptr_t>(stream) <= 2) {
    return CAPTURE_UNSUPPORTED;
  }
  if (capturing(stream)) {
    return ILLEGAL_STATE;
  }
  all().captures[stream] = Capture{mode, false, {}};
  return SUCCESS;
}

int cuStreamEndCapture(void* stream, const void** graph) {
  Locked lock(driver_lock());
  const auto at = all().captures.find(stream);
  if (at == all().captures.end()) {
    return ILLEGAL_STATE;
  }
  const bool spoilt = at->second.spoilt;
  auto nodes = std::make_shared<Nodes>(std::move(at->second.nodes));
  all().captures.erase(at);
  *graph = nullptr;
  if (spoilt) {
    return CAPTURE_INVALIDATED;
  }
  *graph = new_handle();
  all().graphs[*graph] = std::move(nodes);
  return SUCCESS;
}

int cuStreamIsCapturing(void* stream, int* status) {
  Locked lock(driver_lock());
  const auto at = all().captures.find(stream);
  *status = at == all().captures.end() ? 0 : at->second.spoilt ? 2 : 1;
  return ready();
}

int cuGraphInstantiateWithFlags(const void** executable, const void* graph, unsigned long long) {
  Locked lock(driver_lock());
  const auto at = all().graphs.find(graph);
  if (at == all().graphs.end()) {
    return INVALID_HANDLE;
  }
  *executable = new_handle();
  all().executables[*executable] = at->second;
  return SUCCESS;
}

int cuGraphLaunch(const void* executable, void* stream) {
  std::shared_ptr<Nodes> nodes;
  {
    Locked lock(driver_lock());
    const int code = ready();
    const auto at = all().executables.find(executable);
    if (code != SUCCESS || at == all().executables.end()) {
      return code != SUCCESS ? code : INVALID_HANDLE;
    }
    if (capturing(stream)) {
      return CAPTURE_UNSUPPORTED;  // child graphs are not here
    }
    nodes = at->second;
  }
  for (const auto& node : *nodes) {
    const int code = node(stream);
    if (code != SUCCESS) {
      return code;
    }
  }
  return SUCCESS;
}

int cuGraphExecDestroy(const void* executable) {
  Locked lock(driver_lock());
  return all().executables.erase(executable) != 0 ? SUCCESS : INVALID_HANDLE;
}

int cuGraphDestroy(const void* graph) {
  Locked lock(driver_lock());
  return all().graphs.erase(graph) != 0 ? SUCCESS : INVALID_HANDLE;
}

}  // extern "C"

// The driver API's streams and events. Work is done when the call that asks for it returns, so an
// event is the time at which it was recorded, and waiting teaches what comes after what
// (stream_order.cpp).
#include <chrono>
#include <memory>
#include <set>

#include "emulator.h"
#include "library_hooks.h"

using namespace emulation;
using Locked = std::lock_guard<std::mutex>;
using Clock = std::chrono::steady_clock;

namespace {

constexpr unsigned NON_BLOCKING = 1;

struct Stream {
  unsigned flags;
  int priority;
};

struct Event {
  bool timed;
  bool recorded = false;
  Clock::time_point at = {};
  Moment moment = {};
};

struct Handles {
  std::set<const void*> streams;
  std::set<const void*> events;
};

Handles& handles() {
  static Handles all;
  return all;
}

// Streams 0, 1 and 2 are the default, the legacy and the per-thread default stream.
bool is_stream(const void* stream) {
  return reinterpret_cast<std::uintptr_t>(stream) <= 2 || handles().streams.count(stream) != 0;
}

int on_stream(const void* stream) {
  const int code = ready();
  return code != SUCCESS ? code : is_stream(stream) ? SUCCESS : INVALID_HANDLE;
}

int create_stream(void** stream, unsigned flags, int priority) {
  Locked lock(driver_lock());
  const int code = ready();
  if (code == SUCCESS) {
    *stream = new Stream{flags, priority};
    handles().streams.insert(*stream);
    open_timeline(*stream, (flags & NON_BLOCKING) == 0);
  }
  return code;
}

}  // namespace

extern "C" {

int cuStreamCreate(void** stream, unsigned flags) { return create_stream(stream, flags, 0); }

int cuStreamCreateWithPriority(void** stream, unsigned flags, int priority) {
  return create_stream(stream, flags, priority);
}

int cuStreamDestroy_v2(void* stream) {
  Locked lock(driver_lock());
  if (handles().streams.erase(stream) == 0) {
    return INVALID_HANDLE;
  }
  close_timeline(stream);
  delete static_cast<Stream*>(stream);
  return SUCCESS;
}

int cuStreamSynchronize(void* stream) {
  Locked lock(driver_lock());
  const int refused = refuse_in_capture();
  const int code = refused != SUCCESS ? refused : on_stream(stream);
  return code != SUCCESS ? code : host_waits(moment_of(stream));
}

int cuStreamQuery(void* stream) { return cuStreamSynchronize(stream); }

int cuStreamWaitEvent(void* stream, void* event, unsigned) {
  Locked lock(driver_lock());
  const int code = handles().events.count(event) == 0 ? INVALID_HANDLE : on_stream(stream);
  if (code != SUCCESS) {
    return code;
  }
  if (capturing(stream)) {
    return refuse_isolation(stream);
  }
  stream_waits(stream, static_cast<Event*>(event)->moment);
  return SUCCESS;
}

int cuStreamGetFlags(void* stream, unsigned* flags) {
  Locked lock(driver_lock());
  *flags = handles().streams.count(stream) == 0 ? 0 : static_cast<Stream*>(stream)->flags;
  return on_stream(stream);
}

int cuStreamGetPriority(void* stream, int* priority) {
  Locked lock(driver_lock());
  *priority = handles().streams.count(stream) == 0 ? 0 : static_cast<Stream*>(stream)->priority;
  return on_stream(stream);
}

int cuEventCreate(void** event, unsigned flags) {
  Locked lock(driver_lock());
  const int code = ready();
  if (code == SUCCESS) {
    const bool timed = (flags & 2u) == 0;  // CU_EVENT_DISABLE_TIMING
    *event = new Event{timed};
    handles().events.insert(*event);
  }
  return code;
}

int cuEventDestroy_v2(void* event) {
  Locked lock(driver_lock());
  if (handles().events.erase(event) == 0) {
    return INVALID_HANDLE;
  }
  delete static_cast<Event*>(event);
  return SUCCESS;
}

int cuEventRecord(void* event, void* stream) {
  Locked lock(driver_lock());
  if (handles().events.count(event) == 0) {
    return INVALID_HANDLE;
  }
  const int code = on_stream(stream);
  if (code == SUCCESS) {
    static_cast<Event*>(event)->recorded = true;
    static_cast<Event*>(event)->at = Clock::now();
    static_cast<Event*>(event)->moment = moment_of(stream);
  }
  return code;
}

int cuEventRecordWithFlags(void* event, void* stream, unsigned) {
  return cuEventRecord(event, stream);
}

int cuEventSynchronize(void* event) {
  Locked lock(driver_lock());
  const int refused = refuse_in_capture();
  if (refused != SUCCESS) {
    return refused;
  }
  const int code = handles().events.count(event) == 0 ? INVALID_HANDLE : ready();
  return code != SUCCESS ? code : host_waits(static_cast<Event*>(event)->moment);
}

// An event that was recorded has happened; who asks may build on it as one who waited.
int cuEventQuery(void* event) {
  Locked lock(driver_lock());
  const int code = handles().events.count(event) == 0 ? INVALID_HANDLE : ready();
  return code != SUCCESS ? code : host_waits(static_cast<Event*>(event)->moment);
}

int cuEventElapsedTime(float* milliseconds, void* from, void* to) {
  Locked lock(driver_lock());
  if (handles().events.count(from) == 0 || handles().events.count(to) == 0) {
    return INVALID_HANDLE;
  }
  const auto& start = *static_cast<Event*>(from);
  const auto& end = *static_cast<Event*>(to);
  if (!start.timed || !end.timed || !start.recorded || !end.recorded) {
    return INVALID_HANDLE;
  }
  *milliseconds = std::chrono::duration<float, std::milli>(end.at - start.at).count();
  return ready();
}

int emulation_stream_exists(const void* stream) {
  Locked lock(driver_lock());
  return is_stream(stream) ? 1 : 0;
}

int emulation_enqueue(void* stream, int (*run)(void*, const void*), void (*drop)(void*),
                      void* work) {
  int code;
  {
    Locked lock(driver_lock());
    code = on_stream(stream);
  }
  if (code != SUCCESS) {
    drop(work);
    return code;
  }
  const std::shared_ptr<void> kept(work, drop);
  const auto noted = [run, kept](const void* on) { return run(kept.get(), on); };
  {
    Locked lock(driver_lock());
    if (capturing(stream)) {
      return submit(stream, noted);
    }
  }
  return noted(stream);
}

}  // extern "C"

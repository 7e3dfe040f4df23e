// Accesses of two streams to the same memory: those that nothing orders must be reported with both
// operations, those that an event, a wait or the default stream orders must pass.
#include <cstring>

#include "device_under_test.h"

extern "C" {
int cuStreamCreate(void**, unsigned);
int cuStreamDestroy_v2(void*);
int cuStreamSynchronize(void*);
int cuStreamWaitEvent(void*, void*, unsigned);
int cuStreamBeginCapture_v2(void*, int);
int cuStreamEndCapture(void*, void**);
int cuGraphInstantiateWithFlags(void**, void*, unsigned long long);
int cuGraphLaunch(void*, void*);
int cuEventCreate(void**, unsigned);
int cuEventRecord(void*, void*);
int cuEventSynchronize(void*);
int cuMemHostAlloc(void**, std::size_t, unsigned);
int cuMemAllocAsync(std::uintptr_t*, std::size_t, void*);
int cuMemFreeAsync(std::uintptr_t, void*);
int cuMemcpyHtoDAsync_v2(std::uintptr_t, const void*, std::size_t, void*);
int cuMemcpyDtoHAsync_v2(void*, std::uintptr_t, std::size_t, void*);
int cuMemsetD32Async(std::uintptr_t, unsigned, std::size_t, void*);
}

namespace {

constexpr int LAUNCH_FAILED = 719;
constexpr int CAPTURE_ISOLATION = 905;
constexpr unsigned NON_BLOCKING = 1;
constexpr int COUNT = 200;
constexpr std::size_t BYTES = COUNT * sizeof(float);

std::uintptr_t address(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

// A loader's stream and a computing one, and what they share.
struct Pair {
  Device& d;
  void* copies = nullptr;
  void* compute = nullptr;
  void* copied = nullptr;
  void* used = nullptr;
  float* pinned = nullptr;
  float* x;

  explicit Pair(Device& device, unsigned flags = NON_BLOCKING)
      : d(device), x(device.allocate<float>(COUNT)) {
    cuStreamCreate(&copies, flags);
    cuStreamCreate(&compute, flags);
    cuEventCreate(&copied, 2);
    cuEventCreate(&used, 2);
    cuMemHostAlloc(reinterpret_cast<void**>(&pinned), BYTES, 0);
    write_pinned(0);
  }
  ~Pair() {
    cuStreamDestroy_v2(copies);
    cuStreamDestroy_v2(compute);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  void write_pinned(float first) {
    for (int i = 0; i < COUNT; i++) {
      pinned[i] = first + static_cast<float>(i);
    }
  }
  int copy(void* stream) { return cuMemcpyHtoDAsync_v2(address(x), pinned, BYTES, stream); }
  int copy() { return copy(copies); }
  int read(void* stream) {
    return d.launch_on(stream, "read_at", Shape::of(1, 1), x, 5LL, d.allocate<float>(1));
  }
  int read() { return read(compute); }
  int fill(void* stream) { return d.launch_on(stream, "fill", Shape::of(1, 32), COUNT, 1.0f, x); }
};

int first_of(std::initializer_list<int> codes) {
  for (const int code : codes) {
    if (code != 0) {
      return code;
    }
  }
  return 0;
}

std::string sound(int code) {
  return code == 0 && (code = cuCtxSynchronize()) == 0
             ? ""
             : "got code " + std::to_string(code) + ": " + Device::explained(code);
}

void unordered(Device& d, Tests& tests) {
  tests.faults("kernel without a wait for the copy", LAUNCH_FAILED,
               {"kernel read_at, block (0,0,0), thread (0,0,0): reads 4 bytes", "on stream ",
                "the copy of 800 bytes to the device on stream ", "nothing orders them",
                "planted_faults.cu:"},
               [&] {
                 Pair p(d);
                 return first_of({p.copy(), p.read()});
               });
  tests.faults("copy without a wait for the kernel that read before", LAUNCH_FAILED,
               {"the copy of 800 bytes to the device on stream ", "writes an allocation",
                "the kernel read_at on stream ", " reads, and nothing orders them"},
               [&] {
                 Pair p(d);
                 return first_of({p.copy(), cuEventRecord(p.copied, p.copies),
                                  cuStreamWaitEvent(p.compute, p.copied, 0), p.read(), p.copy()});
               });
  tests.faults("event recorded before the copy", LAUNCH_FAILED, {"nothing orders them"}, [&] {
    Pair p(d);
    return first_of({cuEventRecord(p.copied, p.copies), p.copy(),
                     cuStreamWaitEvent(p.compute, p.copied, 0), p.read()});
  });
  tests.faults("fills of two streams", LAUNCH_FAILED,
               {"the fill of 800 bytes on stream ", " writes, and nothing orders them"}, [&] {
                 Pair p(d);
                 return first_of({cuMemsetD32Async(address(p.x), 0, COUNT, p.copies),
                                  cuMemsetD32Async(address(p.x), 1, COUNT, p.compute)});
               });
  tests.faults("read by the default stream of what does not block it", LAUNCH_FAILED,
               {"on the default stream"}, [&] {
                 Pair p(d);
                 std::vector<float> host(COUNT);
                 return first_of(
                     {p.fill(p.compute), cuMemcpyDtoH_v2(host.data(), address(p.x), BYTES)});
               });
  tests.faults("freed in the order of another stream", LAUNCH_FAILED,
               {"the freeing on stream ", "the kernel fill on stream "}, [&] {
                 Pair p(d);
                 std::uintptr_t y = 0;
                 cuMemAllocAsync(&y, BYTES, p.compute);
                 return first_of({d.launch_on(p.compute, "fill", Shape::of(1, 32), COUNT, 1.0f,
                                              reinterpret_cast<float*>(y)),
                                  cuMemFreeAsync(y, p.copies)});
               });
  tests.faults("graph launched without a wait for the copy", LAUNCH_FAILED,
               {"kernel read_at", "the copy of 800 bytes to the device"}, [&] {
                 Pair p(d);
                 void* graph = nullptr;
                 void* executable = nullptr;
                 return first_of({cuStreamBeginCapture_v2(p.compute, 2), p.read(),
                                  cuStreamEndCapture(p.compute, &graph),
                                  cuGraphInstantiateWithFlags(&executable, graph, 0), p.copy(),
                                  cuGraphLaunch(executable, p.compute)});
               });
}

void page_locked(Device& d, Tests& tests) {
  tests.faults("page-locked memory used again before its copy is done", LAUNCH_FAILED,
               {"the host overwrote 800 bytes of page-locked memory",
                "the copy of 800 bytes to the device on stream "},
               [&] {
                 Pair p(d);
                 int code = p.copy();
                 p.write_pinned(7);
                 return first_of({code, p.copy()});
               });
  tests.faults("the same, seen when the host waits", LAUNCH_FAILED,
               {"the host overwrote 800 bytes of page-locked memory"}, [&] {
                 Pair p(d);
                 int code = p.copy();
                 p.write_pinned(7);
                 return first_of({code, cuStreamSynchronize(p.copies)});
               });
  tests.faults("page-locked memory that another stream still fills", LAUNCH_FAILED,
               {"the copy of 800 bytes from the device on stream ", "nothing orders them"}, [&] {
                 Pair p(d);
                 return first_of(
                     {p.fill(p.compute),
                      cuMemcpyDtoHAsync_v2(p.pinned, address(p.x), BYTES, p.compute),
                      cuMemcpyHtoDAsync_v2(address(d.allocate<float>(COUNT)), p.pinned, BYTES,
                                           p.copies)});
               });
}

// On hardware the host would at times see what was there before.
void early_reads(Device& d, Tests& tests) {
  tests.run("page-locked memory read before and after the wait", [&]() -> std::string {
    Pair p(d);
    const int code = first_of(
        {p.fill(p.compute), cuMemcpyDtoHAsync_v2(p.pinned, address(p.x), BYTES, p.compute),
         cuEventRecord(p.copied, p.compute)});
    const float early = p.pinned[7];
    cuEventSynchronize(p.copied);
    return code == 0 && early != early && p.pinned[7] == 1
               ? ""
               : "got " + std::to_string(early) + ", then " + std::to_string(p.pinned[7]);
  });
  tests.run("page-locked memory used by the stream that fills it", [&]() -> std::string {
    Pair p(d);
    float* y = d.allocate<float>(COUNT);
    const int code = first_of(
        {p.fill(p.compute), cuMemcpyDtoHAsync_v2(p.pinned, address(p.x), BYTES, p.compute),
         cuMemcpyHtoDAsync_v2(address(y), p.pinned, BYTES, p.compute),
         cuStreamSynchronize(p.compute)});
    const float last = d.download(y, COUNT)[COUNT - 1];
    return code == 0 && last == 1 ? sound(0) : "got " + std::to_string(last);
  });
}

// A loader as it should be: the copy of one round lies beside the computation of the last.
std::string double_buffered(Device& d) {
  Pair p(d);
  Pair other(d);
  float* sums = d.allocate<float>(1);
  for (int round = 0; round < 6; round++) {
    Pair& slot = round % 2 == 0 ? p : other;
    if (round >= 2) {
      cuEventSynchronize(slot.copied);
    }
    slot.write_pinned(static_cast<float>(100 * round));
    cuStreamWaitEvent(p.copies, slot.used, 0);
    const int code = first_of(
        {slot.copy(p.copies), cuEventRecord(slot.copied, p.copies),
         cuStreamWaitEvent(p.compute, slot.copied, 0),
         d.launch_on(p.compute, "read_at", Shape::of(1, 1), slot.x, 5LL, sums),
         cuEventRecord(slot.used, p.compute)});
    if (code != 0) {
      return "round " + std::to_string(round) + ": " + Device::explained(code);
    }
  }
  cuStreamSynchronize(p.compute);
  const float last = d.download(sums, 1)[0];
  return last == 505 ? sound(0) : "got " + std::to_string(last);
}

void ordered(Device& d, Tests& tests) {
  tests.run("copies and kernels with events both ways", [&] { return double_buffered(d); });
  tests.run("a copy after the host has waited for the kernel", [&] {
    Pair p(d);
    return sound(first_of({p.fill(p.compute), cuStreamSynchronize(p.compute), p.copy()}));
  });
  tests.run("two streams that only read", [&] {
    Pair p(d);
    return sound(first_of({p.fill(nullptr), cuCtxSynchronize(), p.read(p.copies), p.read()}));
  });
  tests.run("order by way of a third stream", [&] {
    Pair p(d);
    Pair third(d);
    return sound(first_of({p.copy(), cuEventRecord(p.copied, p.copies),
                           cuStreamWaitEvent(third.compute, p.copied, 0),
                           cuEventRecord(third.used, third.compute),
                           cuStreamWaitEvent(p.compute, third.used, 0), p.read()}));
  });
  tests.run("the default stream waits for those that block with it", [&] {
    Pair p(d, 0);
    return sound(first_of({p.fill(p.copies), p.read(nullptr), p.fill(p.compute)}));
  });
  tests.run("memory in the order of its stream", [&] {
    Pair p(d);
    std::uintptr_t y = 0;
    cuMemAllocAsync(&y, BYTES, p.compute);
    return sound(
        first_of({cuMemsetD32Async(y, 0, COUNT, p.compute), cuMemFreeAsync(y, p.compute)}));
  });
  tests.run("a captured stream cannot wait for another", [&]() -> std::string {
    Pair p(d);
    void* graph = nullptr;
    const int begun = first_of({cuEventRecord(p.copied, p.copies),
                                cuStreamBeginCapture_v2(p.compute, 2)});
    const int waited = cuStreamWaitEvent(p.compute, p.copied, 0);
    cuStreamEndCapture(p.compute, &graph);
    return begun == 0 && waited == CAPTURE_ISOLATION && graph == nullptr
               ? ""
               : "got code " + std::to_string(waited);
  });
}

}  // namespace

void test_stream_order(Device& device, Tests& tests) {
  unordered(device, tests);
  page_locked(device, tests);
  early_reads(device, tests);
  ordered(device, tests);
}

// Each planted fault must end the launch with hardware's code and one line that names kernel,
// block, thread and what is wrong; where the compiler tells, also the line of source.
#include <cmath>

#include "device_under_test.h"

namespace {

constexpr int INVALID_VALUE = 1;
constexpr int ILLEGAL_ADDRESS = 700;
constexpr int ASSERTION = 710;
constexpr int MISALIGNED = 716;
constexpr int LAUNCH_FAILED = 719;

void memory_faults(Device& d, Tests& tests) {
  tests.faults("out-of-bounds write", ILLEGAL_ADDRESS,
               {"kernel write_at", "block (0,0,0), thread (0,0,0)", "writes 4 bytes",
                "0 bytes past the end of the allocation of 256 bytes"},
               [&] { return d.launch("write_at", Shape::of(1, 1), 64LL, d.allocate<float>(64)); });
  tests.faults("out-of-bounds write within the last page", ILLEGAL_ADDRESS,
               {"past the end of the allocation of 12 bytes"},
               [&] { return d.launch("write_at", Shape::of(1, 1), 3LL, d.allocate<float>(3)); });
  tests.faults("out-of-bounds write by one thread of many", ILLEGAL_ADDRESS,
               {"kernel fill", "block (3,0,0), thread (8,0,0)"}, [&] {
                 return d.launch("fill", Shape::of(4, 64), 201, 1.0f, d.allocate<float>(200));
               });
  tests.faults("read before the start", ILLEGAL_ADDRESS,
               {"reads 4 bytes", "4 bytes before the allocation of 40 bytes"}, [&] {
                 return d.launch("read_at", Shape::of(1, 1), d.allocate<float>(10), -1LL,
                                 d.allocate<float>(1));
               });
  tests.faults("atomic out of bounds", ILLEGAL_ADDRESS, {"updates atomically"},
               [&] { return d.launch("atomic_at", Shape::of(1, 1), 7LL, d.allocate<float>(7)); });
  tests.faults("block copy into the guard page", ILLEGAL_ADDRESS,
               {"kernel copy_block", "past the end of the allocation of 4096 bytes"}, [&] {
                 return d.launch("copy_block", Shape::of(1, 1), d.allocate<char>(100000), 100000LL,
                                 d.allocate<char>(4096));
               });
  tests.faults("use after free", ILLEGAL_ADDRESS, {"the allocation of 400 bytes that was freed"},
               [&] {
                 auto* y = d.allocate<float>(100);
                 cuMemFree_v2(reinterpret_cast<std::uintptr_t>(y));
                 return d.launch("write_at", Shape::of(1, 1), 0LL, y);
               });
  tests.faults("null pointer", ILLEGAL_ADDRESS, {"a null pointer"}, [&] {
    return d.launch("write_at", Shape::of(1, 1), 0LL, static_cast<float*>(nullptr));
  });
  static float on_host[4];
  tests.faults("host pointer", ILLEGAL_ADDRESS, {"a host pointer?"},
               [&] { return d.launch("write_at", Shape::of(1, 1), 0LL, &on_host[0]); });
  tests.faults("misaligned vector load", MISALIGNED, {"kernel scale4_f32", "16 bytes"}, [&] {
    return d.launch("scale4_f32", Shape::of(1, 32), d.allocate<float>(64) + 1, 32,
                    d.allocate<float>(64));
  });
  tests.faults("misaligned vector store of halves", MISALIGNED, {"8 bytes"}, [&] {
    return d.launch("scale4_f16", Shape::of(1, 32), d.allocate<short>(64), 32,
                    d.allocate<short>(64) + 2);
  });
  tests.faults("misaligned load of a pair", MISALIGNED, {"planted_faults.cu:"}, [&] {
    return d.launch("load_pair", Shape::of(1, 1), d.allocate<float>(8), 3, d.allocate<float>(1));
  });
  tests.faults("stack overflow", LAUNCH_FAILED, {"KiB of stack"}, [&] {
    return d.launch("recurse", Shape::of(1, 1), 100000, d.upload<int>({0}), d.allocate<int>(1));
  });
}

void shared_faults(Device& d, Tests& tests) {
  const std::vector<float> x(256, 1.0f);
  tests.faults("missing barrier", LAUNCH_FAILED,
               {"kernel reverse64", "missing barrier", "shared memory that thread number"}, [&] {
                 return d.launch("reverse64", Shape::of(1, 64), d.upload(x), 0,
                                 d.allocate<float>(64));
               });
  tests.faults("barrier of the warp where the block's is needed", LAUNCH_FAILED,
               {"missing barrier"}, [&] {
                 return d.launch("reverse64", Shape::of(1, 64), d.upload(x), 2,
                                 d.allocate<float>(64));
               });
  tests.faults("missing barrier of the warp", LAUNCH_FAILED, {"missing barrier"}, [&] {
    return d.launch("reverse_in_warp", Shape::of(1, 64), d.upload(x), 0, d.allocate<float>(64));
  });
  tests.faults("word changed before the warp has read it", LAUNCH_FAILED, {"missing barrier"}, [&] {
    return d.launch("update_word_of_warp", Shape::of(1, 64), 0, d.allocate<int>(64));
  });
  tests.faults("missing second barrier in a loop", LAUNCH_FAILED, {"missing barrier", "read"}, [&] {
    return d.launch("rounds_without_second_barrier", Shape::of(1, 64), d.allocate<float>(64));
  });
  tests.faults("different values written by several threads", LAUNCH_FAILED,
               {"missing barrier", "writes another value"}, [&] {
                 return d.launch("write_same", Shape::of(1, 32), 0, d.allocate<int>(32));
               });
  tests.faults("atomics before the counter is set", LAUNCH_FAILED, {"missing barrier"}, [&] {
    return d.launch("count_shared", Shape::of(1, 32), 0, d.allocate<int>(32));
  });
  tests.faults("index out of a shared array", ILLEGAL_ADDRESS,
               {"index 64 is out of bounds", "float [64]", "planted_faults.cu:"}, [&] {
                 return d.launch("static_index", Shape::of(1, 1), 64, d.allocate<float>(1));
               });
  tests.faults("dynamic shared memory exceeded", ILLEGAL_ADDRESS,
               {"outside the 128 bytes of dynamic shared memory"}, [&] {
                 return d.launch("dynamic_reverse", Shape::of(1, 32, 128), 32, 1,
                                 d.allocate<float>(32));
               });
}

void divergence(Device& d, Tests& tests) {
  tests.faults("barrier without ended threads", LAUNCH_FAILED,
               {"kernel barrier_for_some", "divergent __syncthreads", "planted_faults.cu:"}, [&] {
                 return d.launch("barrier_for_some", Shape::of(1, 64), 33, d.allocate<float>(64));
               });
  tests.faults("different barriers in two branches", LAUNCH_FAILED,
               {"divergent __syncthreads", "waits at another one"}, [&] {
                 return d.launch("barrier_in_branches", Shape::of(1, 64), 32,
                                 d.allocate<float>(64));
               });
  tests.faults("shuffle without some lanes", LAUNCH_FAILED, {"divergent"}, [&] {
    return d.launch("warp_for_some", Shape::of(1, 32), 20, d.allocate<int>(32));
  });
  tests.faults("mask that does not name the caller", LAUNCH_FAILED, {"mask 0x0000ffff"}, [&] {
    return d.launch("mask_without_caller", Shape::of(1, 32), d.allocate<unsigned>(32));
  });
}

void arithmetic_faults(Device& d, Tests& tests) {
  tests.faults("division by zero", LAUNCH_FAILED, {"division by zero", "planted_faults.cu:"},
               [&] { return d.launch("divide", Shape::of(1, 1), 1, 0, d.allocate<int>(1)); });
  tests.faults("integer overflow", LAUNCH_FAILED, {"signed integer overflow"}, [&] {
    return d.launch("multiply", Shape::of(1, 1), 65536, 65536, d.allocate<int>(1));
  });
  tests.faults("float out of int's range", LAUNCH_FAILED, {"does not fit"},
               [&] { return d.launch("to_int", Shape::of(1, 1), 3e9f, d.allocate<int>(1)); });
  tests.faults("trap", LAUNCH_FAILED, {"__trap()"},
               [&] { return d.launch("trap", Shape::of(1, 1), d.allocate<int>(1)); });
  tests.faults("assertion", ASSERTION, {"assertion failed: a > 0"},
               [&] { return d.launch("positive", Shape::of(1, 1), -1, d.allocate<int>(1)); });
}

// A launch that hardware refuses; the context stays usable.
void refused(Device& d, Tests& tests, const std::string& name, const Shape& shape) {
  tests.run("launch refused: " + name, [&]() -> std::string {
    const int code = d.launch("fill", shape, 1, 1.0f, d.allocate<float>(1));
    return code != INVALID_VALUE     ? "got code " + std::to_string(code)
           : cuCtxSynchronize() != 0 ? "the error sticks"
                                     : "";
  });
}

void launch_limits(Device& d, Tests& tests) {
  refused(d, tests, "1025 threads", Shape::of(1, 1025));
  refused(d, tests, "1056 threads in two dimensions", {{1, 1, 1}, {33, 32, 1}, 0});
  refused(d, tests, "65 threads in z", {{1, 1, 1}, {1, 1, 65}, 0});
  refused(d, tests, "empty block", Shape::of(1, 0));
  refused(d, tests, "empty grid", Shape::of(0, 32));
  refused(d, tests, "65536 blocks in y", {{1, 65536, 1}, {1, 1, 1}, 0});
  refused(d, tests, "48 KiB and 4 bytes of shared memory", Shape::of(1, 1, 48 * 1024 + 4));
  tests.run("shared memory beyond 227 KiB cannot be asked for", [&]() -> std::string {
    return cuFuncSetAttribute(d.function("fill"), 8, 227 * 1024 + 1) == INVALID_VALUE
               ? ""
               : "it was allowed";
  });
}

void unwritten_memory(Device& d, Tests& tests) {
  tests.run("output of a kernel that was never launched is NaN", [&]() -> std::string {
    for (const float value : d.download(d.allocate<float>(1000), 1000)) {
      if (!std::isnan(value)) {
        return "got " + std::to_string(value);
      }
    }
    return "";
  });
  tests.run("shared memory that was never written is NaN in each block", [&]() -> std::string {
    auto* y = d.allocate<float>(32);
    for (int launch = 0; launch < 2; launch++) {
      if (d.launch("read_unwritten", Shape::of(3, 32), y) != 0) {
        return "the launch failed";
      }
      const auto values = d.download(y, 32);
      for (int i = 0; i < 32; i++) {
        if (std::isnan(values[i]) != (i > 0)) {
          return "got " + std::to_string(values[i]) + " at " + std::to_string(i);
        }
      }
    }
    return "";
  });
  tests.run("copies are checked", [&]() -> std::string {
    char host[8] = {};
    auto* y = d.allocate<char>(4);
    const auto address = reinterpret_cast<std::uintptr_t>(y);
    return cuMemcpyHtoD_v2(address, host, 8) != INVALID_VALUE   ? "a copy past the end"
           : cuMemcpyDtoH_v2(host, address + 1, 4) != INVALID_VALUE ? "a read past the end"
           : cuMemFree_v2(address + 1) != INVALID_VALUE         ? "freeing the middle"
           : cuMemFree_v2(address) != 0                         ? "free failed"
           : cuMemFree_v2(address) != INVALID_VALUE             ? "freeing twice"
           : cuMemcpyDtoH_v2(host, address, 4) != INVALID_VALUE ? "a read after free"
                                                                : "";
  });
}

// On hardware the launch returns before the kernel runs.
void deferred_faults(Device& d, Tests& tests) {
  setenv("EMULATION_FAULTS", "deferred", 1);
  tests.run("deferred fault", [&]() -> std::string {
    const int launched = d.launch("write_at", Shape::of(1, 1), 1LL, d.allocate<float>(1));
    const int waited = cuCtxSynchronize();
    return launched == 0 && waited == ILLEGAL_ADDRESS
               ? ""
               : "got codes " + std::to_string(launched) + ", " + std::to_string(waited);
  });
  unsetenv("EMULATION_FAULTS");
}

}  // namespace

void test_planted_faults(Device& device, Tests& tests) {
  memory_faults(device, tests);
  shared_faults(device, tests);
  divergence(device, tests);
  arithmetic_faults(device, tests);
  launch_limits(device, tests);
  unwritten_memory(device, tests);
  deferred_faults(device, tests);
}

// Tests the emulated device: emulation_test PATH_OF_PLANTED_FAULTS_LIBRARY. Exit status 0 if all
// passed. Run once for each EMULATION_SCHEDULE.
#include "device_under_test.h"

Device::Device(const char* library) {
  void* context = nullptr;
  int code = cuInit(0);
  code = code != 0 ? code : cuDevicePrimaryCtxRetain(&context, 0);
  code = code != 0 ? code : cuCtxSetCurrent(context);
  code = code != 0 ? code : cuModuleLoad(&module_, library);
  if (code != 0) {
    std::fprintf(stderr, "emulation_test: cannot open the device with %s, code %d\n", library,
                 code);
    std::exit(2);
  }
}

void* Device::function(const char* name) {
  void* found = nullptr;
  if (cuModuleGetFunction(&found, module_, name) != 0) {
    std::fprintf(stderr, "emulation_test: no kernel %s\n", name);
    std::exit(2);
  }
  return found;
}

std::string Device::explained(int code) {
  const char* text = nullptr;
  cuGetErrorString(code, &text);
  return text == nullptr ? "" : text;
}

void Device::reset() { cuDevicePrimaryCtxReset_v2(0); }

void Tests::run(const std::string& name, const std::function<std::string()>& body) {
  device_.reset();
  const std::string wrong = body();
  if (wrong.empty()) {
    std::printf("ok %s\n", name.c_str());
  } else {
    std::printf("FAILED %s: %s\n", name.c_str(), wrong.c_str());
    failures_++;
  }
  std::fflush(stdout);
  device_.reset();
}

void Tests::faults(const std::string& name, int code, const std::vector<std::string>& words,
                   const std::function<int()>& launch) {
  run(name, [&]() -> std::string {
    const int got = launch();
    const std::string text = Device::explained(code);
    if (got != code) {
      return "got code " + std::to_string(got) + ", expected " + std::to_string(code);
    }
    if (cuCtxSynchronize() != code) {
      return "the error does not stick";
    }
    for (const std::string& word : words) {
      if (text.find(word) == std::string::npos) {
        return "got '" + text + "', expected it to say '" + word + "'";
      }
    }
    device_.reset();
    return cuCtxSynchronize() == 0 ? "" : "the error outlives the reset";
  });
}

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: emulation_test LIBRARY\n");
    return 2;
  }
  setenv("EMULATION_MEMORY_MIB", "256", 0);  // little, so that addresses are soon used again
  Device device(arguments[1]);
  Tests tests(device);
  test_planted_faults(device, tests);
  test_sound_kernels(device, tests);
  test_stream_order(device, tests);
  return tests.failures() == 0 ? 0 : 1;
}

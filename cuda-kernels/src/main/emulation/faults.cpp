// Words a fault as one line and ends the launch with it. Also what makes faults of two kinds that
// the access checks do not see: signals (guard pages, stack overflow) and undefined arithmetic.
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "emulator.h"
#include "fibre.h"

namespace emulation {
namespace {

std::string report;

std::string formatted(const char* format, va_list values) {
  char text[1024];
  std::vsnprintf(text, sizeof(text), format, values);
  return text;
}

std::string file_name(const char* path) {
  const char* slash = std::strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

// "roi_align.cu:123" for an address in a kernel (not in memcpy and the like) if binutils is
// installed; else the offset, for which addr2line gives the line later.
std::string source_line(const void* site) {
  Dl_info library;
  if (!in_kernels(reinterpret_cast<std::uintptr_t>(site)) || dladdr(site, &library) == 0) {
    return "";
  }
  const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(site) -
                                reinterpret_cast<std::uintptr_t>(library.dli_fbase) - 1;
  char text[512];
  std::snprintf(text, sizeof(text), "addr2line -e '%s' 0x%zx 2>/dev/null", library.dli_fname,
                static_cast<std::size_t>(offset));
  std::string line;
  if (FILE* pipe = popen(text, "r")) {
    if (std::fgets(text, sizeof(text), pipe) != nullptr) {
      line = file_name(text);
      line.erase(line.find_last_not_of("\n ") + 1);
    }
    pclose(pipe);
  }
  if (line.empty() || line[0] == '?') {
    std::snprintf(text, sizeof(text), "%s+0x%zx", file_name(library.dli_fname).c_str(),
                  static_cast<std::size_t>(offset));
    return text;
  }
  return line.substr(0, line.find(" (discriminator"));
}

[[noreturn]] void end_launch(int code, const std::string& what, const std::string& where) {
  const uint3 block = blockIdx;
  char text[256];
  std::snprintf(text, sizeof(text), "kernel %s, block (%u,%u,%u), thread (%u,%u,%u)",
                running.launch->kernel->name, block.x, block.y, block.z, threadIdx.x,
                threadIdx.y, threadIdx.z);
  report = std::string(text) + ": " + what + (where.empty() ? "" : " [" + where + "]");
  std::fprintf(stderr, "emulated CUDA: %s\n", report.c_str());
  abandon(code);
}

pthread_t launching_thread;
struct sigaction former_actions[NSIG];
constexpr int SIGNALS[] = {SIGSEGV, SIGBUS, SIGFPE};

const void* interrupted_at(const void* context) {
  const auto* machine = &static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return reinterpret_cast<const void*>(machine->gregs[REG_RIP] + 1);
#elif defined(__aarch64__)
  return reinterpret_cast<const void*>(machine->pc + 1);
#else
  (void)machine;
  return nullptr;
#endif
}

void hand_on(int signal, siginfo_t* details, void* context) {
  const struct sigaction& former = former_actions[signal];
  if ((former.sa_flags & SA_SIGINFO) != 0) {
    former.sa_sigaction(signal, details, context);
  } else if (former.sa_handler != SIG_DFL && former.sa_handler != SIG_IGN) {
    former.sa_handler(signal);
  } else {
    sigaction(signal, &former, nullptr);  // the instruction runs again and ends the process
  }
}

void on_signal(int signal, siginfo_t* details, void* context) {
  // The JVM uses SIGSEGV on its own threads; only a fault inside a running kernel is ours.
  if (running.launch == nullptr || running.thread == nullptr ||
      !pthread_equal(pthread_self(), launching_thread)) {
    hand_on(signal, details, context);
    return;
  }
  const void* site = interrupted_at(context);
  const auto address = reinterpret_cast<std::uintptr_t>(details->si_addr);
  if (signal == SIGFPE) {
    fault(LAUNCH_FAILED, site, "integer division by zero");
  }
  if (fibre_pool().owns(address)) {
    fault(LAUNCH_FAILED, site, "needs more than %zu KiB of stack: recursion or a large local array",
          STACK_BYTES / 1024);
  }
  fault(ILLEGAL_ADDRESS, site, "illegal access at 0x%zx: %s", address,
        device_memory().describe(address).c_str());
}

}  // namespace

void fault(int code, const void* site, const char* format, ...) {
  va_list values;
  va_start(values, format);
  const std::string what = formatted(format, values);
  va_end(values);
  end_launch(code, what, source_line(site));
}

void fault_at(int code, const char* file, unsigned line, const char* format, ...) {
  va_list values;
  va_start(values, format);
  const std::string what = formatted(format, values);
  va_end(values);
  end_launch(code, what, file == nullptr ? "" : file_name(file) + ":" + std::to_string(line));
}

const std::string& last_report() { return report; }

bool deferred() {
  const char* const faults = std::getenv("EMULATION_FAULTS");
  return faults != nullptr && std::strcmp(faults, "deferred") == 0;
}

int fail(int code, const std::string& what) {
  report = what;
  std::fprintf(stderr, "emulated CUDA: %s\n", report.c_str());
  make_sticky(code);
  return deferred() ? SUCCESS : code;
}

SignalGuard::SignalGuard() {
  static char handler_stack[64 * 1024];
  launching_thread = pthread_self();
  stack_t stack = {};
  stack.ss_sp = handler_stack;
  stack.ss_size = sizeof(handler_stack);
  sigaltstack(&stack, &former_stack_);
  struct sigaction action = {};
  action.sa_sigaction = on_signal;
  // Not deferred: a fault leaves the handler by switching stacks and never returns from it.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (const int signal : SIGNALS) {
    sigaction(signal, &action, &former_actions[signal]);
  }
}

SignalGuard::~SignalGuard() {
  for (const int signal : SIGNALS) {
    sigaction(signal, &former_actions[signal], nullptr);
  }
  sigaltstack(&former_stack_, nullptr);
}

}  // namespace emulation

// ---- What -fsanitize=bounds,alignment,... calls. The layouts are those of the sanitizer ABI. ----

namespace {

struct SourceLocation {
  const char* file;
  unsigned line;
  unsigned column;
};

struct TypeDescriptor {
  unsigned short kind;
  unsigned short information;
  char name[1];
};

struct OutOfBounds {
  SourceLocation at;
  const TypeDescriptor* array;
  const TypeDescriptor* index;
};

struct TypeMismatch {
  SourceLocation at;
  const TypeDescriptor* type;
  unsigned char log_alignment;
  unsigned char check;
};

void undefined(const SourceLocation& at, const char* what) {
  if (emulation::running.launch != nullptr) {
    emulation::fault_at(emulation::LAUNCH_FAILED, at.file, at.line, "%s", what);
  }
}

}  // namespace

extern "C" {

void __ubsan_handle_out_of_bounds(const OutOfBounds* data, std::uintptr_t index) {
  if (emulation::running.launch != nullptr) {
    emulation::fault_at(emulation::ILLEGAL_ADDRESS, data->at.file, data->at.line,
                        "index %lld is out of bounds of the array of type %s",
                        static_cast<long long>(index), data->array->name);
  }
}

void __ubsan_handle_type_mismatch_v1(const TypeMismatch* data, std::uintptr_t address) {
  const std::uintptr_t alignment = std::uintptr_t{1} << data->log_alignment;
  if (emulation::running.launch != nullptr && address % alignment != 0) {
    emulation::fault_at(emulation::MISALIGNED_ADDRESS, data->at.file, data->at.line,
                        "misaligned access at 0x%zx: a %s must lie at a multiple of %zu bytes",
                        address, data->type->name, alignment);
  }
}

void __ubsan_handle_divrem_overflow(const SourceLocation* at, std::uintptr_t, std::uintptr_t) {
  undefined(*at, "integer division by zero or overflow in division");
}

void __ubsan_handle_add_overflow(const SourceLocation* at, std::uintptr_t, std::uintptr_t) {
  undefined(*at, "signed integer overflow in an addition; use a wider or an unsigned type");
}

void __ubsan_handle_sub_overflow(const SourceLocation* at, std::uintptr_t, std::uintptr_t) {
  undefined(*at, "signed integer overflow in a subtraction; use a wider or an unsigned type");
}

void __ubsan_handle_mul_overflow(const SourceLocation* at, std::uintptr_t, std::uintptr_t) {
  undefined(*at, "signed integer overflow in a product; use a wider or an unsigned type");
}

void __ubsan_handle_negate_overflow(const SourceLocation* at, std::uintptr_t) {
  undefined(*at, "signed integer overflow in a negation");
}

void __ubsan_handle_shift_out_of_bounds(const SourceLocation* at, std::uintptr_t, std::uintptr_t) {
  undefined(*at, "shift by a negative number or by at least the width of the type");
}

void __ubsan_handle_float_cast_overflow(const SourceLocation* at, std::uintptr_t) {
  undefined(*at, "float does not fit the integer type; __float2int_rz and its like saturate");
}

}  // extern "C"

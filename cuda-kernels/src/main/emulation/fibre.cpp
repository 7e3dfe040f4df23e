#include "fibre.h"

#include <sys/mman.h>

namespace emulation {

#ifdef EMULATION_SLOW_SWITCH

void switch_fibre(Fibre* from, Fibre* to) { swapcontext(&from->context, &to->context); }

void FibrePool::prepare(Fibre* fibre) {
  getcontext(&fibre->context);
  fibre->context.uc_stack.ss_sp = reinterpret_cast<void*>(fibre->low);
  fibre->context.uc_stack.ss_size = fibre->high - fibre->low;
  fibre->context.uc_link = nullptr;
  makecontext(&fibre->context, body_, 0);
}

#else

// Saves the callee-saved registers of the System V ABI on the old stack and takes those of the new
// one: a tenth of swapcontext's time, which makes two system calls for the signal mask.
extern "C" void emulation_switch_stack(void** from, void* to);
asm(R"(
.text
.globl emulation_switch_stack
.hidden emulation_switch_stack
.type emulation_switch_stack, @function
emulation_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size emulation_switch_stack, .-emulation_switch_stack
)");

void switch_fibre(Fibre* from, Fibre* to) {
  emulation_switch_stack(&from->stack_pointer, to->stack_pointer);
}

void FibrePool::prepare(Fibre* fibre) {
  // Six zero registers, the address to "return" to, and a zero return address above it, which ends
  // backtraces and leaves the stack aligned as after a call.
  void** top = reinterpret_cast<void**>(fibre->high) - 8;
  for (int i = 0; i < 8; i++) {
    top[i] = nullptr;
  }
  top[6] = reinterpret_cast<void*>(body_);
  fibre->stack_pointer = top;
}

#endif

FibrePool::FibrePool(void (*body)())
    : body_(body),
      stacks_(reinterpret_cast<std::uintptr_t>(
          reserve(MAX_THREADS * (STACK_BYTES + PAGE), PROT_NONE))) {}

Fibre* FibrePool::take() {
  if (!idle_.empty()) {
    Fibre* fibre = idle_.back();
    idle_.pop_back();
    return fibre;
  }
  auto fibre = std::make_unique<Fibre>();
  fibre->low = stacks_ + all_.size() * (STACK_BYTES + PAGE) + PAGE;
  fibre->high = fibre->low + STACK_BYTES;
  mprotect(reinterpret_cast<void*>(fibre->low), STACK_BYTES, PROT_READ | PROT_WRITE);
  prepare(fibre.get());
  all_.push_back(std::move(fibre));
  return all_.back().get();
}

void FibrePool::restart_all() {
  idle_.clear();
  for (const auto& fibre : all_) {
    prepare(fibre.get());
    idle_.push_back(fibre.get());
  }
}

}  // namespace emulation

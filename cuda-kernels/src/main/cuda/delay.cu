// Keeps the stream busy, so that the host can issue what is to be timed before it begins: without
// it, a kernel shorter than its launch would be timed with the launch.
//
// One block of one thread; __nanosleep sleeps between nothing and twice the time, so the delay is
// about as long as asked for. No memory is touched.
// Source: the stream-blocking kernel of NVIDIA's nvbench, with a fixed time in place of a host flag,
// which cannot hang.
#include "common.cuh"

extern "C" __global__ void __launch_bounds__(1) delay(int microseconds) {
  for (int i = 0; i < microseconds; i++) {
    __nanosleep(1000);
  }
}

REGISTER_KERNEL(delay)

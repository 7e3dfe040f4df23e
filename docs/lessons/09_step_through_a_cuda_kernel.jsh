// Lesson 9: step through a CUDA kernel without a GPU.
//
//     jshell --class-path cli/target/maskrcnn-cli.jar docs/lessons/09_step_through_a_cuda_kernel.jsh
//
// The .cu files of cuda-kernels are also compiled by g++, against a stand-in for the CUDA driver
// that runs blocks one after the other and the threads of a block as fibres. The device is called
// cuda-emulated. It proves logic, never speed, and it finds what a GPU would not tell: which thread
// wrote where. The build makes it where g++ is installed.

import dev.maskrcnn.detection.draw.*;
import dev.maskrcnn.tensor.*;
import dev.maskrcnn.tensor.shape.*;
import dev.maskrcnn.tensor.op.*;
import java.nio.file.*;
import java.util.*;

String folder = "cuda.emulation.dir";
if (System.getProperty(folder) == null) {
  System.setProperty(folder, "cuda-kernels/target/emulation");
}
Device cuda = Device.open("cuda-emulated");
Device reference = Device.reference();

// --- The same contract -----------------------------------------------------------------------
// Twenty values in three rows: softmax on the kernel that a GPU would run, and on the definition.

Philox philox = new Philox(9, 0);
float[] logits = new float[21];
for (int i = 0; i < logits.length; i++) logits[i] = (float) (3 * philox.normal(i));

float[] on(Device device) {
  try (Frame frame = device.push("lesson")) {
    return device.of(Shape.of(3, 7), logits).softmax().toFloats();
  }
}
float[] fast = on(cuda), plain = on(reference);
double worst = 0;
for (int i = 0; i < fast.length; i++) worst = Math.max(worst, Math.abs(fast[i] - plain[i]));
System.out.println("softmax.cu agrees with the reference: " + (worst < 1e-6));
//> softmax.cu agrees with the reference: true

// --- Who computes what? ----------------------------------------------------------------------
// A CUDA kernel is one function, run by many threads that differ in their index only. Most kernels
// here are "grid-stride loops": thread t takes elements t, t + all threads, t + 2 * all threads...
// so any grid is right for any size. This is common.cuh's loop in Java:

int blocks = 2, threads = 4, n = 21;
float[] owner = new float[n];
for (int block = 0; block < blocks; block++)
  for (int thread = 0; thread < threads; thread++)
    for (int i = block * threads + thread; i < n; i += blocks * threads)
      owner[i] = block * threads + thread + 1;
System.out.println(Arrays.toString(owner));
//> [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 1.0, 2.0, 3.0, 4.0, 5.0]
Picture picture = MatrixPicture.of("which thread owns which element", owner, 3, 7).draw();
System.out.println(picture.writePng(Path.of("output/lessons/09_threads.png")));
//> output/lessons/09_threads.png

// --- In a debugger ---------------------------------------------------------------------------
// Every kernel is an ordinary function in the library of the emulation, with line numbers. In a
// second terminal, from the top of the project:
//
//     cd cuda-kernels
//     bash src/main/emulation/build.sh target/emulation libplanted_faults src/test/cuda/planted_faults.cu
//     g++ -std=c++17 -g src/test/cuda/*.cpp target/emulation/libcuda.so.1 \
//         -Wl,-rpath,$PWD/target/emulation -o target/emulation_test
//     EMULATION_SCHEDULE=forward gdb --args target/emulation_test target/emulation/libplanted_faults.so
//     (gdb) set breakpoint pending on
//     (gdb) break planted_faults.cu:52 if threadIdx.x == 5
//     (gdb) run
//     (gdb) print threadIdx
//     (gdb) backtrace
//
// A step over __syncthreads() lets the other threads of the block catch up first, as on hardware.
// cuda-kernels/src/main/emulation/README.md has the whole list of what is checked, and how to do
// the same to the JVM of this very shell:

System.out.println("attach with: gdb -p <the process of this shell>");
//> attach with: gdb -p <the process of this shell>

cuda.close();
reference.close();

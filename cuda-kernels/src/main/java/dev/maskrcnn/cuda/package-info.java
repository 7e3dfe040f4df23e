/**
 * The CUDA backend: hand-written kernels ({@code src/main/cuda}), launched through the driver API.
 *
 * <p>Read first {@link dev.maskrcnn.cuda.CudaRuntime} (a device: stream, memory, parameters), then
 * {@link dev.maskrcnn.cuda.KernelFunction} (a launch), {@link dev.maskrcnn.cuda.CudaKernels} (op to
 * launcher) and one launcher class with the {@code .cu} file beside it. Convolutions are cuDNN's
 * ({@link dev.maskrcnn.cuda.Conv2dCudnn}, {@link dev.maskrcnn.cuda.ConvolutionRunner} and, for the
 * choice of algorithms, {@link dev.maskrcnn.cuda.ConvolutionPlans}), matrix products cuBLAS's
 * ({@link dev.maskrcnn.cuda.MatMulCublas}).
 *
 * <p>Invariants: nothing native of CUDA is loaded until a device is opened. All work goes to one
 * stream, in order, which is why freed blocks can be handed out at once; only {@link
 * dev.maskrcnn.cuda.CopyStream} has another, and blocks of its own. A launcher never waits for the
 * device and allocates nothing but scratch. Every return code is looked at; faults of kernels show
 * at the next wait and are told with the kernels launched since the last one ({@code
 * -Dcuda.debug=sync} waits after each).
 *
 * <p>{@link dev.maskrcnn.cuda.CudaCapture} makes a {@link dev.maskrcnn.cuda.CudaGraph} of a pass;
 * its memory is {@link dev.maskrcnn.cuda.GraphMemory}, asked for in the order of a rehearsal.
 * {@link dev.maskrcnn.cuda.CudaActivity} counts launches, waits and allocations; a test of module
 * {@code detection} holds what a training step may cost.
 *
 * <p>To add a kernel: write it in the {@code .cu} file of its family, launch it from the class of
 * the same family with the parameters in the same order, register the op there, list the class in
 * {@code CudaKernels}. The kernel contract of module {@code tensor} tests it on the emulation, and
 * on a GPU with {@code -Dcuda.device=cuda}.
 */
package dev.maskrcnn.cuda;

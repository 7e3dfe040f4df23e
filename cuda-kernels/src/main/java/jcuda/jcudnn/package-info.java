/**
 * The Java half of JCudnn for cuDNN 9: only what the CUDA backend calls. JCuda publishes the native
 * half ({@code org.jcuda:jcudnn-natives:12.6.0}) but no Java classes that go with it, so these are
 * written here to its exported names.
 *
 * <p>Invariants: names and signatures are those of the native library ({@code nm -D}); its loading
 * looks up the classes of performance results, {@link jcuda.jcudnn.cudnnDebug} with all fields, and
 * {@link jcuda.jcudnn.cudnnCallback}, used or not. Pointers of {@code jcuda.Pointer} are passed on
 * as they are; scalars are pointers to host memory.
 */
package jcuda.jcudnn;

package dev.maskrcnn.cuda;

import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/**
 * Copies between host buffers of any kind and the device through two page-locked chunks: the device
 * reads one while the host fills the other. Chunks are made at the first copy.
 */
final class Staging implements AutoCloseable {
  private static final int CHUNK_BYTES = 4 << 20;

  private final CudaRuntime cuda;
  private final Chunk[] chunks = new Chunk[2];

  Staging(CudaRuntime cuda) {
    this.cuda = cuda;
  }

  /** Enqueues a copy; the source was read when this returns. */
  void upload(ByteBuffer source, long target) {
    cuda.bind();
    ByteBuffer rest = source.duplicate();
    for (int i = 0; rest.hasRemaining(); i ^= 1) {
      Chunk chunk = chunk(i);
      chunk.await();
      int n = Math.min(CHUNK_BYTES, rest.remaining());
      chunk.bytes.put(0, rest, rest.position(), n);
      long at = target + (rest.position() - source.position());
      rest.position(rest.position() + n);
      int code =
          JCudaDriver.cuMemcpyHtoDAsync(new DevicePointer(at), chunk.pointer, n, cuda.stream());
      cuda.log().check(code, "copying " + n + " bytes to the device");
      chunk.record();
    }
  }

  /** Waits for the work issued so far and copies to the buffer from position to limit. */
  void download(long source, ByteBuffer target) {
    cuda.bind();
    Chunk earlier = null;
    long at = source;
    for (int i = 0, left = target.remaining(); left > 0; i ^= 1) {
      int n = Math.min(CHUNK_BYTES, left);
      Chunk chunk = chunk(i);
      chunk.await();
      int code =
          JCudaDriver.cuMemcpyDtoHAsync(chunk.pointer, new DevicePointer(at), n, cuda.stream());
      cuda.log().check(code, "copying " + n + " bytes from the device");
      chunk.record();
      if (earlier != null) {
        earlier.takeTo(target, CHUNK_BYTES);
      }
      earlier = chunk;
      at += n;
      left -= n;
    }
    if (earlier != null) {
      earlier.takeTo(target, target.remaining());
      cuda.log().settle(0, "copying from the device");
    }
  }

  private Chunk chunk(int i) {
    if (chunks[i] == null) {
      chunks[i] = new Chunk();
    }
    return chunks[i];
  }

  @Override
  public void close() {
    for (int i = 0; i < chunks.length; i++) {
      if (chunks[i] != null) {
        chunks[i].close();
        chunks[i] = null;
      }
    }
  }

  /** Page-locked memory and the event that tells when the device is done with it. */
  private final class Chunk {
    final Pointer pointer = new Pointer();
    final ByteBuffer bytes;
    private final CUevent done = new CUevent();
    private boolean busy;

    Chunk() {
      CudaResult.check(
          JCudaDriver.cuMemHostAlloc(pointer, CHUNK_BYTES, 0),
          cuda.name() + ": " + CHUNK_BYTES + " bytes of page-locked memory");
      this.bytes = pointer.getByteBuffer(0, CHUNK_BYTES);
      CudaResult.check(
          JCudaDriver.cuEventCreate(done, CUevent_flags.CU_EVENT_DISABLE_TIMING),
          cuda.name() + ": an event");
    }

    void record() {
      cuda.log().check(JCudaDriver.cuEventRecord(done, cuda.stream()), "recording an event");
      busy = true;
    }

    void await() {
      if (busy) {
        cuda.log().check(JCudaDriver.cuEventSynchronize(done), "waiting for a copy");
        busy = false;
      }
    }

    void takeTo(ByteBuffer target, int n) {
      await();
      target.put(bytes.slice(0, n));
    }

    void close() {
      CudaResult.check(JCudaDriver.cuEventDestroy(done), cuda.name() + ": closing an event");
      CudaResult.check(
          JCudaDriver.cuMemFreeHost(pointer), cuda.name() + ": freeing page-locked memory");
    }
  }
}

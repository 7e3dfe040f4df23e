package dev.maskrcnn.cuda;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/**
 * Copies between host buffers of any kind and the device through page-locked memory. An upload is
 * written to a block that no copy uses at the time; there are as many blocks as copies are under
 * way, up to a limit, so in the steady state an upload neither waits nor allocates. Downloads go
 * through two chunks: the device fills one while the host empties the other.
 */
final class Staging implements AutoCloseable {
  private static final int CHUNK_BYTES = 4 << 20;
  private static final int SMALLEST = 4096;

  /** Page-locked memory is taken from the whole machine: beyond this, uploads wait. */
  private static final long MOST_BYTES = 1L << 30;

  private final CudaRuntime cuda;
  private final CUstream stream;
  private final Runnable counter;
  private final Block[] chunks = new Block[2];
  private final ArrayDeque<Block> uploads = new ArrayDeque<>();
  private long uploadBytes;

  /**
   * Copies on a stream.
   *
   * @param counter is told of each copy
   */
  Staging(CudaRuntime cuda, CUstream stream, Runnable counter) {
    this.cuda = cuda;
    this.stream = stream;
    this.counter = counter;
  }

  /** Enqueues a copy; the source was read when this returns. */
  void upload(ByteBuffer source, long target) {
    cuda.bind();
    ByteBuffer rest = source.duplicate();
    while (rest.hasRemaining()) {
      int n = (int) Math.min(MOST_BYTES / 4, rest.remaining());
      Block block = idle(n);
      block.bytes.put(0, rest, rest.position(), n);
      long at = target + (rest.position() - source.position());
      rest.position(rest.position() + n);
      int code = JCudaDriver.cuMemcpyHtoDAsync(new DevicePointer(at), block.pointer, n, stream);
      cuda.log().check(code, "copying " + n + " bytes to the device");
      counter.run();
      block.record();
    }
  }

  /** A block of at least so many bytes that no copy uses; the oldest come first. */
  private Block idle(int bytes) {
    for (Iterator<Block> i = uploads.iterator(); i.hasNext(); ) {
      Block block = i.next();
      if (block.capacity >= bytes && block.capacity / 4 <= Math.max(bytes, SMALLEST)) {
        if (block.isDone()) {
          i.remove();
          uploads.addLast(block);
          return block;
        }
      }
    }
    int capacity = Math.max(SMALLEST, Integer.highestOneBit(Math.max(bytes - 1, 1)) << 1);
    while (uploadBytes + capacity > MOST_BYTES) {
      Block oldest = uploads.removeFirst();
      oldest.await();
      oldest.close();
      uploadBytes -= oldest.capacity;
    }
    Block made = new Block(capacity);
    uploads.addLast(made);
    uploadBytes += capacity;
    return made;
  }

  /** Waits for the work issued so far and copies to the buffer from position to limit. */
  void download(long source, ByteBuffer target) {
    cuda.bind();
    Block earlier = null;
    long at = source;
    for (int i = 0, left = target.remaining(); left > 0; i ^= 1) {
      int n = Math.min(CHUNK_BYTES, left);
      Block chunk = chunk(i);
      chunk.await();
      int code = JCudaDriver.cuMemcpyDtoHAsync(chunk.pointer, new DevicePointer(at), n, stream);
      cuda.log().check(code, "copying " + n + " bytes from the device");
      counter.run();
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

  private Block chunk(int i) {
    if (chunks[i] == null) {
      chunks[i] = new Block(CHUNK_BYTES);
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
    uploads.forEach(Block::close);
    uploads.clear();
    uploadBytes = 0;
  }

  /** Page-locked memory and the event that tells when the device is done with it. */
  private final class Block {
    final Pointer pointer = new Pointer();
    final int capacity;
    final ByteBuffer bytes;
    private final CUevent done = new CUevent();
    private boolean busy;

    Block(int capacity) {
      this.capacity = capacity;
      cuda.activity().allocated();
      CudaResult.check(
          JCudaDriver.cuMemHostAlloc(pointer, capacity, 0),
          cuda.name() + ": " + capacity + " bytes of page-locked memory");
      this.bytes = pointer.getByteBuffer(0, capacity);
      CudaResult.check(
          JCudaDriver.cuEventCreate(done, CUevent_flags.CU_EVENT_DISABLE_TIMING),
          cuda.name() + ": an event");
    }

    void record() {
      cuda.log().check(JCudaDriver.cuEventRecord(done, stream), "recording an event");
      busy = true;
    }

    boolean isDone() {
      busy = busy && JCudaDriver.cuEventQuery(done) != CUresult.CUDA_SUCCESS;
      return !busy;
    }

    void await() {
      if (busy) {
        cuda.activity().waited();
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

package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.spi.HostRead;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * Copies to the host that nobody waits for until their numbers are wanted: into page-locked memory,
 * with an event behind each. Memory and events are used again once a copy was taken.
 */
final class PinnedReads implements AutoCloseable {
  private static final int SMALLEST = 4096;

  private final CudaRuntime cuda;
  private final List<Slot> all = new ArrayList<>();
  private final ArrayDeque<Slot> free = new ArrayDeque<>();

  PinnedReads(CudaRuntime cuda) {
    this.cuda = cuda;
  }

  /** Enqueues a copy behind all work issued so far. */
  HostRead begin(long source, int bytes) {
    cuda.bind();
    Slot slot = slot(bytes);
    if (bytes > 0) {
      int code =
          JCudaDriver.cuMemcpyDtoHAsync(
              slot.pointer, new DevicePointer(source), bytes, cuda.stream());
      cuda.log().check(code, "copying " + bytes + " bytes from the device");
      cuda.activity().copied();
    }
    cuda.log().check(JCudaDriver.cuEventRecord(slot.done, cuda.stream()), "recording an event");
    return new Read(slot, bytes);
  }

  private Slot slot(int bytes) {
    for (Iterator<Slot> i = free.iterator(); i.hasNext(); ) {
      Slot slot = i.next();
      if (slot.capacity >= bytes) {
        i.remove();
        return slot;
      }
    }
    Slot made = new Slot(Math.max(SMALLEST, Integer.highestOneBit(Math.max(bytes - 1, 1)) << 1));
    all.add(made);
    return made;
  }

  private final class Read implements HostRead {
    private final Slot slot;
    private final int bytes;
    private boolean taken;

    Read(Slot slot, int bytes) {
      this.slot = slot;
      this.bytes = bytes;
    }

    @Override
    public boolean done() {
      return taken || JCudaDriver.cuEventQuery(slot.done) == CUresult.CUDA_SUCCESS;
    }

    @Override
    public ByteBuffer await() {
      if (taken) {
        throw new CudaException("read: its bytes were taken before");
      }
      taken = true;
      cuda.bind();
      cuda.activity().read();
      cuda.log().settle(JCudaDriver.cuEventSynchronize(slot.done), "reading from the device");
      ByteBuffer content = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
      content.put(slot.bytes.slice(0, bytes)).flip();
      free.push(slot);
      return content;
    }
  }

  private final class Slot {
    final Pointer pointer = new Pointer();
    final CUevent done = new CUevent();
    final int capacity;
    final ByteBuffer bytes;

    Slot(int capacity) {
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

    void close() {
      CudaResult.check(JCudaDriver.cuEventDestroy(done), cuda.name() + ": closing an event");
      CudaResult.check(
          JCudaDriver.cuMemFreeHost(pointer), cuda.name() + ": freeing page-locked memory");
    }
  }

  @Override
  public void close() {
    all.forEach(Slot::close);
    all.clear();
    free.clear();
  }
}

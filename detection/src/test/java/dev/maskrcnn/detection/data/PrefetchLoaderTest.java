package dev.maskrcnn.detection.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.data.PrefetchLoader.Settings;
import dev.maskrcnn.detection.image.ImageFormatException;
import dev.maskrcnn.detection.image.Resampling;
import dev.maskrcnn.detection.image.ResizeRule;
import dev.maskrcnn.tensor.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PrefetchLoaderTest {
  private static final String NAME = "prefetch-test";

  @TempDir Path folder;

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(NAME))
        .toList();
  }

  /** A pool has ended a moment before its threads have. */
  @AfterEach
  void noThreadIsLeft() throws InterruptedException {
    for (Thread thread : threads()) {
      thread.join(10_000);
      assertFalse(thread.isAlive(), thread.getName());
    }
  }

  private static Iterator<Integer> numbers(int count) {
    return IntStream.range(0, count).iterator();
  }

  @Test
  void deliversInOrderWhateverFinishesFirst() {
    // Every even number waits until the odd one after it is done.
    CountDownLatch[] done =
        IntStream.range(0, 101).mapToObj(i -> new CountDownLatch(1)).toArray(CountDownLatch[]::new);
    Function<Integer, Integer> load =
        i -> {
          if (i % 2 == 0) {
            await(done[i + 1]);
          }
          done[i].countDown();
          return i * i;
        };
    try (PrefetchLoader<Integer> loader =
        new PrefetchLoader<>(new Settings(NAME, 4, 6), numbers(100), load)) {
      for (int i = 0; i < 100; i++) {
        assertTrue(loader.hasNext());
        assertEquals(i * i, loader.next());
      }
      assertFalse(loader.hasNext());
      assertThrows(NoSuchElementException.class, loader::next);
      assertTrue(loader.waitNanos() > 0);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void neverRunsFurtherAheadThanAllowed() {
    AtomicInteger started = new AtomicInteger();
    try (PrefetchLoader<Integer> loader =
        new PrefetchLoader<>(
            new Settings(NAME, 3, 5),
            numbers(50),
            i -> {
              started.incrementAndGet();
              return i;
            })) {
      for (int taken = 0; taken < 50; taken++) {
        assertTrue(started.get() <= taken + 5, started + " started, " + taken + " taken");
        loader.next();
      }
    }
    assertEquals(50, started.get());
  }

  @Test
  void failureComesOutAtItsBatchAsThrown() {
    ImageFormatException failure = new ImageFormatException("photo.jpg: broken");
    PrefetchLoader<Integer> loader =
        new PrefetchLoader<>(
            new Settings(NAME, 2, 4),
            numbers(10),
            i -> {
              if (i == 3) {
                throw failure;
              }
              return i;
            });
    try (loader) {
      for (int i = 0; i < 3; i++) {
        assertEquals(i, loader.next());
      }
      assertSame(failure, assertThrows(ImageFormatException.class, loader::next));
      assertFalse(loader.hasNext());
      assertThrows(NoSuchElementException.class, loader::next);
    }
  }

  @Test
  void errorsComeOutToo() {
    try (PrefetchLoader<Integer> loader =
        new PrefetchLoader<>(
            new Settings(NAME, 1, 1),
            numbers(1),
            i -> {
              throw new StackOverflowError("deep");
            })) {
      assertThrows(StackOverflowError.class, loader::next);
    }
  }

  @Test
  void failingPlansLeaveNoThreads() {
    Iterator<Integer> plans =
        new Iterator<>() {
          private int next;

          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public Integer next() {
            if (next == 2) {
              throw new DataException("no plan");
            }
            return next++;
          }
        };
    assertThrows(
        DataException.class,
        () -> new PrefetchLoader<Integer>(new Settings(NAME, 2, 4), plans, i -> i));
  }

  @Test
  void closesWhileThreadsAreBusyAndQueueIsFull() {
    CountDownLatch never = new CountDownLatch(1);
    PrefetchLoader<Integer> loader =
        new PrefetchLoader<>(
            new Settings(NAME, 3, 8),
            numbers(1000),
            i -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return i;
            });
    long start = System.nanoTime();
    loader.close();
    loader.close();
    assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(10));
    assertFalse(loader.hasNext());
  }

  @Test
  void threadsAreNamedDaemons() {
    CountDownLatch seen = new CountDownLatch(1);
    try (PrefetchLoader<Integer> loader =
        new PrefetchLoader<>(
            new Settings(NAME, 2, 2),
            numbers(2),
            i -> {
              await(seen);
              return i;
            })) {
      assertEquals(2, threads().size());
      assertTrue(threads().stream().allMatch(Thread::isDaemon));
      seen.countDown();
      loader.next();
      loader.next();
    }
  }

  @Test
  void interruptedConsumerStops() {
    CountDownLatch never = new CountDownLatch(1);
    PrefetchLoader<Integer> loader =
        new PrefetchLoader<>(
            new Settings(NAME, 1, 1),
            numbers(5),
            i -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return i;
            });
    try (loader) {
      Thread.currentThread().interrupt();
      assertThrows(DataException.class, loader::next);
      assertTrue(Thread.interrupted(), "the flag must stay set");
    }
  }

  @Test
  void settingsAreChecked() {
    assertThrows(DataException.class, () -> new Settings(NAME, 0, 1));
    assertThrows(DataException.class, () -> new Settings(NAME, 4, 3));
  }

  /** Real photos with flips: one thread and four give the same numbers. */
  @Test
  void numberOfThreadsChangesNothing() {
    Path data = TestData.path("coco_ccby");
    CocoDataset dataset = CocoDataset.load(data.resolve("annotations/instances_photos.json"), data);
    CocoSource source = CocoSource.forTraining(dataset, 1);
    BatchLoader load =
        new BatchLoader(
            source,
            new BatchLoader.Settings(
                List.of(new SampleTransform(new ResizeRule(100, 167), Resampling.PILLOW, 1)),
                PixelNormalization.caffe2(),
                32,
                Augmentation.flips(0.5),
                17));
    EpochBatches epochs =
        new GroupedBatchSampler(
            EpochOrder.shuffled(source.size(), 17), GroupedBatchSampler.byAspect(source), 3);
    List<ImageBatch> one = all(new Settings(NAME, 1, 1), epochs, load);
    List<ImageBatch> four = all(new Settings(NAME, 4, 9), epochs, load);
    assertEquals(20, one.size());
    boolean flipped = false;
    for (int i = 0; i < one.size(); i++) {
      assertArrayEquals(one.get(i).pixels(), four.get(i).pixels());
      for (int k = 0; k < one.get(i).count(); k++) {
        Sample sample = one.get(i).samples().get(k);
        assertArrayEquals(sample.targets().boxes(), four.get(i).samples().get(k).targets().boxes());
        flipped |= sample.flipped();
      }
    }
    assertTrue(flipped);
  }

  private static List<ImageBatch> all(Settings settings, EpochBatches epochs, BatchLoader load) {
    List<ImageBatch> out = new ArrayList<>();
    try (PrefetchLoader<ImageBatch> loader =
        new PrefetchLoader<>(settings, new IterationBatches(epochs, 0, 20), load)) {
      loader.forEachRemaining(out::add);
    }
    return out;
  }

  @Test
  void brokenImageIsNamed() throws IOException {
    Path broken =
        Files.write(
            folder.resolve("broken.jpg"), new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, 0});
    Path json = folder.resolve("a.json");
    Files.writeString(
        json,
        """
        {"images": [{"id": 1, "file_name": "broken.jpg", "width": 2, "height": 2}],
         "categories": [{"id": 1, "name": "a"}],
         "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0,
           "bbox": [0, 0, 2, 2], "area": 4, "segmentation": [[0, 0, 2, 0, 2, 2]]}]}
        """);
    CocoSource source = CocoSource.forTraining(CocoDataset.load(json, folder), 1);
    BatchLoader load =
        new BatchLoader(
            source,
            new BatchLoader.Settings(
                List.of(new SampleTransform(new ResizeRule(4, 8), Resampling.PILLOW, 1)),
                PixelNormalization.caffe2(),
                0,
                Augmentation.NONE,
                1));
    EpochBatches epochs = new GroupedBatchSampler(EpochOrder.sequential(1), new int[1], 1);
    try (PrefetchLoader<ImageBatch> loader =
        new PrefetchLoader<>(new Settings(NAME, 2, 2), IterationBatches.singlePass(epochs), load)) {
      ImageFormatException e = assertThrows(ImageFormatException.class, loader::next);
      assertTrue(e.getMessage().startsWith(broken.toString()), e.getMessage());
    }
  }
}

package dev.maskrcnn.detection.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Orders, batches and iterations; the grouped vectors are maskrcnn-benchmark's own tests. */
class SamplingTest {
  private static final int[] GROUPS = {0, 0, 1, 0, 1, 1, 0, 1, 1, 0};

  private static List<List<Integer>> lists(List<int[]> batches) {
    return batches.stream().map(b -> Arrays.stream(b).boxed().toList()).toList();
  }

  private static List<List<Integer>> grouped(EpochOrder order, int size, boolean dropUneven) {
    return lists(new GroupedBatchSampler(order, GROUPS, size, dropUneven).batches(0));
  }

  @Test
  void groupedVectors() {
    EpochOrder sequential = EpochOrder.sequential(10);
    assertEquals(
        List.of(List.of(0, 1, 3), List.of(2, 4, 5), List.of(6, 9), List.of(7, 8)),
        grouped(sequential, 3, false));
    assertEquals(
        List.of(List.of(0, 1, 3, 6), List.of(2, 4, 5, 7), List.of(8), List.of(9)),
        grouped(sequential, 4, false));
    assertEquals(
        List.of(List.of(5, 8), List.of(0, 6, 1), List.of(3)),
        grouped(epoch -> new int[] {5, 0, 6, 1, 3, 8}, 3, false));
  }

  @Test
  void unevenBatchesCanBeDropped() {
    assertEquals(
        List.of(List.of(0, 1, 3), List.of(2, 4, 5)), grouped(EpochOrder.sequential(10), 3, true));
  }

  @Test
  void everyImageOncePerEpochInOneGroupPerBatch() {
    int[] groups = new int[1001];
    for (int i = 0; i < groups.length; i++) {
      groups[i] = i * 7 % 3;
    }
    GroupedBatchSampler sampler = new GroupedBatchSampler(EpochOrder.shuffled(1001, 5), groups, 16);
    for (long epoch = 0; epoch < 3; epoch++) {
      Set<Integer> seen = new HashSet<>();
      for (int[] batch : sampler.batches(epoch)) {
        assertTrue(batch.length >= 1 && batch.length <= 16);
        for (int index : batch) {
          assertEquals(groups[batch[0]], groups[index]);
          assertTrue(seen.add(index));
        }
      }
      assertEquals(1001, seen.size());
    }
  }

  @Test
  void shufflesArePermutationsThatDependOnSeedAndEpoch() {
    int[] first = EpochOrder.shuffled(500, 1).indices(0);
    int[] sorted = first.clone();
    Arrays.sort(sorted);
    assertArrayEquals(EpochOrder.sequential(500).indices(0), sorted);
    assertArrayEquals(first, EpochOrder.shuffled(500, 1).indices(0));
    assertFalse(Arrays.equals(first, EpochOrder.shuffled(500, 1).indices(1)));
    assertFalse(Arrays.equals(first, EpochOrder.shuffled(500, 2).indices(0)));
    assertEquals(0, EpochOrder.shuffled(0, 1).indices(0).length);
  }

  /** Each image should land on each place about equally often: chi-square with 81 cells. */
  @Test
  void shufflesAreUniform() {
    int[][] counts = new int[9][9];
    int epochs = 9000;
    for (int epoch = 0; epoch < epochs; epoch++) {
      int[] order = EpochOrder.shuffled(9, 42).indices(epoch);
      for (int place = 0; place < 9; place++) {
        counts[place][order[place]]++;
      }
    }
    double chi = 0;
    for (int[] row : counts) {
      for (int n : row) {
        chi += (n - epochs / 9.0) * (n - epochs / 9.0) / (epochs / 9.0);
      }
    }
    assertTrue(chi < 112, "chi-square " + chi + " at 64 degrees of freedom (p < 0.0002)");
  }

  @Test
  void choicesAreEquallyLikelyAndNotTiedToTheFlips() {
    int[][] counts = new int[3][2];
    for (int epoch = 0; epoch < 10; epoch++) {
      DataRandom random = new DataRandom(3, epoch);
      for (int i = 0; i < 900; i++) {
        int choice = random.choice(i, 3);
        assertEquals(choice, new DataRandom(3, epoch).choice(i, 3));
        assertEquals(0, random.choice(i, 1));
        counts[choice][random.flip(i, 0.5) ? 1 : 0]++;
      }
    }
    for (int[] byFlip : counts) {
      assertTrue(Math.abs(byFlip[0] - 1500) < 150, byFlip[0] + " of 9000");
      assertTrue(Math.abs(byFlip[1] - 1500) < 150, byFlip[1] + " of 9000");
    }
  }

  @Test
  void flipsComeAtTheirRateAndDoNotDependOnTheBatch() {
    int flips = 0;
    for (int epoch = 0; epoch < 10; epoch++) {
      DataRandom random = new DataRandom(3, epoch);
      for (int i = 0; i < 1000; i++) {
        boolean flip = random.flip(i, 0.5);
        assertEquals(flip, new DataRandom(3, epoch).flip(i, 0.5));
        flips += flip ? 1 : 0;
        assertFalse(random.flip(i, 0));
        assertTrue(random.flip(i, 1));
      }
    }
    assertTrue(Math.abs(flips - 5000) < 250, flips + " flips of 10000");
  }

  @Test
  void shardsAreContiguousBlocksOfThePaddedOrder() {
    EpochOrder all = EpochOrder.sequential(7);
    assertArrayEquals(new int[] {0, 1, 2}, all.shard(0, 3).indices(0));
    assertArrayEquals(new int[] {3, 4, 5}, all.shard(1, 3).indices(0));
    assertArrayEquals(new int[] {6, 0, 1}, all.shard(2, 3).indices(0));
    assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5, 6}, all.shard(0, 1).indices(0));
    assertThrows(DataException.class, () -> all.shard(3, 3));
  }

  @Test
  void resumedRunSeesTheSameBatches() {
    EpochBatches epochs =
        new GroupedBatchSampler(EpochOrder.shuffled(10, 11).shard(1, 2), GROUPS, 2);
    List<PlannedBatch> whole = new ArrayList<>();
    new IterationBatches(epochs, 0, 40).forEachRemaining(whole::add);
    assertEquals(40, whole.size());
    assertNotEquals(whole.get(0).epoch(), whole.get(39).epoch());
    for (int start = 0; start <= 40; start++) {
      IterationBatches resumed = new IterationBatches(epochs, start, 40);
      for (int i = start; i < 40; i++) {
        PlannedBatch batch = resumed.next();
        assertEquals(i, batch.iteration());
        assertEquals(whole.get(i).epoch(), batch.epoch());
        assertArrayEquals(whole.get(i).indices(), batch.indices());
      }
      assertFalse(resumed.hasNext());
      assertThrows(NoSuchElementException.class, resumed::next);
    }
  }

  @Test
  void iterationsStopInTheMiddleOfAnEpochOrGoOnWithTheNext() {
    EpochBatches epochs =
        new GroupedBatchSampler(EpochOrder.sequential(10), GroupedBatchSampler.ungrouped(10), 4);
    List<Integer> sizes = new ArrayList<>();
    new IterationBatches(epochs, 0, 5).forEachRemaining(b -> sizes.add(b.indices().length));
    assertEquals(List.of(4, 4, 2, 4, 4), sizes);
    List<Long> pass = new ArrayList<>();
    IterationBatches.singlePass(epochs).forEachRemaining(b -> pass.add(b.epoch()));
    assertEquals(List.of(0L, 0L, 0L), pass);
    assertFalse(new IterationBatches(epochs, 9, 5).hasNext());
  }

  @Test
  void impossibleSettingsAreRejected() {
    EpochBatches none = epoch -> List.of();
    assertThrows(DataException.class, () -> new IterationBatches(none, 0, 5));
    assertFalse(IterationBatches.singlePass(none).hasNext());
    assertThrows(DataException.class, () -> new IterationBatches(none, -1, 5));
    assertThrows(
        DataException.class,
        () -> new GroupedBatchSampler(EpochOrder.sequential(1), new int[1], 0));
  }
}

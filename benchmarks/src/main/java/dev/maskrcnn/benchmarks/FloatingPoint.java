package dev.maskrcnn.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Counts floating-point work, which JMH reports per second beside the invocations. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class FloatingPoint {
  /** 10⁹ floating-point operations done; JMH clears it before each iteration. */
  public double gflop;
}

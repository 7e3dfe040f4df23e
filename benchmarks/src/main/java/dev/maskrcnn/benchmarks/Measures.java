package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.op.Op;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The ops that the benchmarks of a class run by themselves, so that a test can name the kernels
 * that nobody measures. A benchmark of a whole pass is not annotated: it measures no single op.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Measures {
  /** Op types of the catalogue. */
  Class<? extends Op>[] value();
}

/**
 * What programs and backends tell each other about a device: the values that cross {@link
 * dev.maskrcnn.tensor.Device} on their way to a backend of {@code tensor.spi} and back.
 *
 * <p>Invariants: immutable values; nothing here computes.
 */
package dev.maskrcnn.tensor.device;

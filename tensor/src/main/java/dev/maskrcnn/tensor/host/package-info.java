/**
 * Memory of the host, shared by the backends that run on it. Blocks are 64-byte aligned, live
 * outside of the Java heap, and are freed by scope, never by the garbage collector.
 */
package dev.maskrcnn.tensor.host;

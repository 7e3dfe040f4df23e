/**
 * Tensors in files, as plain host arrays: safetensors and the atomic writing of any file.
 *
 * <p>Purpose: carry named arrays between programs. Nothing here knows devices, layouts or autograd;
 * the weights package of the detection module decides what the names mean and permutes layouts.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>{@link dev.maskrcnn.tensor.io.HostTensor} data is little-endian, row-major and exactly as
 *       long as its shape says; nobody can change it afterwards.
 *   <li>Reading validates everything before the first tensor is handed out. A damaged or hostile
 *       file ends in a {@link dev.maskrcnn.tensor.io.TensorFileException} of one line and never in
 *       another exception, a huge allocation or a read outside the file.
 *   <li>A written file is complete or not there: {@link dev.maskrcnn.tensor.io.AtomicFile}.
 * </ul>
 *
 * <p>Read first: {@code HostTensor}, then {@code Safetensors}. A new element type is one line of
 * {@link dev.maskrcnn.tensor.io.TensorType} and one case in {@code HostTensor}; a new container
 * format is a class beside {@code Safetensors} that returns host tensors.
 */
package dev.maskrcnn.tensor.io;

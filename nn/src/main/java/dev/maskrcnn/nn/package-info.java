/**
 * Layers. Read {@link dev.maskrcnn.nn.Module} (a part of a model), {@link dev.maskrcnn.nn.Scope}
 * (where its parameters are made and named), {@link dev.maskrcnn.nn.Pass} (one run, training or
 * not), then any layer.
 *
 * <p>Invariants: names are those of the original's state dict; the order of construction is the
 * order of the parameters; modules hold no mode and no activations; a norm that never changes is
 * folded into the convolution before it.
 *
 * <p>A new layer is a {@code final class} that extends {@code Module}, makes its parameters in the
 * constructor and wraps the body of its {@code forward} in {@code call}.
 *
 * <p>Precision is a matter of the pass: what {@link dev.maskrcnn.nn.Pass} makes carries it, and
 * every op on that follows it.
 *
 * <p>API: all public types; a layer of your own uses {@code Module}, {@code Scope}, {@code Pass},
 * {@code Parameter} and {@code Initializer}.
 */
package dev.maskrcnn.nn;

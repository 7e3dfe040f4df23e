package dev.maskrcnn.nn;

import dev.maskrcnn.autograd.Variable;

/** A convolution with whatever follows it: bias, norm, shortcut, ReLU. */
public interface ConvLayer {
  /** {@code [N,H,W,I]} → {@code [N,H',W',O]}. */
  Variable forward(Pass pass, Variable x);

  /** With a shortcut of the shape of the output, added before the ReLU. */
  Variable forward(Pass pass, Variable x, Variable residual);
}

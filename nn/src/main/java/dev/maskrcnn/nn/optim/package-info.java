/**
 * Optimisation: {@link dev.maskrcnn.nn.optim.Sgd} updates parameters in place, {@link
 * dev.maskrcnn.nn.optim.LrSchedule} says how fast. The rate is a pure function of the number of
 * updates; the only state is one momentum tensor per parameter.
 *
 * <p>API: all public types.
 */
package dev.maskrcnn.nn.optim;

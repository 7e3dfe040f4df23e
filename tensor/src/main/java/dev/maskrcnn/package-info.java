/**
 * The root of all exceptions, {@link dev.maskrcnn.MaskRcnnException}, which every module can throw.
 *
 * <p>Invariants: this package uses no other. An exception of a package of its own extends the root,
 * says its kind, and has a message of one line for the user.
 */
package dev.maskrcnn;

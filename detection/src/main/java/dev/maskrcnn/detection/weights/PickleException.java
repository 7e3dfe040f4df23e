package dev.maskrcnn.detection.weights;

import dev.maskrcnn.MaskRcnnException;

/** A pickle is damaged, or has something in it that weights do not consist of. */
class PickleException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  PickleException(String message) {
    super(Kind.WEIGHTS, message);
  }

  /** A tensor is of a type or kind that is not read; the rest of the file may be of use. */
  static final class Unread extends PickleException {
    private static final long serialVersionUID = 1L;

    Unread(String what) {
      super(what);
    }
  }
}

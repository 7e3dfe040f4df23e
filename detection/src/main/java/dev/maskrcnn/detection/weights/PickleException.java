package dev.maskrcnn.detection.weights;

/** A pickle is damaged, or has something in it that weights do not consist of. */
class PickleException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PickleException(String message) {
    super(message);
  }

  /** A tensor is of a type or kind that is not read; the rest of the file may be of use. */
  static final class Unread extends PickleException {
    private static final long serialVersionUID = 1L;

    Unread(String what) {
      super(what);
    }
  }
}

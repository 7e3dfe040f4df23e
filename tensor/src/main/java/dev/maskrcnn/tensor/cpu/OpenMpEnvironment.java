package dev.maskrcnn.tensor.cpu;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Platform;

/**
 * Settings that libgomp reads when it is loaded. Waiting threads must sleep: spinning ones would
 * take the cores from Java's workers between two oneDNN calls (a two-thread Java phase after a
 * primitive takes 0.26 ms instead of 0.41 ms). What the user set in the environment stays.
 */
final class OpenMpEnvironment {
  private OpenMpEnvironment() {}

  /** The part of libc that is used. */
  interface LibC extends Library {
    int setenv(String name, String value, int overwrite);
  }

  static void prepare(int threads) {
    if (Platform.isWindows()) {
      return;
    }
    LibC libc = Native.load(Platform.C_LIBRARY_NAME, LibC.class);
    libc.setenv("OMP_WAIT_POLICY", "passive", 0);
    libc.setenv("OMP_NUM_THREADS", Integer.toString(threads), 0);
    libc.setenv("OMP_DYNAMIC", "false", 0);
  }
}

package dev.maskrcnn.tensor.cpu;

import com.sun.jna.Function;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * libgomp, with whose threads oneDNN computes. Waiting threads must sleep: spinning ones would take
 * the cores from Java's workers between two oneDNN calls (a two-thread Java phase after a primitive
 * takes 0.26 ms instead of 0.41 ms). What the user set in the environment for that stays.
 */
final class OpenMp {
  private static final String LIBRARY = "libgomp.so";

  /** How many threads libgomp was told to use for calls from this thread. */
  private static final ThreadLocal<Integer> TOLD = new ThreadLocal<>();

  private final int threads;
  private final Optional<Function> setThreads;

  /** To be called before oneDNN is loaded, which loads libgomp, which reads the environment. */
  OpenMp(int threads) {
    this.threads = threads;
    if (!Platform.isWindows()) {
      LibC libc = Native.load(Platform.C_LIBRARY_NAME, LibC.class);
      libc.setenv("OMP_WAIT_POLICY", "passive", 0);
      libc.setenv("OMP_NUM_THREADS", Integer.toString(threads), 1);
      libc.setenv("OMP_DYNAMIC", "false", 0);
    }
    this.setThreads = Optional.empty();
  }

  private OpenMp(int threads, Optional<Function> setThreads) {
    this.threads = threads;
    this.setThreads = setThreads;
  }

  /** The part of libc that is used. */
  interface LibC extends Library {
    int setenv(String name, String value, int overwrite);
  }

  /** The same once oneDNN is loaded. */
  OpenMp loaded() {
    return new OpenMp(threads, library().map(l -> l.getFunction("omp_set_num_threads")));
  }

  /**
   * The copy that oneDNN uses, which need not be the system's; empty where the system does not tell
   * and the number in the environment must do.
   */
  static Optional<NativeLibrary> library() {
    Path maps = Path.of("/proc/self/maps");
    if (!Files.isReadable(maps)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(maps)) {
      return lines
          .filter(line -> line.contains(LIBRARY))
          .map(line -> NativeLibrary.getInstance(line.substring(line.indexOf('/'))))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Before each call of oneDNN: a thread may compute on two devices in turns. */
  void use() {
    Integer told = TOLD.get();
    if (told == null || told != threads) {
      setThreads.ifPresent(f -> f.invokeVoid(new Object[] {threads}));
      TOLD.set(threads);
    }
  }
}

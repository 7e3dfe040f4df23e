package dev.maskrcnn.cli;

import dev.maskrcnn.MaskRcnnException;
import dev.maskrcnn.detection.log.SafeText;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into lines for the user and an exit code. */
final class ErrorReport implements IExecutionExceptionHandler, IParameterExceptionHandler {
  private final Console console;

  ErrorReport(Console console) {
    this.console = console;
  }

  /** Whether stack traces are wanted. */
  static boolean debug(CommandLine line) {
    CommandLine root = line;
    while (root.getParent() != null) {
      root = root.getParent();
    }
    MaskRcnnCommand command = root.getCommand();
    String property = System.getProperty("maskrcnn.debug", "false");
    return command.debug() || !property.equals("false");
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine line, ParseResult parsed) {
    return failure(e, debug(line));
  }

  /** Wrong usage: the message, what was perhaps meant, and where the help is. */
  @Override
  public int handleParseException(ParameterException e, String[] args) {
    CommandLine line = e.getCommandLine();
    PrintWriter err = line.getErr();
    err.println("maskrcnn: usage: " + oneLine(e.getMessage()).replaceFirst("^Error: ", ""));
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '%s --help'.".formatted(line.getCommandSpec().qualifiedName()));
    err.flush();
    if (debug(line)) {
      e.printStackTrace(console.err());
    }
    return ExitCodes.USAGE;
  }

  /** Reports anything that ended a command; the result is the exit code. */
  int failure(Throwable e, boolean debug) {
    console.out().flush();
    String message = expected(e);
    if (message != null) {
      console.err().println("maskrcnn: error: " + oneLine(message));
      if (debug) {
        e.printStackTrace(console.err());
      }
      return ExitCodes.WRONG_INPUT;
    }
    e.printStackTrace(console.err());
    console
        .err()
        .println(
            "maskrcnn: error: this is a mistake in the program, not in your input; please report"
                + " the lines above with the command that you ran");
    return ExitCodes.PROGRAM_ERROR;
  }

  /** The message for the user, or null if this should not have happened. */
  private static String expected(Throwable e) {
    if (e instanceof MaskRcnnException) {
      return e.getMessage();
    }
    if (e instanceof InvalidPathException path) {
      return notAPath(path);
    }
    if (e instanceof UncheckedIOException wrapped) {
      return FileFailure.reason(wrapped.getCause());
    }
    if (e instanceof IOException io) {
      return FileFailure.reason(io);
    }
    if (e instanceof OutOfMemoryError) {
      return "out of memory (%s); make SOLVER.IMS_PER_BATCH, TEST.IMS_PER_BATCH or the image sizes"
              .formatted(e.getMessage())
          + " in INPUT smaller, or give Java more with -Xmx (JAVA_OPTS for the launcher)";
    }
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof UnsatisfiedLinkError) {
        return "a native library cannot be loaded on %s %s: %s; this jar holds the libraries of one"
                .formatted(
                    System.getProperty("os.name"), System.getProperty("os.arch"), t.getMessage())
            + " platform, build it with mvn package -Djavacpp.platform=… for another";
      }
    }
    return null;
  }

  /** Java takes the character set of file names from the locale when it starts. */
  private static String notAPath(InvalidPathException e) {
    return e.getReason().contains("unmappable")
        ? ("file name %s: cannot be written in the character set of this locale (%s); set the"
                + " environment variable LC_ALL=C.UTF-8")
            .formatted(e.getInput(), System.getProperty("sun.jnu.encoding"))
        : "\"%s\" is not a file name: %s".formatted(e.getInput(), e.getReason());
  }

  private static String oneLine(String message) {
    return message == null ? "(no message)" : SafeText.line(message);
  }
}

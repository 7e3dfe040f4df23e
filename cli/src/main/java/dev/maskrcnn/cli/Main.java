package dev.maskrcnn.cli;

import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;

/** Entry of {@code maskrcnn-cli.jar}. */
public final class Main {
  private Main() {}

  /**
   * Runs a command and ends the process with its exit code: 0 done, 1 wrong input, 2 wrong usage,
   * 70 an error in the program.
   *
   * @param args as {@code --help} lists them
   */
  public static void main(String[] args) {
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
    System.setOut(new SafeStream(System.out));
    System.setErr(new SafeStream(System.err));
    int code = run(new Console(System.out, System.err), Work.real(), args);
    System.out.flush();
    System.exit(code);
  }

  /**
   * Runs a command in this process, for programs and for JShell.
   *
   * @param args as on a command line
   * @return its exit code
   */
  public static int execute(String... args) {
    return run(new Console(System.out, System.err), Work.real(), args);
  }

  static int run(Console console, Work runs, String... args) {
    CommandLine line = commands(console, runs);
    ErrorReport report = new ErrorReport(console);
    line.setExecutionExceptionHandler(report);
    line.setParameterExceptionHandler(report);
    try {
      Environment.setUp(System.getenv(Environment.VARIABLE));
      int code = line.execute(args);
      if (console.out().checkError() && code == ExitCodes.OK) {
        throw new CliException(
            "standard output cannot be written (the disk is full, or its reader is gone); all files"
                + " of the command are written");
      }
      return code;
    } catch (CliException e) {
      return report.failure(e, ErrorReport.debug(line));
    } catch (Error e) {
      // picocli hands exceptions to the report itself, but lets out-of-memory and the like pass.
      return report.failure(e, ErrorReport.debug(line));
    }
  }

  /** All commands, ready to parse. */
  static CommandLine commands(Console console, Work runs) {
    CommandLine dataset =
        new CommandLine(new DatasetCommand())
            .addSubcommand(new DatasetShapesCommand(console))
            .addSubcommand(new DatasetStatsCommand(console))
            .addSubcommand(new DatasetVerifyCommand(console))
            .addSubcommand(new DatasetCleanCommand(console))
            .addSubcommand(new DatasetDownloadCommand(console))
            .addSubcommand(new DatasetExtractCommand(console))
            .addSubcommand(DatasetConvertCommand.with(console));
    CommandLine config =
        new CommandLine(new ConfigCommand())
            .addSubcommand(new ConfigShowCommand(console))
            .addSubcommand(new ConfigListCommand(console))
            .addSubcommand(new ConfigKeysCommand(console));
    CommandLine inspect =
        new CommandLine(new InspectCommand())
            .addSubcommand(new InspectStepCommand(console))
            .addSubcommand(new InspectDetectorCommand(console))
            .addSubcommand(new InspectOpCommand(console))
            .addSubcommand(new InspectOpsCommand(console))
            .addSubcommand(new InspectGradcheckCommand(console))
            .addSubcommand("weights", new WeightsShowCommand(console))
            .addSubcommand(new InspectConfigCommand(console));
    CommandLine weights =
        new CommandLine(new WeightsCommand())
            .addSubcommand(new WeightsListCommand(console))
            .addSubcommand("show", new WeightsShowCommand(console))
            .addSubcommand(new WeightsDiffCommand(console))
            .addSubcommand(new WeightsConvertCommand(console))
            .addSubcommand(new WeightsImportCommand(console));
    CommandLine benchmark =
        new CommandLine(new BenchmarkCommand())
            .addSubcommand(new BenchmarkTrainCommand(console, runs.train()))
            .addSubcommand(new BenchmarkInferenceCommand(console, runs.eval()));
    CommandLine all =
        new CommandLine(new MaskRcnnCommand())
            .addSubcommand(new TrainCommand(console, runs.train()))
            .addSubcommand(new EvalCommand(console, runs.eval()))
            .addSubcommand(new PredictCommand(console, runs.predict()))
            .addSubcommand(dataset)
            .addSubcommand(config)
            .addSubcommand(weights)
            .addSubcommand(inspect)
            .addSubcommand(benchmark)
            .addSubcommand(new GateCommand(console))
            .addSubcommand(new DoctorCommand(console))
            .addSubcommand(new CompletionCommand(console))
            .addSubcommand(new ManCommand(console));
    settings(all, console);
    return all;
  }

  @SuppressWarnings("DefaultCharset") // the writers take the encoding of their streams
  private static void settings(CommandLine all, Console console) {
    all.setOut(new PrintWriter(console.out(), true));
    all.setErr(new PrintWriter(console.err(), true));
    all.setUsageHelpLongOptionsMaxWidth(24);
    all.setCaseInsensitiveEnumValuesAllowed(true);
    // "@a.png" is an image, not a file of arguments.
    all.setExpandAtFiles(false);
    // "SOLVER.GAMMA -1": a value may start with a dash. Overrides tells it from a wrong option.
    for (CommandLine c :
        List.of(
            all.getSubcommands().get("train"),
            all.getSubcommands().get("eval"),
            all.getSubcommands().get("benchmark").getSubcommands().get("train"),
            all.getSubcommands().get("benchmark").getSubcommands().get("inference"),
            all.getSubcommands().get("config").getSubcommands().get("show"),
            all.getSubcommands().get("inspect").getSubcommands().get("step"),
            all.getSubcommands().get("inspect").getSubcommands().get("config"))) {
      c.setUnmatchedOptionsArePositionalParams(true);
    }
  }
}

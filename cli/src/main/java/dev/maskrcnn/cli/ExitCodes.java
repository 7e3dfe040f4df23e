package dev.maskrcnn.cli;

import picocli.CommandLine.Command;

/**
 * The exit codes, and their list in each command's help (a mixin). 70 is {@code EX_SOFTWARE} of
 * sysexits.h.
 */
@Command(
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:an input is wrong; standard error says in one line which and why",
      "2:wrong usage of the command line",
      "70:an error in this program; please report it",
      "130:train: stopped by SIGINT (Ctrl-C), with a checkpoint to --resume from",
      "143:train: stopped by SIGTERM, likewise"
    })
final class ExitCodes {
  static final int OK = 0;
  static final int WRONG_INPUT = 1;
  static final int USAGE = 2;
  static final int PROGRAM_ERROR = 70;
}

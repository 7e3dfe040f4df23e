/**
 * The command line: one picocli class per command, nothing else. Commands turn words into the
 * option records of {@link dev.maskrcnn.detection.train} and print where the results are; all work
 * is done there.
 *
 * <p>Invariants: whatever the user got wrong ends as one line on standard error and exit code 1
 * ({@code ErrorReport} holds the list of such exceptions), wrong usage as exit code 2; no command
 * writes anything before its arguments are checked; output goes to the {@code Console} that a
 * command was made with, so that tests run commands in their own process.
 *
 * <p>Read {@code Main} first, then {@code TrainCommand}. A new command is one more class and one
 * line in {@code Main.commands}; a new kind of user error is one more class in {@code ErrorReport}.
 */
package dev.maskrcnn.cli;

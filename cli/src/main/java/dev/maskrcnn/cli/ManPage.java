package dev.maskrcnn.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * A command's manual page in the language of {@code man(7)}, from picocli's model of it.
 *
 * <p>picocli-codegen writes AsciiDoc only; what turns that into pages, Asciidoctor on JRuby, would
 * add 29 MB of downloads and 15 seconds to every build.
 */
final class ManPage {
  private final StringBuilder out = new StringBuilder();
  private final CommandLine command;
  private final CommandSpec spec;

  private ManPage(CommandLine command) {
    this.command = command;
    this.spec = command.getCommandSpec();
  }

  static String of(CommandLine command) {
    ManPage page = new ManPage(command);
    page.write();
    return page.out.toString();
  }

  private void write() {
    UsageMessageSpec usage = spec.usageMessage();
    String name = spec.qualifiedName("-");
    List<String> description = Arrays.stream(usage.description()).map(String::strip).toList();
    String version = new ProgramVersion().getVersion()[0];
    line(
        ".TH \"%s\" \"1\" \"\" \"%s\" \"Mask R-CNN for the JVM\""
            .formatted(name.toUpperCase(Locale.ROOT), version));
    section("NAME");
    text(name + " \\- " + escaped(firstSentence(description)));
    section("SYNOPSIS");
    String synopsis = new Help(spec, Help.defaultColorScheme(Help.Ansi.OFF)).synopsis(0);
    text(escaped(synopsis.strip().replaceAll("\\s+", " ")));
    section("DESCRIPTION");
    paragraphs(description);
    positionals();
    section("OPTIONS");
    spec.options().stream().filter(o -> !o.hidden()).forEach(this::option);
    commands();
    footer(usage);
    section("EXIT STATUS");
    exitCodes().forEach((code, meaning) -> item(code, meaning));
    if (spec.parent() != null) {
      section("SEE ALSO");
      text("\\fB" + escaped(spec.parent().qualifiedName("-")) + "\\fR(1)");
    }
  }

  private static String firstSentence(List<String> description) {
    String all = String.join(" ", description).strip();
    int end = all.indexOf(". ");
    return (end < 0 ? all : all.substring(0, end)).replaceFirst("\\.$", "");
  }

  private void paragraphs(List<String> description) {
    for (String paragraph : description) {
      if (paragraph.isEmpty()) {
        line(".PP");
      } else {
        text(
            escaped(
                CommandLine.Help.Ansi.OFF.string(paragraph.replace("%n", " ").replace("%%", "%"))));
      }
    }
  }

  private void positionals() {
    List<PositionalParamSpec> shown =
        spec.positionalParameters().stream().filter(p -> !p.hidden()).toList();
    if (!shown.isEmpty()) {
      section("ARGUMENTS");
      shown.forEach(p -> item("\\fI" + escaped(p.paramLabel()) + "\\fR", description(p)));
    }
  }

  private void option(OptionSpec option) {
    StringBuilder names = new StringBuilder();
    for (String name : option.names()) {
      names.append(names.isEmpty() ? "" : ", ").append("\\fB").append(escaped(name)).append("\\fR");
    }
    if (option.arity().max() > 0) {
      names.append("=\\fI").append(escaped(option.paramLabel())).append("\\fR");
    }
    item(names.toString(), description(option));
  }

  /** With {@code ${DEFAULT-VALUE}} and the like filled in, and a group's heading in front. */
  private static String description(ArgSpec arg) {
    String text = String.join(" ", arg.description()).replace("%%", "%");
    ArgGroupSpec group = arg.group();
    String heading = group == null || group.heading() == null ? "" : group.heading();
    heading = heading.replace("%n", " ").strip();
    return heading.isEmpty() ? text : text + " (" + heading.replaceFirst(":$", "") + ")";
  }

  private void commands() {
    if (!command.getSubcommands().isEmpty()) {
      section("COMMANDS");
      command
          .getSubcommands()
          .forEach(
              (name, sub) ->
                  item(
                      "\\fB" + escaped(sub.getCommandSpec().qualifiedName("-")) + "\\fR(1)",
                      firstSentence(
                          Arrays.asList(sub.getCommandSpec().usageMessage().description()))));
    }
  }

  /** Footers are lines as they stand: lists of files, and examples. */
  private void footer(UsageMessageSpec usage) {
    if (usage.footer().length == 0) {
      return;
    }
    String heading = usage.footerHeading().replace("%n", " ").strip().replaceFirst(":$", "");
    section(heading.isEmpty() ? "NOTES" : heading.toUpperCase(Locale.ROOT));
    line(".nf");
    for (String row : usage.footer()) {
      if (row.equals("Examples:")) {
        line(".fi");
        section("EXAMPLES");
        line(".nf");
      } else {
        line(guarded(escaped(row)));
      }
    }
    line(".fi");
  }

  private Map<String, String> exitCodes() {
    return spec.usageMessage().exitCodeList();
  }

  private void section(String title) {
    line(".SH \"" + title + "\"");
  }

  private void item(String term, String text) {
    line(".TP");
    line(term);
    text(escaped(text));
  }

  private void text(String escaped) {
    line(guarded(escaped));
  }

  private void line(String text) {
    out.append(text).append('\n');
  }

  /** A dash is a minus, as in options; a backslash is one; the file itself is ASCII. */
  private static String escaped(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (c == '\\') {
                out.append("\\e");
              } else if (c == '-') {
                out.append("\\-");
              } else if (c < 128) {
                out.append((char) c);
              } else {
                out.append(String.format(Locale.ROOT, "\\[u%04X]", c));
              }
            });
    return out.toString();
  }

  /** A point or quote at the start of a line would be a request. */
  private static String guarded(String text) {
    return text.startsWith(".") || text.startsWith("'") ? "\\&" + text : text;
  }
}

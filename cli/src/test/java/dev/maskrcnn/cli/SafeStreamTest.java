package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names from files must not steer a terminal or forge lines. */
class SafeStreamTest {
  @TempDir private Path folder;

  @Test
  void controlCharactersAreWrittenOut() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new SafeStream(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    out.println("a\u001b[2Jb é画");
    out.printf("%s\t%s%n", "\u009b31m", "\u202egnp");
    out.print('\u0007');
    out.println(new char[] {'\b'});
    new IllegalStateException("\u001b]0;title\u0007").printStackTrace(out);
    String text = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(text.startsWith("a\\x1b[2Jb é画\n\\x9b31m\t\\u202egnp\n\\x07\\x08\n"), text);
    assertTrue(text.contains("\\x1b]0;title\\x07"), text);
    assertTrue(text.chars().noneMatch(c -> c == 0x1b || c == 7));
  }

  @Test
  void namesInAnnotationsAreSafeEverywhere() throws IOException {
    Path file = folder.resolve("evil.json");
    Files.writeString(
        file,
        """
        {"images": [{"id": 1, "file_name": "a\\u001b[2J\\nmaskrcnn: fine.png", "width": 9, "height": 9}],
         "categories": [{"id": 1, "name": "cat\\u001b[31m\\nfine"}], "annotations": []}
        """);
    Cli cli = new Cli();
    cli.run("dataset", "verify", "--annotations", file.toString());
    String all = cli.out() + cli.err();
    assertTrue(all.chars().noneMatch(c -> c == 0x1b), all);
    assertTrue(all.contains("has control characters"), all);
    assertTrue(all.lines().noneMatch(line -> line.startsWith("maskrcnn: fine")), all);
  }

  @Test
  void aFileThatBeginsWithAnAtIsAFile() {
    Cli cli = new Cli();
    int code = cli.run("dataset", "stats", "--annotations", "@a.json");
    assertEquals(1, code);
    assertTrue(cli.err().contains("@a.json: does not exist"), cli.err());
    // picocli's files of arguments, which any name with @ would be.
    code = cli.run("predict", "@nothing.png", "--weights", "none.pth");
    assertTrue(code == 1 && !cli.err().contains("usage"), cli.err());
  }
}

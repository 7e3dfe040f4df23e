package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.draw.MatrixPicture;
import dev.maskrcnn.detection.draw.Picture;
import dev.maskrcnn.detection.report.RunReport;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pages of {@code inspect} and the report of a run in a real browser: what a person does with
 * the mouse and keyboard, and what then appears. {@code -Dinspect.screenshots=FOLDER} keeps
 * pictures of them.
 */
class PagesTest {
  private static final long MOST_BYTES = 10_000_000;
  private static final double FIRST_PAINT_MS = 2000;

  @TempDir static Path folder;
  private static Browser browser;

  private final Cli cli = new Cli();

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    Optional<Path> program = Browser.installed();
    if (program.isEmpty()) {
      System.err.println("SKIPPED: the pages are not tested, no Chromium is installed");
      abort("skipped: no Chromium on the PATH; install chromium or name one with -Dbrowser=FILE");
    }
    browser = Browser.start(program.get());
  }

  @AfterAll
  static void stop() throws IOException, InterruptedException {
    if (browser != null) {
      browser.close();
    }
  }

  private void picture(String name) throws IOException, InterruptedException {
    String target = System.getProperty("inspect.screenshots", "");
    if (!target.isEmpty()) {
      Files.createDirectories(Path.of(target));
      browser.screenshot(Path.of(target).resolve(name + ".png"), true);
    }
  }

  private void step(Path page, String... more) {
    String[] args = new String[4 + more.length];
    System.arraycopy(new String[] {"inspect", "step", "--html", page.toString()}, 0, args, 0, 4);
    System.arraycopy(more, 0, args, 4, more.length);
    assertEquals(0, cli.run(args), cli::err);
    assertTrue(page.toFile().length() < MOST_BYTES, page + ": " + page.toFile().length());
  }

  private static int count(String selector) throws InterruptedException {
    return browser.eval("document.querySelectorAll('" + selector + "').length").asInt();
  }

  private static String text(String selector) throws InterruptedException {
    return browser.eval("document.querySelector('" + selector + "').textContent").asText();
  }

  /** Opens a page as on a desk or on a phone; nothing may be wider than the window. */
  private static void open(Path page, int width, int height) throws InterruptedException {
    browser.size(width, height);
    browser.open(page);
    double painted = browser.eval("Page.painted").asDouble();
    assertTrue(painted < FIRST_PAINT_MS, "first paint after " + painted + " ms");
    assertTrue(
        browser.eval("document.documentElement.scrollWidth").asInt() <= width,
        "wider than a window of " + width);
    assertEquals(List.of(), browser.errors());
  }

  private void foldsAndUnfolds() throws InterruptedException {
    assertTrue(
        browser
            .eval(
                "Page.model.root.keptBytes > 0"
                    + " && Page.model.root.keptBytes <= Page.memory.total[Page.memory.peak]")
            .asBoolean(),
        "what is kept is not more than there is at the peak");
    assertEquals(0, count("[data-op]"), "folded: only modules");
    assertEquals(1, count("[data-group=\"backbone.body\"]"));
    browser.click("[data-group=\"backbone.body\"]");
    browser.await("document.querySelector('[data-group=\"backbone.body.layer1\"]')");
    assertEquals("backbone.body", text("#panel-title"));
    browser.click("[data-group=\"backbone.body\"]");
    browser.await("!document.querySelector('[data-group=\"backbone.body.layer1\"]')");
    browser.click("#unfold-all");
    assertEquals(
        browser.eval("Page.model.ops.length").asInt(), count("[data-op]"), "each op is a box");
    browser.click("#fold");
    assertEquals(0, count("[data-op]"));
  }

  private void searches() throws InterruptedException {
    browser.eval("document.getElementById('search').focus()");
    browser.type("conv2d layer2.0.conv2");
    browser.await("document.querySelectorAll('#hits tr.link').length > 0");
    assertTrue(text("#hits td").contains("Conv2d at backbone.body.layer2.0.conv2"), text("#hits"));
    browser.click("#hits tr.link");
    browser.await("document.querySelector('.op.selected')");
    assertEquals("Conv2d", text("#panel-title"));
    String panel = text(".panel");
    for (String part :
        List.of(
            "backbone.body.layer2.0.conv2",
            "dx = dy",
            "Derivatives.java",
            "ConvolutionKernels.java",
            "Convolution.java:",
            "no NaN, nothing infinite",
            "kept for the backward pass",
            "Conv2dBackwardWeights")) {
      assertTrue(panel.contains(part), part + " is not in: " + panel);
    }
    assertTrue(count(".panel .histogram") >= 2, "histograms of value and gradient");
  }

  /** Forwards, backwards and to both ends; the box that runs and its flow are marked. */
  private void stepsThroughTheBackwardPass() throws InterruptedException {
    browser.click("#fold");
    int steps = browser.eval("Page.model.backward.length").asInt();
    browser.click("[aria-label=\"one step on\"]");
    browser.click("[aria-label=\"one step on\"]");
    assertTrue(text("#status").startsWith("2 / " + steps), text("#status"));
    assertEquals(1, count(".now"));
    assertTrue(count(".flow") >= 1, "the way of the gradient");
    assertTrue(count(".done") >= 1);
    String second = text("#status");
    browser.click("[aria-label=\"one step on\"]");
    browser.click("[aria-label=\"one step back\"]");
    assertEquals(second, text("#status"));
    browser.click("[aria-label=\"to the end\"]");
    assertTrue(text("#status").startsWith(steps + " / " + steps), text("#status"));
    browser.click("[aria-label=\"to the beginning\"]");
    assertTrue(text("#status").startsWith("Before the backward pass"), text("#status"));
    assertEquals(0, count(".now"));
    browser.eval(
        "(p => { p.value = 'forward'; p.dispatchEvent(new Event('change')) })"
            + "(document.getElementById('pass'))");
    browser.click("[aria-label=\"one step on\"]");
    assertTrue(text("#status").startsWith("1 / "), text("#status"));
  }

  private void showsMemoryAndTables() throws InterruptedException {
    String peak = text("#memory h3");
    assertTrue(peak.startsWith("At the peak: "), peak);
    assertTrue(count("#memory tbody tr") == 40, "who holds memory");
    browser.click("#memory canvas");
    browser.await("document.querySelector('#memory h3').textContent.startsWith('At tick')");
    assertEquals(40, count("#slowest tbody tr"));
    browser.click("#slowest tbody tr");
    browser.await("document.querySelector('.op.selected')");
    assertTrue(text("#types").contains("SgdUpdate"), "what the update ran");
    assertEquals(
        browser.eval("Page.memory.total[Page.memory.peak]").asLong(),
        browser
            .eval(
                "Page.memory.blocks.filter(b => b.from <= Page.memory.peak"
                    + " && Page.memory.peak < b.to).reduce((s, b) => s + b.bytes, 0)")
            .asLong());
  }

  @Test
  void reportOfARun() throws IOException, InterruptedException {
    Path run = Files.createDirectories(folder.resolve("report"));
    StringBuilder metrics = new StringBuilder();
    for (int i = 1; i <= 50; i++) {
      String row = "{\"iteration\":%d,\"loss\":%s,\"loss_mask\":0.5,\"lr\":0.01,\"time\":0.2}%n";
      metrics.append(row.formatted(i, 3.0 / i));
    }
    Files.writeString(run.resolve("metrics.jsonl"), metrics);
    Path set = Files.createDirectories(run.resolve("inference/val"));
    String category = "{\"name\":\"%s\",\"AP\":%s,\"AP50\":0.5,\"AP75\":-1,\"AR100\":0.5}";
    Files.writeString(
        set.resolve("results.json"),
        "{\"bbox\":{\"AP\":0.3,\"categories\":[%s,%s,%s]}}"
            .formatted(
                category.formatted("cat", "0.2"),
                category.formatted("ant", "0.6"),
                category.formatted("bee", "0.1")));
    Picture picture = MatrixPicture.of("image", new float[] {1, 2}, 1, 2).draw();
    Config config = BuiltinConfigs.load("shapes_gn");
    Path page =
        RunReport.write(
            new RunReport.Run(run, config, Map.of("recipe", "shapes_gn"), Map.of("device", "cpu")),
            List.of(new RunReport.Shown("a.jpg", 2, 1, 0, picture)));
    open(page, 1280, 1000);
    assertTrue(text(".facts").contains("recipe shapes_gn"), text(".facts"));
    assertEquals(2, count("#charts .card:first-child polyline"));
    browser.click("#charts .legend button");
    assertEquals(1, count("#charts .card:first-child polyline"), "the total is hidden");
    browser.click("#charts input");
    assertEquals(1, count("#charts .card:first-child polyline"), "logarithmic");
    String first = "[id=set-val] .card > .scroll:last-child tbody tr td";
    assertEquals("cat", text(first));
    browser.click("[id=set-val] .card > .scroll:last-child th:nth-child(2) button");
    assertEquals("ant", text(first), "the best first");
    assertEquals("a.jpg  2 missed, 1 where nothing is", text("#gallery figcaption"));
    browser.click("#gallery img");
    browser.await("document.querySelector('dialog').open");
    browser.click("dialog button");
    browser.await("!document.querySelector('dialog').open");
    assertTrue(count("#settings tbody tr") > 5);
    assertEquals(List.of(), browser.errors());
    open(page, 390, 844);
    picture("report-390");
  }

  @Test
  void stepOfTheTinyModel() throws IOException, InterruptedException {
    Path page = folder.resolve("tiny.html");
    step(page);
    open(page, 1280, 1000);
    foldsAndUnfolds();
    searches();
    stepsThroughTheBackwardPass();
    showsMemoryAndTables();
    assertEquals(List.of(), browser.errors());
    picture("step-tiny-1280");
    open(page, 390, 844);
    foldsAndUnfolds();
    picture("step-tiny-390");
  }

  @Test
  void stepOfTheFullModel() throws IOException, InterruptedException {
    Path image = noise(folder.resolve("noise.png"), 1333, 800);
    Path page = folder.resolve("full.html");
    step(
        page,
        "--config",
        "e2e_mask_rcnn_R_50_FPN_1x",
        "--image",
        image.toString(),
        "--warm-up",
        "0");
    open(page, 1280, 1000);
    assertTrue(text(".facts").contains("1333×800 in the network"), text(".facts"));
    foldsAndUnfolds();
    searches();
    stepsThroughTheBackwardPass();
    showsMemoryAndTables();
    double redraw =
        browser
            .eval(
                "(() => { const t = performance.now(); Page.graph.unfoldAll();"
                    + " return performance.now() - t })()")
            .asDouble();
    assertTrue(redraw < 1000, "unfolding everything takes " + redraw + " ms");
    assertEquals(List.of(), browser.errors());
    picture("step-full-1280");
    open(page, 390, 844);
    picture("step-full-390");
  }

  private static Path noise(Path file, int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, random.nextInt());
    }
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  @Test
  void stagesOfTheDetector() throws IOException, InterruptedException {
    Path data = folder.resolve("shapes");
    assertEquals(
        0,
        cli.run("dataset", "shapes", "--output-dir", data.toString(), "--train", "2", "--val", "1"),
        cli::err);
    Path image;
    try (Stream<Path> files = Files.list(data.resolve("train"))) {
      image = files.sorted().findFirst().orElseThrow();
    }
    Path page = folder.resolve("detector.html");
    String[] args = {
      "inspect",
      "detector",
      image.toString(),
      "--annotations",
      data.resolve("instances_train.json").toString(),
      "--html",
      page.toString()
    };
    assertEquals(0, cli.run(args), cli::err);
    open(page, 1280, 1000);
    for (String stage :
        List.of(
            "pyramid",
            "objectness",
            "anchors",
            "nms",
            "levels",
            "sampled",
            "roialign",
            "detections")) {
      assertEquals(1, count("#" + stage), stage);
    }
    assertEquals(5 + 8, count("#pyramid img"), "levels, and channels of one");
    assertTrue(browser.eval("Page.data.truth.length").asInt() > 0, "the truth is known");
    assertTrue(browser.eval("Page.data.anchors.positive.length").asInt() > 0);
    assertTrue(browser.eval("Page.data.sampled.some(b => b[5] > 0)").asBoolean(), "foreground");
    browser.eval(
        "(p => { p.value = '1'; p.dispatchEvent(new Event('change')) })"
            + "(document.getElementById('anchor-choice'))");
    // Something else than the photo is on the canvas of the matched anchors: the truth's green.
    browser.await(
        "(() => { const c = document.querySelector('#anchors canvas');"
            + " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
            + " for (let i = 0; i < d.length; i += 4)"
            + " if (d[i] < 30 && d[i + 1] > 140 && d[i + 2] < 30) return true;"
            + " return false; })()");
    assertEquals(List.of(), browser.errors());
    picture("detector-1280");
    open(page, 390, 844);
    picture("detector-390");
  }
}

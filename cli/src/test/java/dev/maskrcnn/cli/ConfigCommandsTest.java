package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigCommandsTest {
  private final Cli cli = new Cli();

  @Test
  void whatIsShownIsAConfigurationFile() {
    String name = "e2e_mask_rcnn_R_50_FPN_1x";
    assertEquals(0, cli.run("config", "show", "--config", name, "MODEL.RPN.STRADDLE_THRESH", "-1"));
    Config expected = BuiltinConfigs.load(name).with("MODEL.RPN.STRADDLE_THRESH", -1);
    assertEquals(expected, Config.defaults().mergeYaml(cli.out(), "out"));
    assertEquals(0, cli.run("config", "show", "--changes", "--config", name));
    assertEquals(BuiltinConfigs.load(name), Config.defaults().mergeYaml(cli.out(), "out"));
    assertEquals(0, cli.run("config", "show", "--source"));
    assertEquals(BuiltinConfigs.text("shapes_gn"), cli.out());
  }

  @Test
  void everyRecipeIsListed() {
    assertEquals(0, cli.run("config", "list"));
    for (String name : BuiltinConfigs.names()) {
      assertTrue(cli.out().lines().anyMatch(line -> line.startsWith(name + " ")), name);
    }
  }

  @Test
  void everyKeyIsListed() {
    assertEquals(0, cli.run("config", "keys"));
    assertEquals(
        Config.keys().size(), cli.out().lines().filter(line -> !line.startsWith(" ")).count());
    assertEquals(0, cli.run("config", "keys", "solver.steps"));
    assertTrue(cli.out().startsWith("SOLVER.STEPS "), cli.out());
    assertTrue(cli.out().contains("(30000,)"), cli.out());
    cli.fails(List.of("no key contains it"), "config", "keys", "nonsense");
  }

  @Test
  void errorsNameTheClosest() {
    cli.fails(List.of("shapes_gm", "shapes_gn"), "config", "show", "--config", "shapes_gm");
    cli.fails(List.of("SOLVER.BASE_L", "SOLVER.BASE_LR"), "config", "show", "SOLVER.BASE_L", "1");
  }
}

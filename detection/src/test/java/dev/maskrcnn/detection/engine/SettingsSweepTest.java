package dev.maskrcnn.detection.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigException;
import dev.maskrcnn.detection.config.ConfigKey;
import dev.maskrcnn.detection.train.TinyRun;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values that make no sense are refused in one line that names the key, for every key. */
class SettingsSweepTest {
  private static List<String> badValues(ConfigKey key) {
    return switch (key.type()) {
      case INTEGER -> List.of("-7", "0", "1", "7", "2000000000");
      case NUMBER -> List.of("-7.5", "0.0", "1e300", "1e999");
      case TEXT -> List.of("''", "nonsense");
      case FLAG -> List.of("True", "False");
      case CHOICE -> List.of("0", "()", "(0,)", "2000000000");
      case INTEGERS -> List.of("()", "(0,)", "(-1, 5)", "(3, 5, 7)", "(2000000000,)");
      case NUMBERS, NUMBER_LIST -> List.of("()", "(0.0,)", "(-1.0, 2.0)", "(1e300,)");
      case TEXTS, ITEMS -> List.of();
    };
  }

  /** The model of the sweep: small, with group norm, a pyramid and masks. */
  private static Config base() {
    return TinyRun.config().with("MODEL.DEVICE", "cpu");
  }

  @Test
  void everyKeyOfTheModelIsNamedWhenItsValueIsRefused() {
    List<String> wrong = new ArrayList<>();
    int refused = 0;
    for (ConfigKey key : Config.keys()) {
      for (String value : badValues(key)) {
        try {
          Config config = base().merge(List.of(key.name(), value));
          if (key.name().startsWith("MODEL.") && !tooLarge(key, value)) {
            Session.open("cpu", config, 1).close();
          }
        } catch (ConfigException | RunException e) {
          refused++;
          String last = key.name().substring(key.name().lastIndexOf('.') + 1);
          if (!e.getMessage().contains(last) || e.getMessage().contains("\n")) {
            wrong.add("%s %s: %s".formatted(key, value, e.getMessage()));
          }
        } catch (RuntimeException e) {
          wrong.add("%s %s: %s".formatted(key, value, e));
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(refused > 150, refused + " values were refused");
  }

  private static boolean tooLarge(ConfigKey key, String value) {
    return value.equals("2000000000") && key.name().contains("RPN");
  }

  /** The failure of a constructor is not replaced by what closing the device says of it. */
  @ParameterizedTest
  @CsvSource({
    "MODEL.GROUP_NORM.NUM_GROUPS, 7, NUM_GROUPS 7",
    "MODEL.BACKBONE.FREEZE_CONV_BODY_AT, 6, FREEZE_CONV_BODY_AT: got 6",
    "MODEL.ROI_MASK_HEAD.CONV_LAYERS, '(63,)', CONV_LAYERS: 63 channels",
    "MODEL.RPN.BG_IOU_THRESHOLD, 0.9, BG_IOU_THRESHOLD: got 0.9",
    "MODEL.RESNETS.STEM_OUT_CHANNELS, 0, 'STEM_OUT_CHANNELS: got 0 in command line, expected 1 to'",
    "MODEL.ROI_BOX_HEAD.POOLER_RESOLUTION, 0, POOLER_RESOLUTION: got 0",
    "INPUT.PIXEL_STD, '(1.0, 2.0)', 'PIXEL_STD: got (1.0, 2.0) in command line, expected 3 numbers'",
  })
  void theFirstErrorWins(String key, String value, String said) {
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> Session.open("cpu", base().merge(List.of(key, value)), 1).close());
    assertTrue(e.getMessage().contains(said), e.getMessage());
  }
}

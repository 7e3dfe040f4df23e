package dev.maskrcnn.detection.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClosestTest {

  @Test
  void distances() {
    assertEquals(0, Closest.distance("", ""));
    assertEquals(3, Closest.distance("", "abc"));
    assertEquals(3, Closest.distance("kitten", "sitting"));
    assertEquals(1, Closest.distance("abcd", "abdc"), "swap");
    assertEquals(3, Closest.distance("ca", "abc"), "no change inside a swap");
    assertEquals(2, Closest.distance("abc", "cab"));
  }

  @Test
  void sameLastPartWins() {
    List<String> names = List.of("A.B.X", "A.C.X", "A.BX", "Q");
    assertEquals(List.of("A.B.X", "A.C.X"), Closest.to("x", names, '.'));
    assertEquals(List.of("A.C.X"), Closest.to("C.X", names, '.'));
    assertEquals(List.of("A.BX"), Closest.to("A.BY", names, '.'));
    assertEquals(List.of(), Closest.to("a", List.of(), '.'));
    assertEquals("did you mean a or b?", Closest.question(List.of("a", "b")));
  }
}

package dev.maskrcnn.detection.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HtmlPageTest {
  private static final Pattern DATA =
      Pattern.compile(
          "<script type=\"application/json\" id=\"data\">(.*?)</script>", Pattern.DOTALL);

  /** File names and class names are users' text; none of it may become markup. */
  @Test
  void textOfUsersEndsNoScript() throws IOException {
    String nasty = "</script><img src=x onerror=alert(1)> <!-- \u2028 \" & ä";
    ObjectNode data = JsonMapper.builder().build().createObjectNode().put("name", nasty);
    String html = new HtmlPage("a <b> & c", data).html();
    Matcher m = DATA.matcher(html);
    assertTrue(m.find());
    assertEquals(nasty, JsonMapper.builder().build().readTree(m.group(1)).get("name").asText());
    assertFalse(html.contains("</script><img"));
    assertTrue(html.contains("<title>a &lt;b&gt; &amp; c</title>"));
  }

  @Test
  void nothingIsFetched() {
    ObjectNode data = JsonMapper.builder().build().createObjectNode();
    String html =
        new HtmlPage("t", data)
            .style("step.css")
            .style("detector.css")
            .scripts("step-model.js", "step-layout.js", "step-graph.js", "step-panel.js")
            .scripts("step-memory.js", "step-tables.js", "step-app.js")
            .scripts("detector-view.js", "detector-app.js")
            .html();
    String withoutNames = html.replace("http://www.w3.org/2000/svg", "");
    assertFalse(withoutNames.matches("(?s).*(https?://|@import|src=\"(?!data:)|fetch\\().*"));
  }
}

package dev.maskrcnn.detection.voc;

import dev.maskrcnn.detection.image.ImageSize;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Walks the XML of an annotation file. Elements that are not needed are skipped, among them the
 * parts of a person, which have boxes of their own.
 */
final class VocXml {
  /** Real files are four deep; a bound keeps hostile ones from growing a list of names. */
  private static final int MAX_DEPTH = 64;

  private final XMLStreamReader xml;
  private final String file;
  private final List<VocObject> objects = new ArrayList<>();
  private String fileName;
  private ImageSize size;

  VocXml(InputStream in, String file) throws XMLStreamException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setXMLResolver(
        (publicId, systemId, baseUri, namespace) -> {
          throw new XMLStreamException("refers to another file, which is not read");
        });
    this.xml = factory.createXMLStreamReader(in);
    this.file = file;
  }

  VocAnnotation read() throws XMLStreamException {
    while (xml.next() != XMLStreamConstants.START_ELEMENT) {
      if (xml.getEventType() == XMLStreamConstants.DTD) {
        throw new VocFormatException(
            file + ": has a document type; VOC's files have none, remove the line");
      }
    }
    if (!xml.getLocalName().equals("annotation")) {
      throw new VocFormatException(
          "%s: holds <%s>, expected <annotation>".formatted(file, shorten(xml.getLocalName())));
    }
    while (xml.next() != XMLStreamConstants.END_ELEMENT) {
      if (xml.getEventType() == XMLStreamConstants.START_ELEMENT) {
        switch (xml.getLocalName()) {
          case "filename" -> fileName = text();
          case "size" -> size = size();
          case "object" -> objects.add(object());
          default -> skip();
        }
      }
    }
    while (xml.hasNext()) {
      xml.next(); // what follows the end must be XML, too
    }
    return new VocAnnotation(
        Optional.ofNullable(fileName).filter(name -> !name.isBlank()),
        Optional.ofNullable(size),
        objects);
  }

  /** The text of an element whose start was read; children are skipped. */
  private String text() throws XMLStreamException {
    StringBuilder out = new StringBuilder();
    while (xml.next() != XMLStreamConstants.END_ELEMENT) {
      switch (xml.getEventType()) {
        case XMLStreamConstants.START_ELEMENT -> skip();
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> out.append(xml.getText());
        default -> {
          // comments and the like
        }
      }
    }
    return out.toString().strip();
  }

  private void skip() throws XMLStreamException {
    int depth = 1;
    while (depth > 0) {
      int event = xml.next();
      depth += event == XMLStreamConstants.START_ELEMENT ? 1 : 0;
      depth -= event == XMLStreamConstants.END_ELEMENT ? 1 : 0;
      if (depth > MAX_DEPTH) {
        throw new VocFormatException("%s: elements are nested too deeply".formatted(file));
      }
    }
  }

  /** The texts of the children of an element, by name. */
  private Map<String, String> fields(String nested, double[] box) throws XMLStreamException {
    Map<String, String> out = new HashMap<>();
    while (xml.next() != XMLStreamConstants.END_ELEMENT) {
      if (xml.getEventType() == XMLStreamConstants.START_ELEMENT) {
        String name = xml.getLocalName();
        if (name.equals(nested)) {
          readBox(box);
        } else if (name.equals("part")) {
          skip();
        } else {
          out.put(name, text());
        }
      }
    }
    return out;
  }

  private ImageSize size() throws XMLStreamException {
    Map<String, String> fields = fields("", null);
    double width = number(fields.get("width"), "size", "width");
    double height = number(fields.get("height"), "size", "height");
    if (width == 0 || height == 0) {
      return null; // some tools leave zeros; the image file knows better
    }
    if (width != (int) width || height != (int) height || width < 1 || height < 1) {
      throw new VocFormatException(
          "%s: size is %sx%s, expected width and height in pixels".formatted(file, width, height));
    }
    return new ImageSize((int) width, (int) height);
  }

  private VocObject object() throws XMLStreamException {
    String where = "object " + (objects.size() + 1);
    double[] box = {Double.NaN, Double.NaN, Double.NaN, Double.NaN};
    Map<String, String> fields = fields("bndbox", box);
    String name = fields.get("name");
    if (name == null || name.isEmpty()) {
      throw new VocFormatException("%s: %s has no name".formatted(file, where));
    }
    if (Double.isNaN(box[0])) {
      throw new VocFormatException("%s: %s has no bndbox".formatted(file, where));
    }
    try {
      return new VocObject(name, fields.getOrDefault("difficult", "0").equals("1"), box);
    } catch (VocFormatException e) {
      throw new VocFormatException("%s: %s: %s".formatted(file, where, shorten(e.getMessage())), e);
    }
  }

  private void readBox(double[] box) throws XMLStreamException {
    String where = "object " + (objects.size() + 1);
    Map<String, String> corners = fields("", null);
    String[] names = {"xmin", "ymin", "xmax", "ymax"};
    for (int i = 0; i < 4; i++) {
      box[i] = number(corners.get(names[i]), where, names[i]);
    }
  }

  private double number(String text, String where, String field) {
    if (text == null) {
      throw new VocFormatException("%s: %s has no %s".formatted(file, where, field));
    }
    try {
      double value = Double.parseDouble(text);
      if (Double.isFinite(value) && Math.abs(value) <= Integer.MAX_VALUE) {
        return value;
      }
    } catch (NumberFormatException e) {
      // reported below, as is a number that no image has
    }
    throw new VocFormatException(
        "%s: %s: %s is \"%s\", expected a number in pixels"
            .formatted(file, where, field, shorten(text)));
  }

  private static String shorten(String text) {
    String line = text.replaceAll("\\s+", " ");
    return line.length() <= 160 ? line : line.substring(0, 157) + "...";
  }
}

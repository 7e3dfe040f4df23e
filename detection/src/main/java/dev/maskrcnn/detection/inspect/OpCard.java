package dev.maskrcnn.detection.inspect;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.autograd.DerivativeDocument;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.device.KernelSource;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.OpDocument;
import java.util.List;

/** What is known of an op type: its documents and its kernel on a device. */
record OpCard(
    OpDocument document,
    DerivativeDocument derivative,
    List<String> kernelFiles,
    String benchmark) {

  static OpCard of(Class<? extends Op> type, Device device) {
    return new OpCard(
        OpDocument.of(type),
        DerivativeDocument.of(type),
        device.source(type).map(KernelSource::files).orElse(List.of()),
        OpInspection.benchmark(type));
  }

  ObjectNode json() {
    ObjectNode n = JsonNodeFactory.instance.objectNode();
    n.put("family", document.family()).put("record", document.record());
    n.put("text", document.text()).put("file", document.file() + ":" + document.line());
    n.put("differentiable", derivative.differentiable());
    n.put("formula", derivative.formula()).put("words", derivative.words());
    n.put("ruleFile", derivative.file() + ":" + derivative.line());
    n.put("rule", derivative.rule()).put("benchmark", benchmark);
    kernelFiles.forEach(n.putArray("kernels")::add);
    return n;
  }
}

// What is known of the selected op or module.
(function (P) {
  "use strict";
  const M = P.model;
  const box = P.el("aside", { class: "card panel", "aria-live": "polite" });

  const section = (title, ...content) => [P.el("h3", { text: title }), ...content.flat()];
  const link = (text, item) =>
    P.el("button", { class: "link", text, onclick: () => P.graph.select(item, true) });

  function from(input) {
    if (input.op >= 0) return link(M.origin(input), M.ops[input.op]);
    const s = M.sources[input.source];
    return P.el("span", { text: s.name, class: s.parameter ? "mono" : "soft" });
  }

  function inputs(op) {
    const rows = op.inputs.map((input, i) => [
      "in" + i, from(input), P.el("span", { class: "mono", text: input.spec }), P.bytes(input.spec.bytes),
    ]);
    return P.table([["", ""], ["from", "wrap"], ["shape", ""], ["bytes", "num"]], rows);
  }

  function outputs(op) {
    const rows = op.outputs.map((s, i) => ["out" + i, P.el("span", { class: "mono", text: s }), P.bytes(s.bytes)]);
    const users = [...new Set(op.users)].slice(0, 6).map(u => link(`${M.ops[u].name} #${u}`, M.ops[u]));
    const used = users.length ? [P.el("p", { class: "row" }, [P.el("span", { class: "soft", text: "used by" }), ...users])] : [];
    return [rows.length ? P.table([["", ""], ["shape", ""], ["bytes", "num"]], rows) : P.el("p", { text: "none: it works in place" }), ...used];
  }

  function statistics(s, color) {
    if (!s) return [P.el("p", { class: "soft", text: "empty" })];
    const bad = s.nans + s.infinities;
    const facts = [
      ["mean", P.number(s.mean)], ["deviation", P.number(s.deviation)],
      ["min", P.number(s.min)], ["max", P.number(s.max)],
      ["zeros", P.percent(s.zeros / Math.max(1, s.count))], ["elements", s.count.toLocaleString("en")],
    ];
    return [
      P.el("dl", { class: "stats" }, facts.flatMap(([k, v]) => [P.el("dt", { text: k }), P.el("dd", { text: v })])),
      P.el("p", { class: bad ? "bad" : "soft", text: bad ? `${s.nans} NaN, ${s.infinities} infinite` : "no NaN, nothing infinite" }),
      P.histogram(s.bins, s.low, s.high, color),
    ];
  }

  function derivative(op) {
    const t = op.type, parts = [];
    if (!t.differentiable) return [P.el("p", { text: "None: " + t.words + "." })];
    parts.push(P.el("p", { class: "formula", text: t.formula }), P.el("p", { text: t.words + "." }));
    if (op.node < 0) parts.push(P.el("p", { class: "soft", text: "Not used here: no input depends on anything that is trained." }));
    parts.push(P.el("details", {}, [P.el("summary", { text: "its line in the table" }), P.el("pre", { text: t.rule })]));
    parts.push(P.el("p", { class: "file", text: t.ruleFile }));
    return parts;
  }

  function times(op) {
    const rows = [["forward", "", P.time(op.forward)]];
    if (op.rule) {
      rows.push(["backward", "", P.time(op.backward)]);
      op.rule.launches.forEach(l => rows.push(["", P.el("span", { class: "mono", text: l.label.replace(/\[.*/s, ""), title: l.label }), P.time(l.nanos)]));
    } else {
      rows.push(["backward", op.node >= 0 ? "no gradient came here" : "not on the tape", ""]);
    }
    return P.table([["", ""], ["", "wrap"], ["", "num"]], rows);
  }

  function kept(op) {
    if (!op.kept.length) return [P.el("p", { class: "soft", text: "nothing" })];
    const words = slot => slot.startsWith("in") ? "input " + slot.slice(2) : "output " + slot.slice(3);
    return [P.table([["", ""], ["", ""], ["", "num"]], op.kept.map(k =>
      [words(k.slot), P.el("span", { class: "mono", text: k.spec }), P.bytes(k.spec.bytes)]))];
  }

  function gradients(op) {
    if (!op.rule) return [];
    const parts = section("gradient of the output", statistics(op.rule.gradient, "#c2410c"));
    op.rule.sources.forEach(s => {
      const input = op.inputs[s.input];
      parts.push(...section("gradient of " + M.origin(input), statistics(s.statistics, "#8c3bbf")));
    });
    return parts;
  }

  function showOp(op) {
    const i = op.id;
    box.replaceChildren(
      P.el("div", { class: "row" }, [
        P.el("span", { class: "swatch", style: `background:${P.familyColor(op.name)}` }),
        P.el("h2", { class: "grow", text: op.name, id: "panel-title" }),
        P.el("button", { text: "◂", "aria-label": "op before", disabled: i === 0, onclick: () => P.graph.select(M.ops[i - 1], true) }),
        P.el("button", { text: "▸", "aria-label": "next op", disabled: i === M.ops.length - 1, onclick: () => P.graph.select(M.ops[i + 1], true) }),
      ]),
      P.el("p", { class: "mono wrap", text: op.path || "(no module)" }),
      P.el("p", { class: "soft", text: `op ${i} of ${M.ops.length}` + (op.node >= 0 ? `, %${op.node} on the tape` : ", not on the tape") }),
      P.el("p", { class: "mono wrap", text: op.label }),
      ...section("inputs", inputs(op)),
      ...section("outputs", outputs(op)),
      ...section("time", times(op)),
      ...section("kept for the backward pass", kept(op)),
      ...section("value of the output", statistics(op.statistics, "#0072b2")),
      ...gradients(op),
      ...section("derivative", derivative(op)),
      ...section("what it is", P.el("p", { text: op.type.text }), P.el("p", { class: "file", text: op.type.file })),
      ...section("kernel", op.type.kernels.map(k => P.el("p", { class: "file", text: k })),
        op.type.benchmark ? P.el("p", { class: "soft", text: "measured by " + op.type.benchmark }) : []),
    );
  }

  function showGroup(g) {
    const all = M.ops.filter(o => M.chain(o).includes(g));
    const slow = all.slice().sort((a, b) => b.forward + b.backward - a.forward - a.backward).slice(0, 8);
    box.replaceChildren(...[
      P.el("h2", { text: g.path || "The whole step", id: "panel-title" }),
      g.parent ? P.el("p", {}, P.el("button", { text: P.graph.isOpen(g) ? "Fold" : "Unfold", onclick: () => { P.graph.toggle(g); showGroup(g); } })) : null,
      P.table([["", ""], ["", "num"]], [
        ["ops", g.count], ["forward", P.time(g.forward)], ["backward", P.time(g.backward)], ["kept for the backward pass", P.bytes(g.keptBytes)],
      ].map(([k, v]) => [k, String(v)])),
      ...section("slowest ops in it", P.table([["op", "wrap"], ["both ways", "num"]], slow.map(o =>
        ({ cells: [M.title(o).replace(g.path + ".", "…"), P.time(o.forward + o.backward)], click: () => P.graph.select(o, true) })))),
      g.parent ? null : P.el("p", { class: "soft", text: "Click a module to unfold it, an op to see all of it. Drag to move, wheel or pinch to zoom, / to search, ← → to step." }),
    ].filter(Boolean));
  }

  P.panel = {
    element: box,
    show(item) {
      if (item.kind === "op") showOp(item);
      else showGroup(item);
      box.scrollTop = 0;
    },
  };
})(window.Page);

// Stepping, search, and the page put together.
(function (P) {
  "use strict";
  const M = P.model;

  // ---- stepping through a pass ----

  const orders = { backward: M.backward, forward: M.ops.map(o => o.id) };
  let pass = "backward", at = -1, timer = null;
  const slider = P.el("input", { type: "range", min: -1, value: -1, "aria-label": "position in the pass", oninput: () => go(Number(slider.value)) });
  const status = P.el("p", { class: "status", id: "status", "aria-live": "polite" });
  const unfold = P.el("input", { type: "checkbox", checked: true, id: "unfold" });
  const play = P.el("button", { text: "▶ play", id: "play", onclick: () => run(!timer) });

  function describe(op) {
    if (pass === "forward") {
      const s = op.statistics;
      return `${op.outputs.join(", ") || "in place"}, ${P.time(op.forward)}` + (s ? `; mean ${P.number(s.mean)} ± ${P.number(s.deviation)}` : "");
    }
    const g = op.rule.gradient;
    const to = op.rule.targets.map(i => M.origin(op.inputs[i]));
    return (g ? `gradient ${P.number(g.mean)} ± ${P.number(g.deviation)}` : "gradient") + ` of ${op.outputs[0]} → ${to.join(", ")}; ${P.time(op.backward)}`;
  }

  function go(next) {
    const order = orders[pass];
    at = Math.max(-1, Math.min(order.length - 1, next));
    slider.max = order.length - 1;
    slider.value = at;
    if (at < 0) {
      status.textContent = pass === "backward"
        ? `Before the backward pass: the losses are known. ${order.length} rules follow.`
        : `Before the forward pass. ${order.length} ops follow.`;
    } else {
      const op = M.ops[order[at]];
      status.replaceChildren(P.el("b", { text: `${at + 1} / ${order.length}  ${M.title(op)}  ` }), describe(op));
      if (unfold.checked) P.graph.reveal(op);
      P.graph.select(op, false);
      P.graph.center(P.graph.shown(op));
    }
    redraw();
  }

  /** Colours what is done, what runs, and the edges along which it sends its result. */
  function redraw() {
    const order = orders[pass];
    const done = new Set(order.slice(0, Math.max(0, at)).map(i => P.graph.shown(M.ops[i])));
    const op = at >= 0 ? M.ops[order[at]] : null;
    const now = op && P.graph.shown(op);
    P.graph.svg.dataset.pass = pass;
    M.ops.forEach(o => {
      const item = P.graph.shown(o), g = P.graph.shape(item);
      g.classList.toggle("done", done.has(item));
      g.classList.toggle("now", item === now);
    });
    const others = !op ? [] : pass === "backward"
      ? op.rule.targets.map(i => op.inputs[i].op).filter(i => i >= 0)
      : op.users;
    const ends = [...new Set(others.map(i => P.graph.shown(M.ops[i])))].filter(item => item !== now);
    P.graph.flowLayer.replaceChildren(...ends.map(item => {
      const from = pass === "backward" ? item : now, to = pass === "backward" ? now : item;
      return P.svg("path", { d: P.graph.curve(P.graph.box(from), P.graph.box(to)), class: "flow" });
    }));
  }

  function run(on) {
    clearInterval(timer);
    timer = on ? setInterval(() => (at >= orders[pass].length - 1 ? run(false) : go(at + 1)), 450) : null;
    play.textContent = on ? "❚❚ pause" : "▶ play";
  }

  P.stepper = { go, redraw, position: () => at };

  const button = (text, label, work) => P.el("button", { text, "aria-label": label, title: label, onclick: () => { run(false); work(); } });
  const passes = P.el("select", { "aria-label": "which pass", id: "pass", onchange: () => { run(false); pass = passes.value; go(-1); } },
    ["backward", "forward"].map(p => P.el("option", { value: p, text: p + " pass" })));
  const stepper = P.el("div", { class: "stepper" }, [
    P.el("div", { class: "row" }, [
      passes,
      button("|◀", "to the beginning", () => go(-1)),
      button("◀", "one step back", () => go(at - 1)),
      button("▶", "one step on", () => go(at + 1)),
      button("▶|", "to the end", () => go(Infinity)),
      play, slider,
      P.el("label", { class: "row", for: "unfold" }, [unfold, "unfold on the way"]),
    ]),
    status,
  ]);

  // ---- search ----

  const query = P.el("input", { type: "search", id: "search", placeholder: "Search op, module, weight, shape …  ( / )", "aria-label": "search", oninput: () => find() });
  const hits = P.el("div", { class: "hits scroll", hidden: true, id: "hits" });

  function haystack(op) {
    return [M.title(op), op.label, op.caption, ...op.outputs, ...op.inputs.map(i => (i.source >= 0 ? M.sources[i.source].name : ""))].join(" ").toLowerCase();
  }
  let index = null;

  function find() {
    const words = query.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    hits.hidden = !words.length;
    if (!words.length) return;
    index = index || M.ops.map(haystack);
    const found = M.ops.filter((_, i) => words.every(w => index[i].includes(w)));
    hits.replaceChildren(
      P.el("p", { class: "soft", text: found.length ? `${found.length} ops` + (found.length > 60 ? ", the first 60" : "") : "nothing found" }),
      P.table([["op", "wrap"], ["output", ""]], found.slice(0, 60).map(o => ({
        cells: [M.title(o), P.el("span", { class: "mono", text: o.outputs[0] || "" })],
        click: () => { hits.hidden = true; P.graph.select(o, true); P.graph.center(o, true); },
      }))));
  }

  P.search = { run(text) { query.value = text; find(); query.focus(); query.scrollIntoView({ block: "center" }); } };
  query.addEventListener("keydown", e => {
    if (e.key === "Escape") { query.value = ""; find(); query.blur(); }
    if (e.key === "Enter") hits.querySelector("tr.link")?.click();
  });

  // ---- the page ----

  const colors = P.el("select", { "aria-label": "colour by", id: "colors", onchange: () => { P.graph.colorBy(colors.value); legend(); } },
    P.graph.colorings.map(c => P.el("option", { value: c, text: "colour: " + c })));
  const key = P.el("p", { class: "legend" });

  function legend() {
    const families = P.graph.legend().map(([f, color]) => P.el("span", {}, [P.el("span", { class: "swatch", style: `background:${color}` }), f]));
    const heat = P.el("span", {}, [P.el("span", { class: "ramp" }), `little to much ${colors.value}`]);
    key.replaceChildren(...(colors.value === P.graph.colorings[0] ? [] : [heat]), ...families,
      P.el("span", {}, [P.el("span", { class: "dash solid" }), "gradient flows back along it"]),
      P.el("span", {}, [P.el("span", { class: "dash" }), "constant to the gradient"]));
  }

  function losses() {
    return P.el("p", { class: "facts losses" }, M.raw.losses.map(([name, value, op]) => P.el("span", {}, [
      P.el("button", { class: "link", text: name, onclick: () => op >= 0 && P.graph.select(M.ops[op], true) }), " ", P.el("b", { text: P.number(value) }),
    ])));
  }

  const phases = M.raw.phases.map(([name, nanos, kernels]) => [name.toLowerCase(), `${P.time(nanos)} in ${kernels} kernels`]);
  const broken = M.broken.length
    ? P.el("p", { class: "bad" }, [`${M.broken.length} ops have values or gradients that are not finite, first `,
      P.el("button", { class: "link", text: M.title(M.broken[0]), onclick: () => P.graph.select(M.broken[0], true) })])
    : null;

  document.body.append(P.el("main", { class: "page" }, [
    P.head("One training step, looked into", Object.entries(M.raw.facts).concat(phases)),
    losses(), broken,
    P.el("div", { class: "split" }, [
      P.el("section", { class: "card main", id: "graph" }, [
        P.el("div", { class: "row tools" }, [
          P.el("div", { class: "searchbox grow" }, [query, hits]),
          colors,
          P.el("button", { text: "Fold all", id: "fold", onclick: P.graph.foldAll }),
          P.el("button", { text: "Unfold all", id: "unfold-all", onclick: P.graph.unfoldAll }),
          P.el("button", { text: "Fit", onclick: P.graph.fit }),
          P.el("button", { text: "+", "aria-label": "zoom in", onclick: () => P.graph.zoomBy(1.25) }),
          P.el("button", { text: "−", "aria-label": "zoom out", onclick: () => P.graph.zoomBy(0.8) }),
        ]),
        stepper, P.graph.svg, key,
      ]),
      P.panel.element,
    ]),
    P.memory.element,
    P.el("div", { class: "pair" }, P.tables()),
  ]));

  legend();
  P.graph.foldAll();
  P.memory.start();
  P.graph.select(M.root, false);
  go(-1);
  addEventListener("keydown", e => {
    if (e.target.matches("input[type=search]")) return;
    if (e.key === "/") { e.preventDefault(); query.focus(); }
    if (e.target.matches("input, select")) return;
    if (e.key === "ArrowRight") { run(false); go(at + 1); }
    if (e.key === "ArrowLeft") { run(false); go(at - 1); }
  });
  const wanted = /^#op=(\d+)$/.exec(location.hash);
  if (wanted && M.ops[wanted[1]]) P.graph.select(M.ops[wanted[1]], true);
  requestAnimationFrame(() => requestAnimationFrame(() => { P.painted = performance.now(); }));
})(window.Page);

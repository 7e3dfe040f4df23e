// Memory over time: live bytes by kind, the peak, and who holds what.
(function (P) {
  "use strict";
  const M = P.model, mem = M.raw.memory;
  const COLORS = ["#5b6b7f", "#9aa7b6", "#0072b2", "#d55e00", "#e69f00", "#b9dcc9"];
  const blocks = mem.blocks.map(([bytes, kind, origin, path, from, to, op, holders], id) =>
    ({ id, bytes, kind, origin: M.text(origin), path: M.text(path), from, to, op, holders }));
  const n = mem.ticks + 1;

  // Live bytes of each kind after each tick.
  const live = mem.kinds.map(() => new Float64Array(n));
  blocks.forEach(b => {
    live[b.kind][b.from] += b.bytes;
    if (b.to < mem.ticks) live[b.kind][b.to] -= b.bytes;
  });
  live.forEach(series => { for (let t = 1; t < n; t++) series[t] += series[t - 1]; });
  const total = new Float64Array(n);
  live.forEach(series => series.forEach((v, t) => { total[t] += v; }));
  let peak = 0;
  total.forEach((v, t) => { if (t < mem.ticks && v > total[peak]) peak = t; });

  const madeAt = new Map(blocks.map(b => [b.from, b]));
  const canvas = P.el("canvas", { role: "img", "aria-label": "memory over time" });
  const holders = P.el("div", { class: "scroll holders" });
  const title = P.el("h3");
  const box = { left: 64, top: 22, width: 0, height: 0, most: total[peak] * 1.08 || 1 };
  let chosen = peak;

  function phaseAt(t) {
    return t >= mem.update ? "update" : t >= mem.backward ? "backward" : "forward";
  }

  function draw() {
    const { pen, width, height } = P.pen(canvas, 260);
    box.width = width - box.left - 12;
    box.height = height - box.top - 26;
    const x = t => box.left + box.width * t / Math.max(1, n - 1);
    const y = v => box.top + box.height * (1 - v / box.most);
    const step = P.axisStep(box.most / 1048576) * 1048576;
    pen.textBaseline = "middle";
    for (let v = 0; v <= box.most; v += step) {
      pen.fillStyle = "#e3e7ec";
      pen.fillRect(box.left, y(v), box.width, 1);
      pen.fillStyle = "#5a6675";
      pen.textAlign = "right";
      pen.fillText(v ? P.bytes(v).replace(".0 ", " ") : "0", box.left - 6, y(v));
    }
    P.stack(pen, live, COLORS, box);
    pen.textAlign = "center";
    [["forward", 0, mem.backward], ["backward", mem.backward, mem.update], ["update", mem.update, mem.ticks]].forEach(([name, a, b]) => {
      pen.fillStyle = "#1c2430";
      if (a) pen.fillRect(x(a), box.top, 1, box.height);
      if (x(b) - x(a) > 46) pen.fillText(name, (x(a) + x(b)) / 2, height - 12);
    });
    line(pen, x(peak), "#b00020", "peak " + P.bytes(total[peak]), width, 10);
    if (chosen !== peak) line(pen, x(chosen), "#0b63b5", P.bytes(total[chosen]), width, height - 36);
  }

  function line(pen, at, color, label, width, y) {
    pen.strokeStyle = pen.fillStyle = color;
    pen.setLineDash([4, 3]);
    pen.beginPath();
    pen.moveTo(at, box.top);
    pen.lineTo(at, box.top + box.height);
    pen.stroke();
    pen.setLineDash([]);
    const w = pen.measureText(label).width;
    const left = Math.max(4, Math.min(at - w / 2, width - w - 6));
    pen.fillStyle = "#fff";
    pen.fillRect(left - 3, y - 9, w + 6, 17);
    pen.fillStyle = color;
    pen.textAlign = "left";
    pen.fillText(label, left, y);
  }

  function tickOf(e) {
    const r = canvas.getBoundingClientRect();
    const t = Math.round((e.clientX - r.left - box.left) / box.width * (n - 1));
    return Math.max(0, Math.min(mem.ticks, t));
  }

  function hint(e) {
    const t = tickOf(e), made = madeAt.get(t);
    const parts = mem.kinds.map((k, i) => [k, live[i][t]]).filter(([, v]) => v).reverse();
    return `${P.bytes(total[t])} in the ${phaseAt(t)} pass\n` +
      parts.map(([k, v]) => `${k}: ${P.bytes(v)}`).join("\n") +
      (made ? `\nallocated: ${P.bytes(made.bytes)} for ${made.origin.replace(/\[.*/s, "")}` : "");
  }

  function heldBy(b) {
    if (b.holders.length) {
      return P.el("span", {}, ["kept for ", ...b.holders.slice(0, 3).flatMap((o, i) => [
        i ? ", " : "", P.el("button", { class: "link", text: `${M.ops[o].name} #${o}`, onclick: () => P.graph.select(M.ops[o], true) })])]);
    }
    return P.el("span", { class: "soft", text: mem.kinds[b.kind] === "temporary" ? "nobody: it goes with its frame" : "" });
  }

  /** Shows who holds memory at a tick. */
  function choose(t) {
    chosen = t;
    const held = blocks.filter(b => b.from <= t && t < b.to).sort((a, b) => b.bytes - a.bytes);
    title.textContent = (t === peak ? "At the peak" : `At tick ${t}, in the ${phaseAt(t)} pass`) +
      `: ${P.bytes(total[t])} in ${held.length} blocks` + (held.length > 40 ? ", the 40 largest" : "");
    const rows = held.slice(0, 40).map(b => ({
      cells: [
        P.bytes(b.bytes),
        P.el("span", {}, [P.el("span", { class: "swatch", style: `background:${COLORS[b.kind]}` }), mem.kinds[b.kind]]),
        P.el("span", { class: "wrap" }, [b.origin.replace(/\[.*/s, ""), b.path ? P.el("span", { class: "soft", text: " at " + b.path }) : ""]),
        heldBy(b),
      ],
      click: b.op >= 0 ? () => P.graph.select(M.ops[b.op], true) : null,
    }));
    holders.replaceChildren(P.table([["bytes", "num"], ["kind", "nowrap"], ["made by", ""], ["held by", ""]], rows));
    draw();
  }

  P.hint(canvas, hint);
  canvas.addEventListener("click", e => choose(tickOf(e)));

  P.memory = {
    peak, total, blocks, choose,
    element: P.el("section", { class: "card", id: "memory" }, [
      P.el("div", { class: "row" }, [
        P.el("h2", { class: "grow", text: "Memory over time" }),
        P.el("button", { text: "Back to the peak", onclick: () => choose(peak) }),
      ]),
      P.el("p", { class: "legend" }, mem.kinds.map((k, i) => P.el("span", {}, [
        P.el("span", { class: "swatch", style: `background:${COLORS[i]}` }), k]))),
      canvas,
      P.el("p", { class: "soft", text: "One tick for each block that is allocated or freed. Click to see who holds what at that moment." }),
      title, holders,
    ]),
    start() { choose(peak); addEventListener("resize", P.perFrame(draw)); },
  };
})(window.Page);

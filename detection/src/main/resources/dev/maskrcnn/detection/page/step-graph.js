// The graph: boxes and edges as SVG, folding, panning, zooming, highlights.
(function (P) {
  "use strict";
  const M = P.model;
  const FAMILIES = {
    Convolution: "#0072b2", LinearAlgebra: "#56b4e9", Normalization: "#8c3bbf", Pointwise: "#7c8794",
    Pooling: "#3a7d0a", Movement: "#a9724b", Loss: "#d55e00", RegionOfInterest: "#009e73",
    Boxes: "#c99700", Masks: "#cc79a7", Update: "#1c2430",
  };
  P.familyColor = name => FAMILIES[(M.raw.types[name] || {}).family] || "#7c8794";

  const SCALES = {
    "forward time": item => item.forward,
    "backward time": item => item.backward,
    "kept memory": item => item.keptBytes,
  };

  const open = new Set([M.root]);
  let colorBy = "op family";
  let view = { x: 0, y: 0, k: 1 };
  let boxes = new Map(), shapes = new Map(), edges = [];
  let selected = null, size = { w: 1, h: 1 };

  const openLayer = P.svg("g"), edgeLayer = P.svg("g"), boxLayer = P.svg("g"), flowLayer = P.svg("g");
  const world = P.svg("g", {}, [openLayer, edgeLayer, boxLayer, flowLayer]);
  const svg = P.svg("svg", { class: "graph", role: "application", "aria-label": "graph of the step", tabindex: 0 }, [
    P.svg("defs", {}, ["flow", "plain"].map(id => P.svg("marker",
      { id: "arrow-" + id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: id === "flow" ? 13 : 8, markerHeight: id === "flow" ? 13 : 8, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" },
      P.svg("path", { d: "M0 0L8 4L0 8z", class: "arrow-" + id })))),
    world,
  ]);

  /** The box that stands for an op: its own, or the folded module around it. */
  function shown(op) {
    return M.chain(op).find(i => i.kind === "op" || !open.has(i));
  }

  function heat(item) {
    const value = SCALES[colorBy];
    if (!value) return null;
    const most = Math.max(...[...boxes.values()].filter(b => !b.open).map(b => value(b.item)), 1);
    const share = Math.sqrt(value(item) / most);
    return `hsl(${24 - 4 * share} 95% ${97 - 40 * share}%)`;
  }

  function amount(item) {
    if (colorBy === "kept memory") return P.bytes(item.keptBytes);
    if (colorBy === "backward time") return P.time(item.backward);
    return P.time(item.forward);
  }

  function hint(item) {
    const lines = [M.title(item)];
    if (item.kind === "op" && item.outputs.length) lines.push(item.outputs.join(", "));
    if (item.kind === "group") lines.push(`${item.count} ops; click to ${open.has(item) ? "fold" : "unfold"}`);
    lines.push(`forward ${P.time(item.forward)}, backward ${P.time(item.backward)}`);
    if (item.keptBytes) lines.push(`keeps ${P.bytes(item.keptBytes)}`);
    if (item.kind === "op" && item.node < 0) lines.push("not differentiated");
    return lines.join("\n");
  }

  const clip = (s, n) => s.length > n ? s.slice(0, n - 1) + "…" : s;

  function draw(box, x, y) {
    const { item } = box;
    boxes.set(item, Object.assign(box, { ax: x, ay: y }));
    if (item.parent) (box.open ? openLayer : boxLayer).append(shape(box, x, y));
    box.children.forEach(c => draw(c, x + c.x, y + c.y));
  }

  function shape(box, x, y) {
    const { item } = box, isOp = item.kind === "op";
    const trained = isOp ? item.node >= 0 : item.trained;
    const parts = [P.svg("rect", {
      width: box.w, height: box.h, rx: isOp ? 5 : 9, class: "body", style: !box.open && heat(item) ? `--heat:${heat(item)}` : null,
    })];
    if (isOp) {
      parts.push(P.svg("rect", { x: 0.5, y: 4, width: 5, height: box.h - 8, rx: 2, fill: P.familyColor(item.name) }));
      parts.push(P.svg("text", { x: 13, y: 16, class: "name", text: clip(item.caption ? item.caption + " · " + item.name : item.name, 25) }));
      parts.push(P.svg("text", { x: 13, y: 31, class: "detail", text: clip(String(item.outputs[0] || "in place"), 25) }));
    } else {
      const name = (box.open ? "▾ " : "▸ ") + item.name;
      parts.push(P.svg("text", { x: 12, y: box.open ? 18 : 21, class: "name", text: clip(name, box.open ? 60 : 26) }));
      if (!box.open) {
        parts.push(P.svg("text", { x: 12, y: 40, class: "detail", text: `${item.count} ops · ${amount(item)}` }));
      }
    }
    const g = P.svg("g", {
      transform: `translate(${x},${y})`, tabindex: -1,
      class: `${item.kind} ${box.open ? "open" : ""} ${trained ? "" : "constant"}`,
      "data-op": isOp ? item.id : null, "data-group": isOp ? null : item.path,
      onclick: e => { e.stopPropagation(); if (!moved) clicked(item); },
    }, parts);
    P.hint(g, () => dragging ? "" : hint(item));
    shapes.set(item, g);
    return g;
  }

  function clicked(item) {
    if (item.kind === "group") toggle(item);
    select(item);
  }

  function curve(a, b) {
    const x1 = a.ax + a.w / 2, y1 = a.ay + a.h, x2 = b.ax + b.w / 2, y2 = b.ay;
    const bend = Math.max(14, Math.min(70, Math.abs(y2 - y1) / 2));
    if (Math.abs(x1 - x2) < 12 && Math.abs(y2 - y1) > 84) { // around what is between them
      const side = Math.max(x1 + a.w / 2, x2 + b.w / 2) + 12, middle = (y1 + y2) / 2;
      return `M${x1} ${y1}C${x1} ${y1 + 24} ${side} ${y1} ${side} ${middle}S${x2} ${y2 - 24} ${x2} ${y2}`;
    }
    return `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
  }

  /** One edge for each pair of boxes of which one feeds the other. */
  function drawEdges() {
    const seen = new Map();
    M.ops.forEach(b => b.inputs.forEach((input, index) => {
      if (input.op < 0) return;
      const from = shown(M.ops[input.op]), to = shown(b);
      if (from === to) return;
      const key = from.kind + from.first + ":" + to.kind + to.first + from.path + to.path;
      const flows = Boolean(b.rule && b.rule.targets.includes(index));
      const edge = seen.get(key) || { from, to, flows: false };
      edge.flows = edge.flows || flows;
      seen.set(key, edge);
    }));
    edges = [...seen.values()];
    edgeLayer.replaceChildren(...edges.map(e => {
      e.path = P.svg("path", { d: curve(boxes.get(e.from), boxes.get(e.to)), class: e.flows ? "edge" : "edge constant" });
      return e.path;
    }));
  }

  function render() {
    boxes = new Map();
    shapes = new Map();
    openLayer.replaceChildren();
    boxLayer.replaceChildren();
    flowLayer.replaceChildren();
    const box = P.layout(M.root, item => open.has(item));
    size = { w: box.w, h: box.h };
    draw(box, 0, 0);
    drawEdges();
    mark();
    P.stepper && P.stepper.redraw();
  }

  function mark() {
    shapes.forEach((g, item) => g.classList.toggle("selected", item === selected));
    edges.forEach(e => e.path.classList.toggle("near", selected && (e.from === selected || e.to === selected)));
  }

  function transform() {
    world.setAttribute("transform", `translate(${view.x},${view.y}) scale(${view.k})`);
  }

  /** Folds or unfolds and keeps the item where it is on the screen. */
  function toggle(item) {
    const before = boxes.get(item);
    const at = before && { x: before.ax * view.k + view.x, y: before.ay * view.k + view.y };
    if (open.has(item)) open.delete(item);
    else open.add(item);
    render();
    const after = boxes.get(item);
    if (at && after) {
      view.x = at.x - after.ax * view.k;
      view.y = at.y - after.ay * view.k;
    }
    transform();
  }

  function foldAll() {
    open.clear();
    open.add(M.root);
    M.root.items.forEach(i => i.kind === "group" && open.add(i));
    render();
    fit();
  }

  function unfoldAll() {
    M.groups.forEach(g => open.add(g));
    render();
    fit();
  }

  /** The whole graph if it can be read so, else its upper part at full width. */
  function fit() {
    const w = svg.clientWidth || 800, h = svg.clientHeight || 500;
    const whole = Math.min((w - 20) / size.w, (h - 20) / size.h, 1.15);
    view.k = whole > 0.5 ? whole : Math.max(Math.min((w - 20) / size.w, 1), 0.5);
    view.x = (w - size.w * view.k) / 2;
    view.y = 10;
    transform();
  }

  /** Brings an item to the middle if it is not well inside. */
  function center(item, always) {
    const b = boxes.get(item);
    if (!b) return;
    const w = svg.clientWidth, h = svg.clientHeight;
    const x = (b.ax + b.w / 2) * view.k + view.x, y = (b.ay + b.h / 2) * view.k + view.y;
    const inside = x > 90 && x < w - 90 && y > 40 && y < h - 40;
    if (inside && !always) return;
    if (view.k < 0.5) view.k = 0.75;
    view.x = w / 2 - (b.ax + b.w / 2) * view.k;
    view.y = h / 2 - (b.ay + Math.min(b.h, h / view.k) / 2) * view.k;
    transform();
  }

  /** Unfolds what is around an item. */
  function reveal(item) {
    const closed = M.chain(item).filter(g => g.kind === "group" && g !== item && !open.has(g));
    closed.forEach(g => open.add(g));
    if (closed.length) render();
    center(item);
  }

  function select(item, show) {
    selected = item;
    if (show) reveal(item);
    mark();
    P.panel.show(item);
  }

  // ---- pointer: drag, wheel, pinch ----

  const pointers = new Map();
  let dragging = false, moved = false, spread = 0;

  svg.addEventListener("pointerdown", e => {
    pointers.set(e.pointerId, { x: e.clientX, y: e.clientY });
    moved = false;
    spread = 0;
  });
  svg.addEventListener("pointermove", e => {
    const p = pointers.get(e.pointerId);
    if (!p) return;
    const dx = e.clientX - p.x, dy = e.clientY - p.y;
    if (!dragging && Math.hypot(dx, dy) < 4) return;
    if (!dragging) svg.setPointerCapture(e.pointerId);
    dragging = moved = true;
    P.tip(e, "");
    pointers.set(e.pointerId, { x: e.clientX, y: e.clientY });
    if (pointers.size === 1) {
      view.x += dx;
      view.y += dy;
    } else {
      const [a, b] = [...pointers.values()];
      const now = Math.hypot(a.x - b.x, a.y - b.y);
      if (spread) zoom((a.x + b.x) / 2, (a.y + b.y) / 2, now / spread);
      spread = now;
    }
    transform();
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    svg.addEventListener(end, e => { pointers.delete(e.pointerId); dragging = pointers.size > 0; });
  }
  function zoom(clientX, clientY, factor) {
    const r = svg.getBoundingClientRect(), x = clientX - r.left, y = clientY - r.top;
    const k = Math.max(0.08, Math.min(3, view.k * factor));
    view = { x: x - (x - view.x) * k / view.k, y: y - (y - view.y) * k / view.k, k };
  }
  svg.addEventListener("wheel", e => {
    e.preventDefault();
    if (e.ctrlKey || e.metaKey || !e.shiftKey && Math.abs(e.deltaY) > Math.abs(e.deltaX)) {
      zoom(e.clientX, e.clientY, Math.exp(-e.deltaY * (e.deltaMode ? 0.05 : 0.0015)));
    } else {
      view.x -= e.deltaX || e.deltaY;
    }
    transform();
  }, { passive: false });

  P.graph = {
    svg, select, toggle, reveal, center, fit, foldAll, unfoldAll, shown, render,
    isOpen: item => open.has(item),
    box: item => boxes.get(item),
    shape: item => shapes.get(item),
    edges: () => edges,
    flowLayer, curve,
    selected: () => selected,
    zoomBy(factor) {
      const r = svg.getBoundingClientRect();
      zoom(r.left + r.width / 2, r.top + r.height / 2, factor);
      transform();
    },
    colorings: ["op family", ...Object.keys(SCALES)],
    colorBy(what) { colorBy = what; render(); },
    legend() {
      const used = new Set(M.ops.map(o => o.type.family));
      return Object.entries(FAMILIES).filter(([f]) => used.has(f));
    },
  };
})(window.Page);

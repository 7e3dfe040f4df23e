// The stages, from the pyramid to the pasted masks.
(function (P) {
  "use strict";
  const D = P.data, levels = D.pyramid.length;
  const TRUTH = "#00a000", GOOD = "#0072b2", GONE = "#c0392b";
  const palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c3bbf", "#c99700", "#5b5b5b", "#1f9ed1"];
  const classColor = label => palette[(label - 1 + palette.length) % palette.length];
  const choice = (label, options, change) => {
    const s = P.el("select", { "aria-label": label, onchange: () => change(Number(s.value)) },
      options.map((text, i) => P.el("option", { value: i, text })));
    return s;
  };

  function truth(pen, scale) {
    D.truth.forEach(b => P.drawBox(pen, scale, b, TRUTH, 2.5));
  }

  // ---- pyramid ----

  function pyramid() {
    const channels = P.el("div", { class: "maps small" });
    const show = l => channels.replaceChildren(...D.pyramid[l].channels.map(c => P.map(c, "channel " + c.channel)));
    show(0);
    return P.stage("pyramid", "Feature pyramid",
      "Mean magnitude over the channels of each level, dark to bright. Fine levels see edges, coarse ones whole objects; each level down has half the resolution and sees twice as far.",
      P.el("div", { class: "maps" }, D.pyramid.map(l => P.map(l, `${l.name}  ${l.shape}`))),
      P.el("p", { class: "row" }, ["The liveliest channels of", choice("level", D.pyramid.map(l => l.name), show)]), channels);
  }

  // ---- objectness ----

  function objectness() {
    return P.stage("objectness", "Objectness",
      "The RPN's score of the best anchor at each cell, 0 dark to 1 bright: where it believes an object of the level's size to be.",
      P.el("div", { class: "maps" }, D.objectness.map(l => P.map(l, `${l.name}  ${l.anchors} anchors, best ${l.best}`))));
  }

  // ---- anchors ----

  function anchors() {
    const A = D.anchors;
    if (!A) return null;
    let what = 0;
    const scene = P.scene((pen, scale) => {
      if (what === 0) A.middle.forEach(b => P.drawBox(pen, scale, b, P.levelColors[b[4]], 1.5));
      if (what === 2) A.negative.forEach(b => P.drawBox(pen, scale, b, "rgba(91,91,91,0.5)", 1));
      if (what > 0) A.positive.filter(b => what === 1 || b[6]).forEach(b => P.drawBox(pen, scale, b, P.levelColors[b[4]], 1.5));
      truth(pen, scale);
    }, { label: "anchors", hint: (x, y) => what === 0 ? "" : P.under(A.positive, x, y).slice(0, 3).map(b =>
      `${P.levelName(b[4])} anchor ${Math.round(b[2] - b[0])}×${Math.round(b[3] - b[1])} matched to ${D.truth[b[5]] ? D.truth[b[5]][4] : "?"}${b[6] ? ", sampled" : ""}`).join("\n") });
    const pick = choice("which anchors", ["all anchors of the middle cell", "matched to an object", "sampled for the loss"], i => { what = i; scene.draw(); });
    pick.id = "anchor-choice";
    return P.stage("anchors", "Anchors and what they match",
      `Of ${A.positives + A.negatives + A.ignored} anchors ${A.positives} match an object, ${A.negatives} are background, ${A.ignored} lie between or beyond the border. The loss sees ${A.sampledPositives} of the first and ${A.sampledNegatives} of the second kind.`,
      P.el("p", { class: "row" }, [pick]), P.levelLegend(levels), key([["object", TRUTH], ["sampled background", "#5b5b5b"]]), scene.canvas);
  }

  const key = items => P.el("p", { class: "legend" }, items.map(([text, color]) =>
    P.el("span", {}, [P.el("span", { class: "swatch", style: `background:${color}` }), text])));

  // ---- proposals ----

  function suppression() {
    const tops = D.candidateCounts.map((_, l) => Math.max(0, ...D.candidates.filter(b => b[4] === l).map(b => b[5])));
    let level = tops.indexOf(Math.max(...tops)), most = 60;
    const chosen = () => D.candidates.filter(b => b[4] === level).slice(0, most);
    const scene = P.scene((pen, scale) => {
      chosen().filter(b => !b[6]).forEach(b => P.drawBox(pen, scale, b, "rgba(192,57,43,0.55)", 1));
      chosen().filter(b => b[6]).forEach(b => P.drawBox(pen, scale, b, GOOD, 2));
      truth(pen, scale);
    }, { label: "proposals before and after NMS", hint: (x, y) => P.under(chosen(), x, y).slice(0, 4).map(b =>
      `score ${b[5]}, ${b[6] ? "stays" : "suppressed by a better one"}`).join("\n") });
    const count = P.el("b"), words = () => {
      const [before, after] = D.candidateCounts[level] || [0, 0];
      count.textContent = `${before} boxes before NMS, ${after} after`;
    };
    words();
    const pick = choice("level", D.candidateCounts.map((_, l) => P.levelName(l)), l => { level = l; words(); scene.draw(); });
    pick.value = level;
    return P.stage("nms", "Proposals before and after NMS",
      "The best anchors of a level, moved by the predicted deltas and clipped. Of boxes that overlap much, non-maximum suppression keeps the one with the best score; at most as many as the limit of the level go on.",
      P.el("p", { class: "row" }, [pick,
        P.slider("best", 1, 200, 1, most, v => { most = v; scene.draw(); }), count]),
      key([["stays", GOOD], ["suppressed", GONE], ["object", TRUTH]]), scene.canvas);
  }

  function levelsOfRois() {
    let most = 40;
    const used = [...new Set(D.rois.map(b => b[4]))].sort();
    const scene = P.scene((pen, scale) => D.rois.slice(0, most).forEach(b => P.drawBox(pen, scale, b, P.levelColors[b[4]], 1.3)),
      { label: "proposals by level", hint: (x, y) => P.under(D.rois.slice(0, most), x, y).slice(0, 4).map(b =>
        `${Math.round(b[2] - b[0])}×${Math.round(b[3] - b[1])} pools from ${P.levelName(b[4])}`).join("\n") });
    const counts = used.map(l => `${P.levelName(l)}: ${D.rois.filter(b => b[4] === l).length}`).join(", ");
    return P.stage("levels", "From which level each proposal pools",
      `The ${D.proposals.length} proposals of all levels go to the heads. The larger a box, the coarser the level it is pooled from. ${counts}.`,
      P.el("p", { class: "row" }, [P.slider("best", 1, Math.max(1, D.rois.length), 1, Math.min(most, D.rois.length), v => { most = v; scene.draw(); })]),
      P.levelLegend(4), scene.canvas);
  }

  function sampled() {
    if (!D.sampled) return null;
    const fore = D.sampled.filter(b => b[5] > 0), back = D.sampled.filter(b => b[5] === 0);
    const show = [true, true];
    const scene = P.scene((pen, scale) => {
      if (show[1]) back.forEach(b => P.drawBox(pen, scale, b, "rgba(91,91,91,0.55)", 1));
      if (show[0]) fore.forEach(b => P.drawBox(pen, scale, b, classColor(b[5]), 2));
      truth(pen, scale);
    }, { label: "sampled regions", hint: (x, y) => P.under(D.sampled, x, y).slice(0, 4).map(b => b[6]).join("\n") });
    const box = (i, text) => P.el("label", { class: "row" }, [P.el("input", { type: "checkbox", checked: true,
      onchange: e => { show[i] = e.target.checked; scene.draw(); } }), text]);
    return P.stage("sampled", "Sampled foreground and background",
      "In training the heads learn from a sample: proposals that overlap an object by half or more are foreground of its class, others background. The objects themselves take part as well.",
      P.el("p", { class: "row" }, [box(0, `${fore.length} foreground`), box(1, `${back.length} background`)]),
      key([["object", TRUTH], ["background", "#5b5b5b"]]), scene.canvas);
  }

  // ---- RoIAlign ----

  function align() {
    if (!D.aligned.length) return null;
    let a = D.aligned[0];
    const region = () => a.boxes[0];
    const scene = P.scene((pen, scale) => {
      const [x1, y1, x2, y2] = region(), w = (x2 - x1) / a.columns, h = (y2 - y1) / a.rows;
      pen.strokeStyle = "rgba(11,99,181,0.35)";
      pen.lineWidth = 1;
      const s = a.stride, first = v => Math.floor(v / s - 2) * s;
      for (let x = first(x1); x < x2 + 2 * s; x += s) line(pen, (x + s / 2) * scale, first(y1) * scale, (x + s / 2) * scale, (y2 + 2 * s) * scale);
      for (let y = first(y1); y < y2 + 2 * s; y += s) line(pen, first(x1) * scale, (y + s / 2) * scale, (x2 + 2 * s) * scale, (y + s / 2) * scale);
      pen.strokeStyle = "#d55e00";
      for (let c = 0; c <= a.columns; c++) line(pen, (x1 + c * w) * scale, y1 * scale, (x1 + c * w) * scale, y2 * scale);
      for (let r = 0; r <= a.rows; r++) line(pen, x1 * scale, (y1 + r * h) * scale, x2 * scale, (y1 + r * h) * scale);
      pen.fillStyle = "#b00020";
      for (let r = 0; r < a.rows; r++) for (let c = 0; c < a.columns; c++) {
        for (let i = 0; i < a.perColumn; i++) for (let j = 0; j < a.perRow; j++) {
          const x = x1 + (c + (j + 0.5) / a.perRow) * w, y = y1 + (r + (i + 0.5) / a.perColumn) * h;
          pen.beginPath();
          pen.arc(x * scale, y * scale, 2.2, 0, 7);
          pen.fill();
        }
      }
    }, { dim: 0.3, label: "sampling points" });
    const words = P.el("span", { class: "soft" });
    function pick(i) {
      a = D.aligned[i];
      const [x1, y1, x2, y2] = region(), side = Math.max(x2 - x1, y2 - y1, 24) * 1.3;
      scene.look({ x: (x1 + x2 - side) / 2, y: (y1 + y2 - side) / 2, w: side, h: side });
      words.textContent = `${a.rows}×${a.columns} bins of ${a.perColumn}×${a.perRow} points on ${P.levelName(a.level)}, stride ${a.stride}`;
    }
    pick(0);
    return P.stage("roialign", "Where RoIAlign reads",
      "Orange: the bins of the pooled region. Red: its sampling points, each interpolated from the four nearest pixels of the feature map, whose grid is blue. Nothing is rounded.",
      P.el("p", { class: "row" }, [choice("region", D.aligned.map((r, i) => `${r.head} head, region ${i + 1}${r.name ? ": " + r.name : ""}`), pick), words]),
      P.el("div", { class: "narrow" }, scene.canvas));
  }

  function line(pen, x1, y1, x2, y2) {
    pen.beginPath();
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
    pen.stroke();
  }

  // ---- masks and detections ----

  /** A mask of M×M probabilities over 0.5, as a picture for its box. */
  function maskPicture(m, color) {
    const c = document.createElement("canvas"), up = 6, n = m.side * up;
    c.width = c.height = n;
    const pen = c.getContext("2d"), out = pen.createImageData(n, n), rgb = [1, 3, 5].map(i => parseInt(color.slice(i, i + 2), 16));
    const at = (x, y) => m.values[Math.max(0, Math.min(m.side - 1, y)) * m.side + Math.max(0, Math.min(m.side - 1, x))];
    for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) {
      const fx = (x + 0.5) / up - 0.5, fy = (y + 0.5) / up - 0.5, x0 = Math.floor(fx), y0 = Math.floor(fy), a = fx - x0, b = fy - y0;
      const p = (at(x0, y0) * (1 - a) + at(x0 + 1, y0) * a) * (1 - b) + (at(x0, y0 + 1) * (1 - a) + at(x0 + 1, y0 + 1) * a) * b;
      out.data.set([...rgb, p > 127.5 ? 120 : 0], 4 * (y * n + x));
    }
    pen.putImageData(out, 0, 0);
    return c;
  }

  D.masks.forEach(m => {
    m.box = D.detections[m.detection];
    m.picture = maskPicture(m, classColor(m.box[6]));
  });

  function paste(pen, scale, m) {
    pen.imageSmoothingEnabled = true;
    pen.drawImage(m.picture, m.box[0] * scale, m.box[1] * scale, (m.box[2] - m.box[0]) * scale, (m.box[3] - m.box[1]) * scale);
  }

  function masks() {
    if (!D.masks.length) return null;
    const rows = D.masks.map(m => {
      const [x1, y1, x2, y2] = m.box, side = Math.max(x2 - x1, y2 - y1, 16) * 1.25;
      const scene = P.scene((pen, scale) => { paste(pen, scale, m); P.drawBox(pen, scale, m.box, classColor(m.box[6]), 2); }, { dim: 0, label: "pasted mask" });
      scene.look({ x: (x1 + x2 - side) / 2, y: (y1 + y2 - side) / 2, w: side, h: side });
      const map = (src, caption) => P.el("figure", { class: "map" }, [P.el("img", { src, alt: caption, class: "pixels" }), P.el("figcaption", { text: caption })]);
      return P.el("div", { class: "maskrow" }, [
        P.el("p", {}, [P.el("b", { text: m.name }), P.el("br"), P.el("span", { class: "soft", text: m.score })]),
        map(m.logits, "logits, −6 … 6"), map(m.probability, "probability, 0 … 1"),
        P.el("figure", { class: "map" }, [scene.canvas, P.el("figcaption", { text: "over 0.5, pasted into its box" })]),
      ]);
    });
    return P.stage("masks", "Masks", "For each detection the mask head gives one small map per class; that of its class is turned into probabilities, stretched over the box and cut at one half.", rows);
  }

  function detections() {
    let least = D.detections.some(d => d[4] >= 0.5) ? 0.5 : 0.05;
    const count = P.el("b");
    const shown = () => D.detections.filter(d => d[4] >= least);
    const scene = P.scene((pen, scale) => {
      D.masks.filter(m => m.box[4] >= least).forEach(m => paste(pen, scale, m));
      shown().forEach(d => P.drawBox(pen, scale, d, classColor(d[6]), 2));
      shown().forEach(d => P.drawTag(pen, scale, d, classColor(d[6]), `${d[5]} ${d[4].toFixed(2)}`));
      count.textContent = `${shown().length} of ${D.detections.length}`;
    }, { dim: 0, label: "detections", hint: (x, y) => P.under(shown(), x, y).slice(0, 4).map(d => `${d[5]} ${d[4]}`).join("\n") });
    return P.stage("detections", "Detections",
      "What is left after the thresholds, NMS per class and the limit." + (D.masks.length && D.detections.length > D.masks.length ? ` Masks of the best ${D.masks.length} are drawn.` : ""),
      P.el("p", { class: "row" }, [P.slider("least score", 0, 1, 0.01, least, v => { least = v; scene.draw(); }), count]), scene.canvas);
  }

  document.body.append(P.el("main", { class: "page" }, [
    P.head("A detector, stage by stage", Object.entries(D.facts)),
    D.truth.length ? null : P.el("p", { class: "soft", text: "With --annotations this page also shows what training compares with the truth: matched anchors and sampled regions." }),
    pyramid(), objectness(), anchors(), suppression(), levelsOfRois(), sampled(), align(), masks(), detections(),
  ].filter(Boolean)));
  requestAnimationFrame(() => requestAnimationFrame(() => { P.painted = performance.now(); }));
})(window.Page);

// Lines over iterations: each can be switched off, the pointer reads values, the axis may be logarithmic.
(function (P) {
  "use strict";
  const W = 560, H = 260, LEFT = 52, RIGHT = 10, TOP = 8, BOTTOM = 24;

  /** The round numbers between two values. */
  function ticks(low, high) {
    const step = P.axisStep(high - low), out = [];
    for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-9; v += step) out.push(Number(v.toPrecision(12)));
    return out;
  }

  /** Powers of ten and what lies between, where there are few. */
  function logTicks(low, high) {
    const out = [];
    const few = Math.log10(high / low) < 2.2;
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
      for (const f of few ? [1, 2, 5] : [1]) {
        const v = f * 10 ** e;
        if (v >= low * 0.999 && v <= high * 1.001) out.push(v);
      }
    }
    return out.length ? out : [low, high];
  }

  function range(lines, axis) {
    const all = lines.flatMap(l => l[axis]);
    return [Math.min(...all), Math.max(...all)];
  }

  /** @param chart {title, lines: [{name, x, y, each}]} */
  P.lineChart = function (chart) {
    const on = chart.lines.map(() => true);
    const positive = chart.lines.every(l => l.y.every(v => v > 0));
    let logarithmic = false;
    const svg = P.svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": chart.title });
    const color = i => P.colors[i % P.colors.length];
    let x, y;

    function scales(lines) {
      const [x0, x1] = range(lines, "x");
      let [y0, y1] = range(lines, "y");
      if (!logarithmic && y0 > 0 && y0 < 0.6 * y1) y0 = 0;
      if (y0 === y1) { y0 -= Math.abs(y0) * 0.1 || 1; y1 += Math.abs(y1) * 0.1 || 1; }
      const f = logarithmic ? Math.log : v => v;
      x = v => LEFT + (W - LEFT - RIGHT) * (x1 > x0 ? (v - x0) / (x1 - x0) : 0.5);
      y = v => TOP + (H - TOP - BOTTOM) * (1 - (f(v) - f(y0)) / (f(y1) - f(y0)));
      return { xs: x1 > x0 ? ticks(x0, x1).filter(Number.isInteger) : [x0], ys: logarithmic ? logTicks(y0, y1) : ticks(y0, y1) };
    }

    function draw() {
      const shown = chart.lines.filter((_, i) => on[i]);
      svg.replaceChildren();
      if (!shown.length) return;
      const { xs, ys } = scales(shown);
      ys.forEach(v => svg.append(
        P.svg("line", { x1: LEFT, x2: W - RIGHT, y1: y(v), y2: y(v), stroke: "#e6eaef" }),
        P.svg("text", { x: LEFT - 6, y: y(v) + 4, "text-anchor": "end", text: P.number(v) })));
      xs.forEach(v => svg.append(P.svg("text", { x: x(v), y: H - 7, "text-anchor": x(v) > W - 40 ? "end" : "middle", text: String(v) })));
      chart.lines.forEach((l, i) => {
        if (!on[i]) return;
        const points = l.x.map((v, k) => `${x(v).toFixed(1)},${y(l.y[k]).toFixed(1)}`).join(" ");
        svg.append(P.svg("polyline", { points, fill: "none", stroke: color(i), "stroke-width": i === 0 ? 2 : 1.5, "stroke-linejoin": "round" }));
        if (l.x.length < 30) l.x.forEach((v, k) => svg.append(P.svg("circle", { cx: x(v), cy: y(l.y[k]), r: 3, fill: color(i) })));
      });
      svg.append(cursor);
    }

    const cursor = P.svg("line", { class: "cursor", y1: TOP, y2: H - BOTTOM, x1: -9, x2: -9 });
    P.hint(svg, e => {
      const box = svg.getBoundingClientRect(), at = (e.clientX - box.left) * W / box.width;
      const lines = chart.lines.map((l, i) => ({ l, i })).filter(({ i }) => on[i]);
      if (!lines.length || at < LEFT - 4) return "";
      let near = null;
      lines[0].l.x.forEach((v, k) => { if (near === null || Math.abs(x(v) - at) < Math.abs(x(lines[0].l.x[near]) - at)) near = k; });
      const iteration = lines[0].l.x[near];
      cursor.setAttribute("x1", x(iteration));
      cursor.setAttribute("x2", x(iteration));
      return `iteration ${iteration}\n` + lines.map(({ l }) => {
        const k = l.x.indexOf(iteration);
        return k < 0 ? null : `${l.name}  ${P.number(l.y[k])}`;
      }).filter(Boolean).join("\n");
    });
    svg.addEventListener("pointerleave", () => { cursor.setAttribute("x1", -9); cursor.setAttribute("x2", -9); });

    const legend = chart.lines.length < 2 ? null : P.el("p", { class: "legend" }, chart.lines.map((l, i) =>
      P.el("button", { "aria-pressed": "true", title: "show or hide", onclick: e => {
        on[i] = !on[i];
        e.currentTarget.setAttribute("aria-pressed", String(on[i]));
        draw();
      } }, [P.el("span", { class: "swatch", style: `background:${color(i)}` }), l.name])));
    const log = !positive ? null : P.el("label", { class: "row soft" }, [P.el("input", { type: "checkbox",
      onchange: e => { logarithmic = e.target.checked; draw(); } }), "logarithmic"]);
    const each = Math.max(...chart.lines.map(l => l.each));
    draw();
    return P.el("div", { class: "card chart" }, [
      P.el("div", { class: "top" }, [P.el("h2", { text: chart.title }), log]), svg, legend,
      each > 1 ? P.el("p", { class: "soft", text: `each point stands for up to ${each} iterations` }) : null,
    ]);
  };
})(window.Page);

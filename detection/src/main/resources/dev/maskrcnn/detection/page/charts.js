// Small charts for every page: histograms and bars as SVG, stacked areas and lines on a canvas.
(function (P) {
  "use strict";

  /** Okabe and Ito's colours, told apart by most eyes. */
  P.colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5b5b5b", "#8c3bbf"];

  /** A histogram from counts between two edges; heights are logarithmic. */
  P.histogram = function (counts, low, high, color) {
    const width = 300, height = 64, bar = width / counts.length;
    const most = Math.log1p(Math.max(1, ...counts));
    const total = counts.reduce((a, b) => a + b, 0);
    const bars = counts.map((n, i) => {
      const h = n ? Math.max(1.5, height * Math.log1p(n) / most) : 0;
      const from = low + (high - low) * i / counts.length, to = low + (high - low) * (i + 1) / counts.length;
      const r = P.svg("rect", { x: i * bar + 0.5, y: height - h, width: bar - 1, height: h, fill: color });
      const hit = P.svg("rect", { x: i * bar, y: 0, width: bar, height, fill: "transparent" });
      P.hint(hit, `${P.number(from)} … ${P.number(to)}\n${n} elements, ${P.percent(n / Math.max(1, total))}`);
      return [r, hit];
    }).flat();
    const zero = low < 0 && high > 0 ? width * -low / (high - low) : null;
    const marks = [P.svg("line", { x1: 0, y1: height, x2: width, y2: height, stroke: "#8a95a3" })];
    if (zero !== null) {
      marks.push(P.svg("line", { x1: zero, y1: 0, x2: zero, y2: height, stroke: "#8a95a3", "stroke-dasharray": "2 2" }));
    }
    return P.el("figure", { class: "histogram" }, [
      P.svg("svg", { viewBox: `0 0 ${width} ${height + 1}`, role: "img", "aria-label": "histogram, logarithmic heights" }, bars.concat(marks)),
      P.el("figcaption", {}, [
        P.el("span", { text: P.number(low) }),
        P.el("span", { text: zero === null ? "" : "0", class: "soft" }),
        P.el("span", { text: P.number(high) }),
      ]),
    ]);
  };

  /** A horizontal bar of parts [value, color] out of a whole. */
  P.bar = function (parts, whole, width) {
    const w = width || 90;
    let x = 0;
    return P.svg("svg", { viewBox: `0 0 ${w} 10`, width: w, height: 10, "aria-hidden": true },
      parts.map(([v, color]) => {
        const r = P.svg("rect", { x, y: 1, width: whole ? w * v / whole : 0, height: 8, fill: color });
        x += whole ? w * v / whole : 0;
        return r;
      }));
  };

  /** A round number of about a third of the given one, for the lines of an axis. */
  P.axisStep = function (most) {
    const rough = most / 4, power = 10 ** Math.floor(Math.log10(rough || 1));
    return [1, 2, 2.5, 5, 10].map(f => f * power).find(s => s >= rough) || 1;
  };

  /** Gives a canvas the size of its box and returns its pen in CSS pixels. */
  P.pen = function (canvas, height) {
    const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth || 300;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = height + "px";
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = "12px system-ui, sans-serif";
    return { pen, width, height };
  };

  /**
   * Stacked areas over steps: series are arrays of equal length, drawn from the bottom up.
   * @param box {left, top, width, height, most} of the plot in CSS pixels and the largest sum
   */
  P.stack = function (pen, series, colors, box) {
    const n = series[0].length;
    const base = new Float64Array(n);
    const x = i => box.left + box.width * i / Math.max(1, n - 1);
    const y = v => box.top + box.height * (1 - v / box.most);
    series.forEach((values, k) => {
      pen.beginPath();
      for (let i = 0; i < n; i++) {
        if (i) pen.lineTo(x(i), y(base[i - 1] + values[i - 1]));
        pen.lineTo(x(i), y(base[i] + values[i]));
      }
      for (let i = n - 1; i >= 0; i--) {
        pen.lineTo(x(i), y(base[i]));
        if (i) pen.lineTo(x(i), y(base[i - 1]));
      }
      pen.closePath();
      pen.fillStyle = colors[k];
      pen.fill();
      for (let i = 0; i < n; i++) base[i] += values[i];
    });
  };
})(window.Page);

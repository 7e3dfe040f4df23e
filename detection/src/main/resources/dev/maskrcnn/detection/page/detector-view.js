// The photo with boxes on it, in network pixels; heat maps beside it.
(function (P) {
  "use strict";
  const photo = P.data.photo;
  const image = P.el("img", { src: photo.src, alt: "the image" });
  P.levelColors = ["#d55e00", "#e69f00", "#009e73", "#0072b2", "#8c3bbf"];
  P.levelName = l => "P" + (l + 2);

  /** Calls back once the photo can be drawn. */
  P.ready = work => image.decode().then(work, work);

  /**
   * A canvas that shows the photo and what a function draws on it.
   * @param paint gets (pen, scale, view); coordinates are network pixels times scale
   */
  P.scene = function (paint, options) {
    const o = Object.assign({ dim: 0.15, hint: null }, options);
    const canvas = P.el("canvas", { class: "scene", role: "img", "aria-label": o.label || "the image with boxes" });
    let view = { x: 0, y: 0, w: photo.width, h: photo.height }, scale = 1;

    function draw() {
      if (!canvas.clientWidth) return;
      const { pen, width } = P.pen(canvas, canvas.clientWidth * view.h / view.w);
      scale = width / view.w;
      pen.save();
      pen.translate(-view.x * scale, -view.y * scale);
      pen.imageSmoothingEnabled = scale < 3;
      pen.drawImage(image, 0, 0, photo.width * scale, photo.height * scale);
      pen.fillStyle = `rgba(255,255,255,${o.dim})`;
      pen.fillRect(view.x * scale, view.y * scale, view.w * scale, view.h * scale);
      paint(pen, scale, view);
      pen.restore();
    }
    const later = P.perFrame(draw);
    new ResizeObserver(later).observe(canvas);
    P.ready(later);
    if (o.hint) {
      P.hint(canvas, e => {
        const r = canvas.getBoundingClientRect();
        return o.hint((e.clientX - r.left) / scale + view.x, (e.clientY - r.top) / scale + view.y);
      });
    }
    return { canvas, draw: later, look(next) { view = next; later(); } };
  };

  /** A box [x1, y1, x2, y2, …]. */
  P.drawBox = function (pen, scale, b, color, width, fill) {
    const x = b[0] * scale, y = b[1] * scale, w = (b[2] - b[0]) * scale, h = (b[3] - b[1]) * scale;
    if (fill) {
      pen.fillStyle = fill;
      pen.fillRect(x, y, w, h);
    }
    pen.lineWidth = width || 1.5;
    pen.strokeStyle = color;
    pen.strokeRect(x, y, w, h);
  };

  /** A name on a coloured ground at the upper left of a box. */
  P.drawTag = function (pen, scale, b, color, text) {
    pen.font = "600 12px system-ui, sans-serif";
    const w = pen.measureText(text).width + 8;
    const x = Math.max(0, b[0] * scale - 1), y = Math.max(0, b[1] * scale - 17);
    pen.fillStyle = color;
    pen.fillRect(x, y, w, 17);
    pen.fillStyle = "#fff";
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    pen.fillText(text, x + 4, y + 9);
  };

  /** The boxes that a point is in, smallest first. */
  P.under = (boxes, x, y) => boxes.filter(b => x >= b[0] && x <= b[2] && y >= b[1] && y <= b[3])
    .sort((a, b) => (a[2] - a[0]) * (a[3] - a[1]) - (b[2] - b[0]) * (b[3] - b[1]));

  /** The legend of the levels. */
  P.levelLegend = count => P.el("p", { class: "legend" }, P.levelColors.slice(0, count).map((c, l) =>
    P.el("span", {}, [P.el("span", { class: "swatch", style: `background:${c}` }), `${P.levelName(l)}, stride ${4 << l}`])));

  /** A numbered section. */
  let number = 0;
  P.stage = function (id, title, words, ...content) {
    number++;
    return P.el("section", { class: "card stage", id }, [
      P.el("h2", { text: `${number}. ${title}` }),
      P.el("p", { class: "soft", text: words }),
      ...content.flat().filter(Boolean),
    ]);
  };

  /** A heat map with its caption; the padding of the batch is cut off. */
  P.map = function (m, caption) {
    const w = photo.paddedWidth / photo.width * 100, h = photo.paddedHeight / photo.height * 100;
    return P.el("figure", { class: "map" }, [
      P.el("div", { class: "crop", style: `aspect-ratio:${photo.width}/${photo.height}` },
        P.el("img", { src: m.src, alt: caption, style: `width:${w}%;height:${h}%` })),
      P.el("figcaption", { text: caption }),
    ]);
  };

  /** A slider with its value beside it. */
  P.slider = function (label, min, max, step, value, change) {
    const shown = P.el("b", { text: value });
    const input = P.el("input", { type: "range", min, max, step, value, "aria-label": label,
      oninput: () => { shown.textContent = input.value; change(Number(input.value)); } });
    return P.el("label", { class: "row slider" }, [label, input, shown]);
  };
})(window.Page);

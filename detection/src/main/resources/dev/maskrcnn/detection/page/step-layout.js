// Places the items of a module in layers, modules that are open with their items inside.
(function (P) {
  "use strict";
  const GAP_X = 16, GAP_Y = 26, PAD = 12, HEAD = 26, ROW = 6;
  const OP = { w: 172, h: 40 }, FOLDED = { w: 188, h: 54 };

  /** Layer of each item: below what feeds it, and no higher than needed. */
  function layers(g) {
    const order = new Map(g.items.map((item, i) => [item, i]));
    const links = P.model.links.get(g);
    const feeds = g.items.map((item, i) =>
      [...(links.get(item) || [])].map(f => order.get(f)).filter(f => f < i));
    const layer = new Array(g.items.length).fill(0);
    g.items.forEach((_, i) => feeds[i].forEach(f => { layer[i] = Math.max(layer[i], layer[f] + 1); }));
    const fed = g.items.map(() => Infinity);
    for (let i = g.items.length - 1; i >= 0; i--) {
      if (!feeds[i].length && fed[i] < Infinity) layer[i] = fed[i] - 1;
      feeds[i].forEach(f => { fed[f] = Math.min(fed[f], layer[i]); });
    }
    const rows = [];
    g.items.forEach((_, i) => (rows[layer[i]] = rows[layer[i]] || []).push(i));
    return { rows: rows.filter(Boolean), feeds };
  }

  /** Wide layers go on in the next row. */
  function wrap(rows) {
    return rows.flatMap(row => {
      const parts = [];
      for (let i = 0; i < row.length; i += ROW) parts.push(row.slice(i, i + ROW));
      return parts;
    });
  }

  /** Puts boxes side by side, each as near as it can be to where it wants to be. */
  function place(row, size, wish) {
    const sorted = row.slice().sort((a, b) => wish(a) - wish(b) || a - b);
    let x = -Infinity, off = 0;
    const left = new Map();
    sorted.forEach(i => {
      const at = Math.max(wish(i) - size[i].w / 2, x);
      left.set(i, at);
      off += wish(i) - size[i].w / 2 - at;
      x = at + size[i].w + GAP_X;
    });
    sorted.forEach(i => left.set(i, left.get(i) + off / sorted.length));
    return left;
  }

  /**
   * The box of an item: {item, w, h, open, children: [{x, y, ...box}]}, positions relative to it.
   * @param open tells whether a module is open
   */
  P.layout = function layout(item, open) {
    if (item.kind === "op") return { item, ...OP, children: [] };
    if (item.parent && !open(item)) return { item, ...FOLDED, children: [] };
    const boxes = item.items.map(i => layout(i, open));
    const { rows, feeds } = layers(item);
    const center = new Array(boxes.length).fill(0);
    let y = item.parent ? HEAD + PAD : 0;
    wrap(rows).forEach(row => {
      const spread = (OP.w + GAP_X) / 2;
      const wish = i => {
        const f = feeds[i];
        return f.length ? f.reduce((s, k) => s + center[k], 0) / f.length : (row.indexOf(i) - (row.length - 1) / 2) * spread * 2;
      };
      const left = place(row, boxes, wish);
      row.forEach(i => {
        boxes[i].x = left.get(i);
        boxes[i].y = y;
        center[i] = left.get(i) + boxes[i].w / 2;
      });
      y += Math.max(...row.map(i => boxes[i].h)) + GAP_Y;
    });
    const from = Math.min(...boxes.map(b => b.x)), to = Math.max(...boxes.map(b => b.x + b.w));
    boxes.forEach(b => { b.x += PAD - from; });
    const w = Math.max(to - from + 2 * PAD, item.parent ? FOLDED.w : 0);
    const slack = (w - (to - from + 2 * PAD)) / 2;
    boxes.forEach(b => { b.x += slack; });
    return { item, w, h: y - GAP_Y + PAD, open: true, children: boxes };
  };
})(window.Page);

// Making elements, formatting numbers, tooltips. Text is always set as text, never as markup.
window.Page = {};
(function (P) {
  "use strict";

  P.data = JSON.parse(document.getElementById("data").textContent);

  const SVG = "http://www.w3.org/2000/svg";

  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (name === "text") element.textContent = value;
      else element.setAttribute(name, value === true ? "" : value);
    }
    for (const child of [].concat(children || [])) {
      if (child !== null && child !== undefined) element.append(child);
    }
    return element;
  }

  /** An HTML element; attributes that begin with "on" are listeners, "text" is its text. */
  P.el = (tag, attributes, children) => fill(document.createElement(tag), attributes, children);

  /** An SVG element. */
  P.svg = (tag, attributes, children) =>
    fill(document.createElementNS(SVG, tag), attributes, children);

  P.bytes = function (n) {
    if (n < 1024) return n + " B";
    if (n < 1048576) return (n / 1024).toFixed(1) + " KiB";
    return n < 1073741824 ? (n / 1048576).toFixed(1) + " MiB" : (n / 1073741824).toFixed(2) + " GiB";
  };

  P.time = function (nanos) {
    if (nanos < 1e3) return nanos + " ns";
    if (nanos < 1e6) return (nanos / 1e3).toFixed(nanos < 1e5 ? 1 : 0) + " µs";
    if (nanos < 1e9) return (nanos / 1e6).toFixed(nanos < 1e7 ? 2 : nanos < 1e8 ? 1 : 0) + " ms";
    return (nanos / 1e9).toFixed(2) + " s";
  };

  P.number = function (v) {
    if (v === 0 || Number.isInteger(v) && Math.abs(v) < 1e6) return String(v);
    const a = Math.abs(v);
    return a >= 1e-3 && a < 1e5 ? String(Number(v.toPrecision(4))) : v.toExponential(2);
  };

  P.percent = function (share) {
    if (share === 0) return "0";
    return share < 0.001 ? "<0.1 %" : (100 * share).toFixed(1) + " %";
  };

  const tip = P.el("div", { class: "tip", hidden: true, role: "tooltip" });
  document.body.append(tip);

  /** Shows a text beside the pointer; an empty one hides it. */
  P.tip = function (event, text) {
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    const w = tip.offsetWidth, h = tip.offsetHeight;
    tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - w - 4)) + "px";
    tip.style.top = (event.clientY + h + 24 > innerHeight ? event.clientY - h - 10 : event.clientY + 16) + "px";
  };

  /** Gives an element a tooltip; the text may be a function. */
  P.hint = function (element, text) {
    element.addEventListener("pointermove", e => P.tip(e, typeof text === "function" ? text(e) : text));
    element.addEventListener("pointerleave", e => P.tip(e, ""));
    return element;
  };

  /** The head of a page: title and facts. */
  P.head = function (title, facts) {
    return P.el("header", { class: "head" }, [
      P.el("h1", { text: title }),
      P.el("p", { class: "facts" }, facts.map(([k, v]) =>
        P.el("span", {}, [k + " ", P.el("b", { text: v })]))),
    ]);
  };

  /** A table: columns are [title, class]; rows are arrays of text or elements. */
  P.table = function (columns, rows) {
    return P.el("table", {}, [
      P.el("thead", {}, P.el("tr", {}, columns.map(([t, c]) => P.el("th", { text: t, class: c })))),
      P.el("tbody", {}, rows.map(row => {
        const cells = (row.cells || row).map((c, i) => P.el("td", { class: columns[i][1] }, c));
        return P.el("tr", row.click
          ? { class: "link", tabindex: 0, onclick: row.click, onkeydown: e => e.key === "Enter" && row.click() }
          : {}, cells);
      })),
    ]);
  };

  /** Calls back at most once per frame. */
  P.perFrame = function (work) {
    let due = false;
    return () => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => { due = false; work(); });
    };
  };
})(window.Page);

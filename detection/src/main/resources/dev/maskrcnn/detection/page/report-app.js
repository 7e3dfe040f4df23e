// The report of a run, from the curves to the environment.
(function (P) {
  "use strict";
  const D = P.data;
  const value = v => v === undefined || v < 0 ? "–" : v.toFixed(3);

  const section = (id, title, ...children) =>
    P.el("section", { id }, [P.el("h2", { text: title }), ...children.filter(Boolean)]);

  /** A table whose rows are sorted by the column that is clicked; rows are arrays of [shown, sorted by]. */
  function sortable(columns, rows) {
    const body = P.el("tbody");
    let by = -1, up = true;
    const fill = list => body.replaceChildren(...list.map(row =>
      P.el("tr", {}, row.map(([shown], i) => P.el("td", { class: columns[i][1] }, shown)))));
    const heads = columns.map(([text, kind], i) => P.el("th", { class: kind }, P.el("button", { text, title: "sort", onclick: () => {
      up = by === i ? !up : kind !== "num";
      by = i;
      heads.forEach((h, k) => h.setAttribute("aria-sort", k === i ? (up ? "ascending" : "descending") : "none"));
      const order = (a, b) => a[i][1] < b[i][1] ? -1 : a[i][1] > b[i][1] ? 1 : 0;
      fill([...rows].sort((a, b) => up ? order(a, b) : order(b, a)));
    } })));
    fill(rows);
    return P.el("div", { class: "scroll" }, P.el("table", {}, [P.el("thead", {}, P.el("tr", {}, heads)), body]));
  }

  // ---- pictures, larger when clicked ----

  const large = P.el("img", { alt: "" });
  const dialog = P.el("dialog", { onclick: () => dialog.close() }, [P.el("form", { method: "dialog" }, P.el("button", { text: "Close" })), large]);
  function image(src, alt) {
    const open = () => { large.src = src; large.alt = alt; dialog.showModal(); };
    return P.el("img", { src, alt, loading: "lazy", tabindex: 0, style: "cursor: zoom-in", onclick: open, onkeydown: e => e.key === "Enter" && open() });
  }

  // ---- numbers of a data set ----

  const KINDS = [["bbox", "box"], ["segm", "mask"]];

  function summary(results) {
    const names = Object.keys(results[Object.keys(results)[0]]).filter(n => n !== "categories");
    return P.el("div", { class: "scroll" }, P.table([["", ""], ...names.map(n => [n, "num"])],
      KINDS.filter(([k]) => results[k]).map(([k, name]) => [name, ...names.map(n => value(results[k][n]))])));
  }

  function categories(results) {
    const kinds = KINDS.filter(([k]) => results[k]);
    const columns = [["category", ""], ...kinds.flatMap(([, name]) => ["AP", "AP50", "AP75", "AR100"].map(n => [`${name} ${n}`, "num"]))];
    const rows = results[kinds[0][0]].categories.map((c, i) => [[c.name, c.name], ...kinds.flatMap(([k]) => {
      const r = results[k].categories[i];
      return ["AP", "AP50", "AP75", "AR100"].map(n => [n === "AP"
        ? P.el("span", {}, [value(r[n]), P.el("span", { class: "meter" }, P.bar([[Math.max(0, r[n]), P.colors[0]], [1 - Math.max(0, r[n]), "#e6eaef"]], 1, 50))])
        : value(r[n]), r[n]]);
    })]);
    return sortable(columns, rows);
  }

  const sets = D.sets.map(s => section("set-" + s.name, "Evaluation on " + s.name,
    P.el("div", { class: "card" }, [summary(s.results), P.el("h3", { text: "By category" }), categories(s.results)]),
    P.el("div", { class: "grid pictures", style: "margin-top:14px" }, s.pictures.map(p =>
      P.el("figure", { class: "card" }, [image(p.src, p.caption), P.el("figcaption", { text: p.caption })])))));

  // ---- gallery ----

  const count = (n, one, many) => n ? `${n} ${n === 1 ? one : many}` : null;
  const errors = g => [count(g.missed, "missed", "missed"), count(g.invented, "where nothing is", "where nothing is"),
    count(g.confused, "of another category", "of another category")].filter(Boolean).join(", ") || "no errors";

  function gallery() {
    if (!D.gallery.length) return null;
    return section("gallery", "Truth and prediction, the worst first",
      P.el("p", { class: "soft", text: "Detections with a score of 0.5 or more, boxes that overlap an object by half or more. Click a picture to enlarge it." }),
      P.el("div", { class: "gallery" }, D.gallery.map(g => P.el("figure", { class: "card" }, [image(g.src, g.title),
        P.el("figcaption", {}, [P.el("b", { text: g.title }), "  " + errors(g)])]))));
  }

  // ---- settings and environment ----

  const settings = section("settings", `Settings that differ from the defaults: ${D.config.length}`,
    P.el("div", { class: "card scroll" }, P.table([["key", "key mono"], ["value", "long mono"], ["default", "long mono"], ["set in", "long soft"]], D.config)));
  const environment = section("environment", "Environment",
    P.el("div", { class: "card scroll" }, P.table([["", "key soft"], ["", "long"]], Object.entries(D.environment))));

  document.body.append(P.el("main", { class: "page" }, [
    P.head(document.title, Object.entries(D.facts)),
    D.charts.length ? P.el("div", { id: "charts", class: "grid" }, D.charts.map(P.lineChart)) : P.el("p", { text: "Nothing was measured yet." }),
    ...sets, gallery(), settings, environment,
  ].filter(Boolean)), dialog);
  requestAnimationFrame(() => requestAnimationFrame(() => { P.painted = performance.now(); }));
})(window.Page);

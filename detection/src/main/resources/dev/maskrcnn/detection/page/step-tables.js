// The slowest ops, and time by op type.
(function (P) {
  "use strict";
  const M = P.model;
  const FORWARD = "#0072b2", BACKWARD = "#d55e00";

  function legend() {
    return P.el("p", { class: "legend" }, [["forward", FORWARD], ["backward", BACKWARD]].map(([name, color]) =>
      P.el("span", {}, [P.el("span", { class: "swatch", style: `background:${color}` }), name])));
  }

  function slowest() {
    const all = M.ops.slice().sort((a, b) => b.forward + b.backward - a.forward - a.backward).slice(0, 40);
    const most = all.length ? all[0].forward + all[0].backward : 1;
    const rows = all.map(o => ({
      cells: [
        P.el("span", {}, [o.name, P.el("span", { class: "soft", text: o.path ? " at " + o.path : "" })]),
        P.bar([[o.forward, FORWARD], [o.backward, BACKWARD]], most), P.time(o.forward), o.rule ? P.time(o.backward) : "",
      ],
      click: () => P.graph.select(o, true),
    }));
    return P.el("section", { class: "card", id: "slowest" }, [
      P.el("h2", { text: "Slowest ops" }), legend(),
      P.el("div", { class: "scroll tall" }, P.table([["op", "wrap"], ["", ""], ["forward", "num"], ["backward", "num"]], rows)),
    ]);
  }

  function types() {
    const sums = new Map();
    M.ops.forEach(o => {
      const s = sums.get(o.name) || { count: 0, forward: 0, backward: 0, kept: 0 };
      s.count++;
      s.forward += o.forward;
      s.backward += o.backward;
      s.kept += o.keptBytes;
      sums.set(o.name, s);
    });
    const all = [...sums].sort((a, b) => b[1].forward + b[1].backward - a[1].forward - a[1].backward);
    const most = all.length ? all[0][1].forward + all[0][1].backward : 1;
    const rows = all.map(([name, s]) => ({
      cells: [
        P.el("span", {}, [P.el("span", { class: "swatch", style: `background:${P.familyColor(name)}` }), name]),
        String(s.count), P.bar([[s.forward, FORWARD], [s.backward, BACKWARD]], most),
        P.time(s.forward), s.backward ? P.time(s.backward) : "", s.kept ? P.bytes(s.kept) : "",
      ],
      click: () => P.search.run(name),
    }));
    const update = M.raw.update.map(([name, count, nanos]) => `${name} ×${count}: ${P.time(nanos)}`).join(", ");
    return P.el("section", { class: "card", id: "types" }, [
      P.el("h2", { text: "Time by op" }), legend(),
      P.el("div", { class: "scroll tall" }, [
        P.table([["op", ""], ["runs", "num"], ["", ""], ["forward", "num"], ["backward", "num"], ["kept", "num"]], rows),
        update ? P.el("p", { class: "soft", text: "Update of the weights: " + update }) : null,
      ]),
    ]);
  }

  P.tables = () => [slowest(), types()];
})(window.Page);

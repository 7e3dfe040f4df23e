// The recorded step as objects: ops, sources, and the tree of modules that folds.
(function (P) {
  "use strict";
  const raw = P.data;
  const text = i => raw.strings[i];
  const spec = ([shape, dtype, bytes]) => ({ shape: text(shape), dtype, bytes, toString: () => `${text(shape)} ${dtype}` });
  const statistics = s => s && {
    count: s[0], mean: s[1], deviation: s[2], min: s[3], max: s[4], zeros: s[5], nans: s[6],
    infinities: s[7], low: s[8], high: s[9], bins: s[10],
  };

  const sources = raw.sources.map(([name, parameter, s]) => ({ name, parameter: parameter === 1, spec: spec(s) }));

  const ops = raw.ops.map((o, id) => ({
    kind: "op", id, name: o.n, label: text(o.a), path: text(o.p), node: o.t,
    type: raw.types[o.n], forward: o.f, backward: o.b ? o.b.f : 0,
    inputs: o.i.map(([op, source, s]) => ({ op, source, spec: spec(s) })),
    outputs: o.o.map(spec),
    kept: (o.k || []).map(([slot, s]) => ({ slot, spec: spec(s) })),
    statistics: statistics(o.s),
    rule: o.b && {
      launches: o.b.l.map(([a, nanos]) => ({ label: text(a), nanos })),
      targets: o.b.t,
      gradient: statistics(o.b.g),
      sources: o.b.s.map(([input, s]) => ({ input, statistics: statistics(s) })),
    },
    users: [], first: id, last: id, caption: "",
  }));
  ops.forEach(o => {
    o.keptBytes = o.kept.reduce((sum, k) => sum + k.spec.bytes, 0);
    o.inputs.forEach(i => { if (i.op >= 0) ops[i.op].users.push(o.id); });
  });

  /** A module: its ops and the modules in it, in order of first execution. */
  function group(path, name, parent) {
    return { kind: "group", path, name, parent, items: [], byName: new Map() };
  }

  const root = group("", "step", null);
  ops.forEach(o => {
    let g = root;
    (o.path ? o.path.split(".") : []).forEach(segment => {
      if (!g.byName.has(segment)) {
        const path = g.path ? g.path + "." + segment : segment;
        const child = group(path, segment, g);
        g.byName.set(segment, child);
        g.items.push(child);
      }
      g = g.byName.get(segment);
    });
    g.items.push(o);
  });

  /** A module of one op is shown as the op; one with a single module inside takes its name along. */
  function simplify(g) {
    g.items = g.items.map(item => {
      if (item.kind === "op") return item;
      simplify(item);
      if (item.items.length > 1) return item;
      const only = item.items[0];
      if (only.kind === "op") only.caption = item.name + (only.caption ? "." + only.caption : "");
      else only.name = item.name + "." + only.name;
      return only;
    });
    g.items.forEach(item => { item.parent = g; });
  }
  simplify(root);

  // What a module keeps: a tensor that several of its ops keep is there once.
  const keepers = new Map(ops.map(o => [o.id, []]));
  raw.memory.blocks.forEach((block, id) => block[7].forEach(op => keepers.get(op).push(id)));

  function total(g) {
    const kept = new Set();
    Object.assign(g, { count: 0, forward: 0, backward: 0, keptBytes: 0, first: Infinity, last: -1, trained: false, broken: 0 });
    g.items.forEach(item => {
      const own = item.kind === "op" ? keepers.get(item.id) : total(item);
      own.forEach(id => kept.add(id));
      g.count += item.kind === "op" ? 1 : item.count;
      g.forward += item.forward;
      g.backward += item.backward;
      g.first = Math.min(g.first, item.first);
      g.last = Math.max(g.last, item.last);
      g.trained = g.trained || (item.kind === "op" ? item.node >= 0 : item.trained);
    });
    g.items.sort((a, b) => a.first - b.first);
    kept.forEach(id => { g.keptBytes += raw.memory.blocks[id][0]; });
    return kept;
  }
  total(root);

  const groups = [];
  (function collect(g) { groups.push(g); g.items.filter(i => i.kind === "group").forEach(collect); })(root);

  /** The chain from the root to what holds an item, and the item itself. */
  function chain(item) {
    const all = [];
    for (let g = item; g; g = g.parent) all.unshift(g);
    return all;
  }

  /** For each module, which of its items feed which: seen from the ops inside of them. */
  const links = new Map(groups.map(g => [g, new Map()]));
  ops.forEach(b => b.inputs.forEach(input => {
    if (input.op < 0) return;
    const from = chain(ops[input.op]), to = chain(b);
    let k = 0;
    while (from[k + 1] === to[k + 1]) k++;
    const inside = links.get(from[k]);
    if (!inside.has(to[k + 1])) inside.set(to[k + 1], new Set());
    inside.get(to[k + 1]).add(from[k + 1]);
  }));

  const bad = s => s && s.nans + s.infinities > 0;

  P.model = {
    raw, ops, sources, root, groups, links, chain, text,
    backward: raw.backward,
    /** Ops with a value or gradient that is not finite. */
    broken: ops.filter(o => bad(o.statistics) || o.rule && bad(o.rule.gradient)),
    /** Where an input comes from, in words. */
    origin(input) {
      if (input.op >= 0) return `${ops[input.op].name} #${input.op}`;
      return sources[input.source].name;
    },
    /** Full name of an item. */
    title(item) {
      if (item.kind === "group") return item.path || "the whole step";
      return item.path ? `${item.name} at ${item.path}` : item.name;
    },
  };
})(window.Page);

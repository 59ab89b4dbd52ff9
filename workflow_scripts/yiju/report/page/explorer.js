// The explorer of examples. Texts reach the page as text only (textContent), never as markup.
(() => {
  const root = document.getElementById("explorer");
  const source = document.getElementById("explorer-data");
  if (!root || !source) return;
  const data = JSON.parse(source.textContent);
  const SIDES = ["q", "t"];
  /** A text in the language of the page, {name} filled in. */
  const say = (message, values = {}) =>
    (data.texts[message] || message).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  const LABELS = [say("not similar"), say("similar")];
  const MARKS = { right: say("✓ right"), wrong: say("✗ wrong"), unknown: say("? unknown") };
  // So many are shown at first, and so many more each time.
  const [FIRST, MORE] = [4, 10];
  const form = root.querySelector("form");
  const list = root.querySelector(".found-list");
  const more = root.querySelector(".more");
  const status = root.querySelector(".found");
  let found = [];
  let shown = 0;

  function node(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function svg(tag, attributes, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  const percent = (share) => say("{value}\u00a0%", { value: (100 * share).toFixed(1) });
  const signed = (value) => (value === null ? say("not known") : (value < 0 ? "−" : "+") + Math.abs(value).toPrecision(3));
  /** How full the colour of a cell is: on the scale of the segments, and none below the floor. */
  const strength = (value) => (Math.abs(value) < data.floor ? 0 : Math.min(1, Math.abs(value) / data.scale));
  // Spans count characters; strings here count UTF-16 units, of which a rare character has two.
  const cut = (example, side, [start, end]) => example[side].characters.slice(start, end).join("");
  const segment = (example, side, index) => cut(example, side, example[side].spans[index]);

  for (const example of data.examples) {
    const confidence = example.label ? example.probability : 1 - example.probability;
    for (const side of SIDES) example[side].characters = Array.from(example[side].text);
    example.outcome = example.gold === null ? "unknown" : example.gold === example.label ? "right" : "wrong";
    example.confidence = confidence;
    example.band = (confidence >= 0.75) + (confidence >= 0.95);
    example.words = `${example.q.text}\n${example.t.text}\n${example.item}`.toLowerCase();
  }

  function fill(name, values) {
    const menu = form.elements[name];
    for (const value of values) menu.append(node("option", { value }, value));
    menu.disabled = menu.options.length < 2;
  }

  const distinct = (key) => [...new Set(data.examples.map((one) => one[key]).filter((one) => one !== null))];

  function matches(example) {
    const wanted = (name) => form.elements[name].value;
    const same = (name, value) => wanted(name) === "" || wanted(name) === String(value);
    const words = wanted("find").toLowerCase().split(/\s+/u).filter(Boolean);
    return (
      ["set", "outcome", "part", "gold", "band"].every((name) => same(name, example[name])) &&
      words.every((word) => example.words.includes(word))
    );
  }

  function update() {
    found = data.examples.filter(matches);
    const order = form.elements.order.value;
    if (order) found.sort((a, b) => (order === "sure" ? b.confidence - a.confidence : a.confidence - b.confidence));
    const wrong = found.filter((one) => one.outcome === "wrong").length;
    status.textContent = say("{found} of {all} examples, {wrong} of them wrong", {
      found: found.length,
      all: data.examples.length,
      wrong,
    });
    list.replaceChildren();
    shown = 0;
    show(FIRST);
  }

  function show(most) {
    const next = found.slice(shown, shown + most);
    list.append(...next.map((example) => node("li", {}, card(example))));
    shown += next.length;
    more.hidden = shown >= found.length;
    more.textContent = say("Show {number} more", { number: Math.min(MORE, found.length - shown) });
  }

  function card(example) {
    const method = example.methods[form.elements.method.value];
    const place = [example.set, example.part, say("item {item}", { item: example.item })].filter(Boolean).join(say(", "));
    const article = node(
      "article",
      { class: `example ${example.outcome}` },
      node(
        "h3",
        {},
        node("span", { class: "verdict-mark" }, MARKS[example.outcome]),
        ` ${say("judged {label}", { label: LABELS[example.label] })} `,
        node("span", { class: "place" }, place),
      ),
      node("p", { class: "figures" }, told(example)),
      ...SIDES.map((side) => sentence(example, method, side)),
      node("p", { class: "carried" }, example.carried),
    );
    const inside = example.evidence ? say("Matrix, curve, smallest deletion, training pairs") : say("Matrix, curve, smallest deletion");
    const button = node("button", { type: "button", "aria-expanded": "false" }, inside);
    const panel = node("div", { class: "closer", hidden: "" });
    button.addEventListener("click", () => {
      if (!panel.hasChildNodes()) panel.append(...closer(example, method, article));
      panel.hidden = !panel.hidden;
      button.setAttribute("aria-expanded", String(!panel.hidden));
    });
    article.append(button, panel);
    return article;
  }

  function told(example) {
    const said = [say("P(similar) {share}", { share: percent(example.probability) })];
    if (example.gold !== null) said.push(say("gold: {label}", { label: LABELS[example.gold] }));
    said.push(say("P by overlap alone {share}", { share: percent(example.overlap_probability) }));
    if (example.explained !== example.label) said.push(say("explained: {label}", { label: LABELS[example.explained] }));
    if (example.truncated) said.push(say("longer than the model reads: the end of a sentence was cut off"));
    if (example.unknown) {
      said.push(
        say("characters that the vocabulary does not hold, which the model cannot distinguish: {number}", {
          number: example.unknown,
        }),
      );
    }
    return said.join(" · ");
  }

  function sentence(example, method, side) {
    const { spans, gold, unknown } = example[side];
    const ranked = method[`${side}_ranked`];
    const parts = [];
    let place = 0;
    spans.forEach((span, index) => {
      if (span[0] > place) parts.push(cut(example, side, [place, span[0]]));
      const score = method[side][index];
      const rank = ranked.indexOf(index) + 1;
      const looks = ["piece"];
      const titles = score === null ? [] : [say("score {score}", { score: signed(score) })];
      const colour = method[`${side}_colours`][index];
      if (colour < 0) looks.push("against");
      if (rank) looks.push("selected");
      if (rank) titles.push(say("rank {rank}", { rank }));
      if (gold && gold.includes(index)) looks.push("gold");
      if (gold && gold.includes(index)) titles.push(say("gold evidence"));
      if (unknown.includes(index)) looks.push("unknown");
      if (unknown.includes(index)) titles.push(say("not known to the model"));
      if (score === null) looks.push("unread");
      if (score === null) titles.push(say("not read by the model"));
      const piece = node("span", { class: looks.join(" "), title: titles.join(say(", ")) }, cut(example, side, span));
      piece.dataset.place = `${side}${index}`;
      piece.style.setProperty("--weight", Math.abs(colour));
      parts.push(piece);
      place = span[1];
    });
    parts.push(cut(example, side, [place, example[side].characters.length]));
    const number = node("span", { class: "side" }, String(SIDES.indexOf(side) + 1));
    return node("p", { class: "sentence" }, number, " ", node("span", { lang: "zh" }, ...parts));
  }

  function closer(example, method, article) {
    const parts = [counterfactual(example), node("div", {}, ...matrix(example, article)), curve(example, method)];
    return example.evidence ? [...parts, trainingPairs(example.evidence)] : parts;
  }

  function trainingPairs(evidence) {
    const by = { measure: { similarity: say("similarity"), representer: say("representer points"), tracin: "TracIn" }[evidence.measure] };
    const many = { ...by, pairs: evidence.pairs };
    const heads = [
      [say("Training pairs that speak for it, by {measure}, of {pairs} that the first model learnt:", many), evidence.for],
      [say("Training pairs that speak against it, by {measure}, of {pairs} that the first model learnt:", many), evidence.against],
    ];
    const lists = heads.flatMap(([head, pairs]) => [
      node("p", {}, head),
      pairs.length ? node("ol", {}, ...pairs.map(trainingPair)) : node("p", { class: "note" }, say("none")),
    ]);
    return node("div", { class: "training" }, ...lists);
  }

  function trainingPair(pair) {
    const place = { file: pair.file, line: pair.line, corpus: pair.corpus };
    const parts = [
      LABELS[pair.label],
      say("score {score}", { score: signed(pair.score) }),
      say("similarity {value}", { value: pair.similarity.toFixed(3) }),
      say("{file} line {line} of {corpus}", place),
      ...(pair.operation === "original" ? [] : [say("made of it by augmentation")]),
    ];
    return node("li", {}, node("span", { lang: "zh" }, `${pair.q} | ${pair.t}`), ` (${parts.join(" · ")})`);
  }

  function counterfactual(example) {
    const { found: there, exact, label, probability, q, t } = example.counterfactual;
    const text = node("p", { class: "deletion" });
    if (!there) {
      text.append(say("Smallest deletion: no three segments or fewer were found without which it is judged otherwise."));
      return text;
    }
    const gone = [...q.map((index) => ["q", index]), ...t.map((index) => ["t", index])];
    text.append(node("strong", {}, say("Smallest deletion without which the pair is judged otherwise: ")));
    gone.forEach(([side, index], place) => {
      if (place) text.append(say(", "));
      const number = side === "q" ? 1 : 2;
      text.append(node("del", { lang: "zh" }, segment(example, side, index)), say(" (sentence {number})", { number }));
    });
    text.append(
      say(". Then it is judged {label}: P(similar) {share}.", { label: LABELS[1 - label], share: percent(probability) }),
    );
    if (gone.length > 1) text.append(exact ? say(" Fewer segments do not do that.") : say(" Fewer segments may do that too."));
    return text;
  }

  function curve(example, method) {
    const [width, height, left, right, top, bottom] = [366, 170, 64, 16, 10, 36];
    const lines = [
      { name: say("most important first"), values: method.curve, look: "ours" },
      { name: say("in random order"), values: example.random, look: "rival" },
    ];
    const last = Math.max(1, ...lines.map((one) => one.values.length - 1));
    const x = (step) => left + ((width - left - right) * step) / last;
    const y = (share) => top + (height - top - bottom) * (1 - share);
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "curve" });
    const label = LABELS[example.explained];
    const told = (one) => `${one.name}: ${one.values.map((value) => percent(value)).join(", ")}`;
    const title = say("P({label}) without the first 0, 1, 2 … segments.", { label });
    picture.append(svg("title", {}, `${title} ${lines.map(told).join(". ")}`));
    for (const share of [0, 0.5, 1]) {
      picture.append(svg("line", { x1: left, x2: width - right, y1: y(share), y2: y(share), class: "grid" }));
      picture.append(svg("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, `${100 * share} %`));
    }
    for (let step = 0; step <= last; step += last > 8 ? 2 : 1) {
      picture.append(svg("text", { x: x(step), y: height - bottom + 14, "text-anchor": "middle" }, String(step)));
    }
    picture.append(svg("text", { x: left, y: height - 4 }, say("segments taken away; P({label})", { label })));
    for (const { values, look } of lines.reverse()) {
      const points = values.map((value, step) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`);
      picture.append(svg("polyline", { points: points.join(" "), class: look }));
      if (look === "ours") {
        values.forEach((value, step) => picture.append(svg("circle", { cx: x(step), cy: y(value), r: 2.5 })));
      }
    }
    const caption = node("figcaption", {}, say("Solid: most important first. Dashed: random order (mean of three)."));
    return node("figure", { class: "curve-figure" }, picture, caption);
  }

  function matrix(example, article) {
    if (!example.matrix) return [node("p", { class: "note" }, say("The sentences are too long for a matrix."))];
    const { cells, step } = example.matrix;
    const line = node("p", { class: "cell-told", role: "status" }, say("Point at a cell, or go there with the arrow keys."));
    const head = node("tr", {}, node("td"), ...example.t.spans.map((_, j) => heading("col", segment(example, "t", j))));
    const body = cells.map((row, i) =>
      node("tr", {}, heading("row", segment(example, "q", i)), ...row.map((value, j) => cell(value, i, j))),
    );
    const table = node("table", { class: "matrix" }, node("thead", {}, head), node("tbody", {}, ...body));

    function heading(scope, text) {
      return node("th", { scope, lang: "zh" }, text);
    }

    function cell(value, i, j) {
      const share = strength(value * step);
      const made = node("td", { tabindex: i || j ? "-1" : "0", class: share && value < 0 ? "instead" : "" });
      const [first, second] = [segment(example, "q", i), segment(example, "t", j)];
      const told = signed(value === null ? null : value * step);
      made.setAttribute("aria-label", say("{first} and {second}: {value}", { first, second, value: told }));
      made.style.setProperty("--weight", share.toFixed(3));
      made.dataset.row = i;
      made.dataset.column = j;
      return made;
    }

    function point(target) {
      const [i, j] = [Number(target.dataset.row), Number(target.dataset.column)];
      line.textContent = target.getAttribute("aria-label");
      for (const piece of article.querySelectorAll(".piece")) {
        piece.classList.toggle("pointed", [`q${i}`, `t${j}`].includes(piece.dataset.place));
      }
    }

    function move(event) {
      const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      const from = event.target.closest("td[tabindex]");
      if (!steps || !from) return;
      const row = table.tBodies[0].rows[Number(from.dataset.row) + steps[0]];
      const next = row && row.cells[Number(from.dataset.column) + steps[1] + 1];
      event.preventDefault();
      if (!next || next.tagName !== "TD") return;
      from.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    }

    for (const kind of ["focusin", "mouseover"]) {
      table.addEventListener(kind, (event) => {
        const target = event.target.closest("td[tabindex]");
        if (target) point(target);
      });
    }
    table.addEventListener("keydown", move);
    const about = say(
      "How much two segments act together on log p(label). Violet, above 0: both together do what neither does alone; grey and barred, below 0: one does what the other would do.",
    );
    const region = { class: "scroll", role: "region", "aria-label": say("Matrix of segments: {item}", { item: `${example.set} ${example.item}` }), tabindex: "-1" };
    return [node("p", { class: "note" }, about), node("div", region, table), line];
  }

  fill("set", distinct("set"));
  fill("part", distinct("part").sort());
  fill("method", data.methods);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", update);
  // The fields have their first values only after the event.
  form.addEventListener("reset", () => setTimeout(update));
  more.addEventListener("click", () => {
    const before = list.children.length;
    show(MORE);
    list.children[before].querySelector("button").focus();
  });
  document.documentElement.classList.add("explores");
  root.hidden = false;
  update();
})();

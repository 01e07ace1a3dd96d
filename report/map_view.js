"use strict";
// What is drawn: hands Bokeh the layers that belong to a choice, moves the view, says what lies under the pointer.
// All figures, positions and classes are worked out beforehand (scripts/school_map.py), colours stand in the style
// sheet (scripts/lib/palette.py).

const known = (value) => value !== null && value !== undefined;
const byId = (id) => document.getElementById(id);

/** An element with attributes and children, texts among them. */
function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Columns of numbers that were packed by scripts/school_map.py, as lists; what is unknown, as null. */
function unpack(columns) {
  const numbers = (column) => {
    if (typeof column !== "string") return column;
    const [bits, text] = column.split(":");
    const bytes = atob(text);
    const size = bits / 8;
    return Array.from({ length: bytes.length / size }, (_, i) => {
      let number = 0;
      for (let at = size - 1; at >= 0; at--) number = number * 256 + bytes.charCodeAt(i * size + at);
      return number < 2 ** (bits - 1) ? number : null;
    });
  };
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, numbers(column)]));
}

/** Draws the map. `data`: of the page. `on`: what to call when the reader points at something ({kind, index, x, y} or
 * null), taps it, or moves. Returns how to draw a choice and how to move the view. */
async function openMap(data, item, on) {
  const DOTS = { others: 4, high: 8, need: 12 }; // px across among an area's schools
  const SMALL_DOTS = { others: 2, high: 3.5, need: 5.5 }; // among all schools
  const PAIR_DOTS = { others: 1.5, high: 2.5, need: 6.5 }; // where those left over stand out
  const wide = matchMedia("(min-width: 62rem)");
  const map = byId("map");
  const corner = byId("corner");
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();

  await Bokeh.embed.embed_item(item, "plot");
  const model = (name) => Bokeh.documents[0].get_model_by_name(name);
  const plot = model("map");
  const put = (name, columns) => (model(name).data_source.data = columns);
  const paint = (name, properties) =>
    model(name).glyph.setv(Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, { value }])));

  let view = { x: 0, y: 0, perPixel: 1000 }; // centre in metres, metres a pixel
  let fitted = null; // the box that was last fitted, to fit again when the page changes its size
  let size = [1, 1];
  let beside = 0; // px that the legend takes on the left of the map
  let drawn = null; // the choice that was last drawn

  function setView(x, y, perPixel) {
    const [width, height] = size.map((side) => (side * perPixel) / 2);
    plot.x_range.setv({ start: x - width, end: x + width });
    plot.y_range.setv({ start: y - height, end: y + height });
    moved();
  }

  /** After each move, whoever made it. */
  function moved() {
    const { start: left, end: right } = plot.x_range;
    const { start: bottom, end: top } = plot.y_range;
    view = { x: (left + right) / 2, y: (bottom + top) / 2, perPixel: (right - left) / size[0] };
    map.dataset.view = [left, bottom, right, top].map(Math.round).join(" "); // metres
    on.move();
    drawSizes();
  }

  function fit(box) {
    fitted = box;
    const [width, height] = size;
    const [left, bottom, right, top] = box;
    const pad = Math.min(width, height) * 0.05 + 12;
    const perPixel = Math.max(
      (right - left) / Math.max(width - beside - 2 * pad, 40),
      (top - bottom) / Math.max(height - 2 * pad, 40),
      6000 / Math.min(width, height), // no nearer than this many metres
    );
    // In the middle of the map, but no further left than beside the legend.
    const middle = Math.max(width / 2, beside + pad + (right - left) / 2 / perPixel);
    setView((left + right) / 2 - (middle - width / 2) * perPixel, (bottom + top) / 2, perPixel);
  }

  function move(way) {
    if (way === "home") return fit(home);
    if (way === "in" || way === "out") {
      const perPixel = view.perPixel * (way === "in" ? 1 / 1.6 : 1.6);
      return setView(view.x + (beside / 2) * (view.perPixel - perPixel), view.y, perPixel);
    }
    const [dx, dy] = { left: [-1, 0], right: [1, 0], up: [0, 1], down: [0, -1] }[way];
    const [width, height] = size.map((side) => side * 0.25 * view.perPixel);
    return setView(view.x + dx * width, view.y + dy * height, view.perPixel);
  }

  function measure() {
    size = [map.clientWidth || 1, map.clientHeight || 1];
    beside = getComputedStyle(corner).position === "absolute" ? corner.offsetLeft + corner.offsetWidth : 0;
  }

  /** Where a place in metres is on the map, in px. */
  const screen = (x, y) => [(x - view.x) / view.perPixel + size[0] / 2, size[1] / 2 - (y - view.y) / view.perPixel];

  /** The box around places [x, y], null without any. */
  function boxOf(places) {
    const placed = places.filter(([x]) => known(x));
    if (!placed.length) return null;
    const least = (sign, axis) => placed.reduce((least, place) => Math.min(least, sign * place[axis]), Infinity);
    return [least(1, 0), least(1, 1), -least(-1, 0), -least(-1, 1)];
  }
  const placesOf = ({ schools }, wanted = () => true) =>
    schools.x.flatMap((x, i) => (wanted(i) ? [[x, schools.y[i]]] : []));
  const all = Object.values(data.phases).flatMap((phase) => (phase ? placesOf(phase) : []));
  const home = boxOf(all) || [0, 0, 600_000, 650_000];

  /** The position of the chosen school, in need or else a helper; undefined without one. */
  const chosenOf = ({ need }, { school, helper }) => (helper !== null ? helper : need.school[school]);

  /** Moves to the chosen school with its circle, to the chosen area, or to all. */
  function fitChoice({ phase, by, area, school, helper }) {
    const its = data.phases[phase];
    const i = chosenOf(its, { school, helper });
    const [x, y, radius] = [its.schools.x[i], its.schools.y[i], its.radius_m];
    if (known(x)) return fit([x - radius, y - radius, x + radius, y + radius]);
    const inside = area === null ? [] : placesOf(its, (j) => its.schools[by][j] === area);
    return fit(boxOf(inside) || home);
  }

  /** Polygons as Bokeh takes them. `unit`: of their coordinates, in metres. */
  const outline = (polygons, unit = 1) => {
    const axis = (i) => polygons.map((rings) => rings.map((ring) => ring.map((point) => point[i] * unit)));
    return { xs: axis(0), ys: axis(1) };
  };

  /** Rows as columns, all of `names` even where there is no row. */
  const columns = (rows, ...names) => Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]));

  /** The areas of a choice as circles, or as shapes where boundaries are supplied; of regions, names and figures. */
  function drawAreas({ phase, by, measure: key, area, school, helper, printed }) {
    const [circles, shapes, labels] = [[], [], []];
    // Where something is chosen, schools stand on the map, and circles would look like some of them.
    const chosen = area !== null || school !== null || helper !== null;
    if (by !== "school") {
      const areas = data.phases[phase].levels[by];
      const { scale, hue } = data.measures[key];
      const classes = areas.classes[key];
      // The lower half of the ratio's classes is of the other group's colour.
      const group = (at) => (scale !== "ratio" ? hue.replace("_", "-") : at < 3 ? "in-need" : "high-performing");
      // Areas without a figure lie lowest, small ones on top.
      const order = areas.key.map((_, i) => i);
      order.sort((a, b) => known(classes[a]) - known(classes[b]) || areas.radius[b] - areas.radius[a]);
      for (const index of order) {
        const [x, y, radius, at] = [areas.x[index], areas.y[index], areas.radius[index], classes[index]];
        const fill = known(at) && !chosen ? colour(`${scale}-${at}`) : "transparent";
        const line = colour(known(at) ? `edge-${group(at)}` : "not-assessable");
        const polygons = (data.shapes[by] || {})[areas.key[index]];
        if (polygons) shapes.push({ ...outline(polygons), fill, index });
        else if (!chosen && known(x)) circles.push({ x, y, radius, fill, line, index });
        if (by !== "region" || chosen || !known(x)) continue;
        const side = data.phases[phase].sides[index];
        const [right, up] = { below: [0, -1], above: [0, 1], left: [-1, 0], right: [1, 0] }[side];
        labels.push({
          x: x + right * radius,
          y: y + up * radius,
          text: known(at) ? `${areas.key[index]}${right ? "\n" : " "}${printed(index)}` : areas.key[index],
          align: { left: "right", right: "left" }[side] || "center",
          baseline: { below: "top", above: "bottom" }[side] || "middle",
          dx: 3 * right,
          dy: -2 * up,
        });
      }
    }
    put("areas", columns(circles, "x", "y", "radius", "fill", "line", "index"));
    put("shapes", columns(shapes, "xs", "ys", "fill", "index"));
    put("labels", columns(labels, "x", "y", "text", "align", "baseline", "dx", "dy"));
  }

  /** The legend of the circles' sizes, at the present zoom. */
  function drawSizes() {
    const box = document.querySelector(".legend:not([hidden]) .sizes");
    if (!box || !drawn) return;
    const { in_need: counts, radius } = data.phases[drawn.phase].levels[drawn.by];
    const most = Math.max(0, ...counts);
    const largest = Math.max(...radius) / view.perPixel;
    const top = Math.min(most, most * (24 / largest) ** 2); // no circle is larger than 48 px
    const values = [1000, 500, 200, 100, 50, 20, 10, 5, 1].filter((value) => value <= top).slice(0, 3);
    box.hidden = !values.length || !model("areas").data_source.data.x.length;
    const circles = values.map((value) => {
      const across = `${2 * largest * Math.sqrt(value / most)}px`;
      const circle = make("i");
      Object.assign(circle.style, { width: across, height: across });
      return make("span", {}, circle, value.toLocaleString("en-GB"));
    });
    box.replaceChildren(box.firstElementChild, ...circles);
  }

  /** The schools of a choice: all, an area's, or none. What does not stand out is drawn as another school. */
  function drawSchools({ phase, by, measure: key, area, school, helper, pairing }) {
    const its = data.phases[phase];
    const { schools, need } = its;
    const single = by === "school";
    const chosen = school !== null || helper !== null;
    const wanted = (i) => known(schools.x[i]) && (single || (area !== null && schools[by][i] === area));
    // Of an area's schools, round a chosen school and in the pairing, every group is told from the others, whatever the
    // measure.
    const standOut = single && !chosen && pairing === null ? data.measures[key].stand_out : "groups";
    const highOut = standOut === "groups" || standOut === "high_performing";
    const layers = { others: [], high: [], need: [] };
    const layerOf = [layers.others, layers.others, highOut ? layers.high : layers.others, layers.need];
    if (standOut === "high_performing") layerOf[3] = layers.others;
    schools.group.forEach((group, i) => wanted(i) && layerOf[group].push(i));
    const columnsOf = (index) => ({ x: index.map((i) => schools.x[i]), y: index.map((i) => schools.y[i]), index });
    const [steady, faded] = [colour("in-need"), colour("in-need-0")];
    const steps = [0, 1, 2, 3, 4].map((at) => colour(`${data.measures[key].scale}-${at}`));
    const ofOutcome = { paired: faded, taken: steady, none: colour("ink") };
    const isPairing = pairing !== null && !chosen;
    const outcome = (n) => outcomeOf(its, n, data.most[pairing]);
    const fillOf = (n) => {
      if (isPairing) return ofOutcome[outcome(n)];
      if (standOut === "partners") return steps[need.class[n]];
      const helped = !need.placed[n] || need.start[n] < need.start[n + 1];
      return standOut === "without_partner" && helped ? faded : steady;
    };
    // Those left over lie on top.
    if (isPairing) layers.need.sort((i, j) => (outcome(need.of.get(j)) === "paired") - (outcome(need.of.get(i)) === "paired"));
    put("others", columnsOf(layers.others));
    put("high", columnsOf(layers.high));
    put("need", { ...columnsOf(layers.need), fill: layers.need.map((i) => fillOf(need.of.get(i))) });
    const faint = chosen ? 0.28 : 1;
    const alpha = { others: single ? 0.5 : 0.8, need: 1, high: isPairing ? 0.5 : 0.95 };
    const dots = isPairing ? PAIR_DOTS : single && !chosen ? SMALL_DOTS : DOTS;
    for (const [name, size] of Object.entries(dots))
      paint(name, { size, fill_alpha: alpha[name] * faint, line_alpha: faint });
    paint("need", { line_color: colour(standOut === "partners" ? "border" : "edge-in-need") });
  }

  /** The chosen school with its circle and those that it is in pairs with; or all that are paired. */
  function drawChosen(choice) {
    const its = data.phases[choice.phase];
    const { need, schools, radius_m: radius } = its;
    const i = chosenOf(its, choice);
    const helps = choice.helper !== null;
    const placed = known(schools.x[i]);
    const around = placed && data.partnered;
    const [x, y] = placed ? [[schools.x[i]], [schools.y[i]]] : [[], []];
    const index = placed ? pairsShown(its, choice) : [];
    const ends = index.map((pair) => (helps ? need.school[listsOf(its).owner[pair]] : need.partner[pair]));
    const [px, py] = ["x", "y"].map((axis) => ends.map((end) => schools[axis][end]));
    // Faint where it is not known whether they are alike, hollow where they are not.
    const group = helps ? "in-need" : "high-performing";
    const kinds = index.map((pair) => likenessOf(its, pair)[0]);
    const fills = [colour("land"), colour(`${group}-2`), colour(group)];
    const lines = [colour(`edge-${group}`), colour(`edge-${group}`), colour(helps ? "edge-in-need" : "land")];
    const [own, other] = helps ? ["circle", "diamond"] : ["diamond", "circle"];
    put("circle", around ? { x, y, radius: [radius] } : { x: [], y: [], radius: [] });
    const fill = x.map(() => colour(helps ? "high-performing" : "in-need"));
    put("school", { x, y, fill, marker: x.map(() => own), index: x.map(() => i) });
    put("partners", {
      ...{ x: px, y: py, index, marker: index.map(() => other) },
      ...{ fill: kinds.map((kind) => fills[kind]), line: kinds.map((kind) => lines[kind]) },
    });
    if (i === undefined && choice.pairing !== null) return drawPairing(its, data.most[choice.pairing]);
    put("links", { x0: index.map(() => x[0]), y0: index.map(() => y[0]), x1: px, y1: py });
  }

  /** A line for each pair that is made where a helper takes at most `most`. */
  function drawPairing(its, most) {
    const { need, schools } = its;
    const made = need.school.map((_, n) => pairedBy(its, n, most)).filter(known);
    const { owner } = listsOf(its);
    const at = (axis, place) => made.map((pair) => schools[axis][place(pair)]);
    const [one, other] = [(pair) => need.school[owner[pair]], (pair) => need.partner[pair]];
    put("links", { x0: at("x", one), y0: at("y", one), x1: at("x", other), y1: at("y", other) });
  }

  /** Colours that depend on the scheme alone: {layer: [fill, line]}. */
  function paintAll() {
    const colours = {
      land: ["land", "border"],
      others: ["not-assessable"],
      high: ["high-performing", "land"],
      circle: ["in-need", "edge-in-need"],
    };
    for (const [name, [fill, line]] of Object.entries(colours))
      paint(name, { fill_color: colour(fill), ...(line && { line_color: colour(line) }) });
    paint("shapes", { line_color: colour("border") });
    paint("school", { line_color: colour("ink") });
    paint("links", { line_color: colour("edge-high-performing") });
    paint("labels", { text_color: colour("ink") });
    model("scale").label_text_color = colour("ink");
  }

  /** Draws a choice: phase, by, measure, near, area, school, helper and pairing (positions or null), printed (figure of
   * an area). */
  function draw(choice, zoom) {
    drawn = choice;
    measure();
    if (zoom) fitChoice(choice);
    drawAreas(choice);
    drawSchools(choice);
    drawChosen(choice);
    drawSizes();
  }

  // What lies on top comes first where several things are as near.
  const KINDS = { school: -8, partners: -6, need: -5, high: -2, others: 0, areas: 8, shapes: 1e6 };

  /** Of all that Bokeh found under the pointer, the nearest. */
  function nearest({ x, y }) {
    let found = null;
    let best = Infinity;
    for (const [kind, bonus] of Object.entries(KINDS)) {
      const { data: its, inspected } = model(kind).data_source;
      for (const at of inspected.indices) {
        const [px, py] = kind === "shapes" ? [x, y] : [its.x[at], its.y[at]];
        const score = Math.hypot(px - x, py - y) / view.perPixel + bonus;
        if (score >= best || its.index[at] === undefined) continue;
        const across = its.radius ? (2 * its.radius[at]) / view.perPixel : 12;
        [best, found] = [score, { kind, index: its.index[at], x: px, y: py, across }];
      }
    }
    return found;
  }

  const within = (root) =>
    [...root.querySelectorAll("*")].flatMap((each) => [each, ...(each.shadowRoot ? within(each.shadowRoot) : [])]);

  function settle() {
    // Where the map fills the width, a mouse's wheel is left to the page, which would else be hard to scroll past, and
    // a finger that goes up or down as well. Sideways it drags the map, two fingers zoom.
    plot.toolbar.active_scroll = wide.matches || !matchMedia("(hover: hover)").matches ? model("wheel") : null;
    for (const each of within(byId("plot"))) {
      if (each.classList.contains("bk-events")) each.style.touchAction = wide.matches ? "none" : "pan-y";
      if (each.tabIndex >= 0) each.tabIndex = -1; // the map around it is the stop of the Tab key
    }
  }

  const first = model("shapes");
  model("hover").callback = (_, { renderer, geometry }) => {
    if (renderer === first) on.point(Number.isFinite(geometry.x) ? nearest(geometry) : null);
  };
  let tapping = null;
  model("tap").callback = (_, { geometries }) => {
    // Bokeh calls for each layer with something there, and forgets what it found when a finger lifts.
    const target = nearest(geometries);
    clearTimeout(tapping);
    tapping = setTimeout(() => on.tap(target));
  };
  plot.x_range.change.connect(moved);
  plot.y_range.change.connect(moved);
  wide.addEventListener("change", settle);
  settle();
  // The land as a whole lies beneath its regions, since between three of them a gap may be left.
  put("land", columns(data.land.filter((polygons) => polygons.length).map((polygons) => outline(polygons, data.land_unit)), "xs", "ys"));
  paintAll();
  new ResizeObserver(() => {
    const before = size.join();
    measure();
    if (!drawn || before === size.join()) return;
    fit(fitted);
    draw(drawn, false);
  }).observe(map);

  return {
    draw,
    move,
    screen,
    size: () => size,
    wide: () => wide.matches,
    repaint: () => {
      paintAll();
      draw(drawn, false);
    },
    across: (radius) => (2 * radius) / view.perPixel,
  };
}

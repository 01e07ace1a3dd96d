"use strict";
// What is drawn: hands Bokeh the layers that belong to a choice, moves the view, says what lies under the pointer.
// All figures, positions and classes are worked out beforehand (scripts/school_map.py), colours stand in the style
// sheet (scripts/lib/palette.py).

const known = (value) => value !== null && value !== undefined;
const byId = (id) => document.getElementById(id);

/** An element with properties (`text`, attributes) and children. */
function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") made.textContent = value;
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && known(value)) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** Columns of numbers that were packed by scripts/school_map.py, as lists; what is unknown, as null. */
const unpack = (columns) =>
  Object.fromEntries(
    Object.entries(columns).map(([name, column]) => {
      if (typeof column !== "string") return [name, column];
      const [bits, text] = column.split(":");
      const Numbers = { 8: Int8Array, 16: Int16Array, 32: Int32Array }[bits];
      const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      return [name, Array.from(new Numbers(bytes.buffer), (number) => (number < 0 ? null : number))];
    }),
  );

/** Draws the map. `data`: of the page. `on`: what to call when the reader points at something ({kind, index, x, y} or
 * null), taps it, or moves. Returns how to draw a choice and how to move the view. */
async function openMap(data, item, on) {
  const GROUP = { neither: 0, not_assessable: 1, high: 2, need: 3 };
  const DOTS = { others: 4, high: 8, need: 12 }; // px across among an area's schools
  const SMALL_DOTS = { others: 2, high: 3.5, need: 5.5 }; // among all schools
  const NONE = { x: [], y: [], index: [] };
  const WHOLE = [0, 0, 600000, 650000];
  const wide = matchMedia("(min-width: 62rem)");
  const map = byId("map");
  const corner = byId("corner");
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const dashed = (name) => name.replace("_", "-");

  await Bokeh.embed.embed_item(item, "plot");
  const model = (name) => Bokeh.documents[0].get_model_by_name(name);
  const plot = model("map");
  const put = (name, columns) => (model(name).data_source.data = columns);
  const paint = (name, properties) =>
    model(name).glyph.setv(Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, { value }])));

  // ---------------------------------------------------------------- the view

  let view = { x: 0, y: 0, perPixel: 1000 }; // centre in metres, metres a pixel
  let fitted = null; // what was last fitted, to fit again when the page changes its size
  let home = null; // the box of the whole map
  let size = [1, 1];
  let beside = 0; // px that the legend takes on the left of the map
  let moving = false;
  let dotScale = 1; // dots grow as the reader comes closer
  let drawn = null; // the choice that was last drawn

  function setView(x, y, perPixel) {
    const [width, height] = size.map((side) => (side * perPixel) / 2);
    moving = true; // both ranges change, but it is one move
    plot.x_range.setv({ start: x - width, end: x + width });
    moving = false;
    plot.y_range.setv({ start: y - height, end: y + height });
    moved();
  }

  /** After each move, whoever made it. */
  function moved() {
    if (moving) return;
    const { start: left, end: right } = plot.x_range;
    const { start: bottom, end: top } = plot.y_range;
    view = { x: (left + right) / 2, y: (bottom + top) / 2, perPixel: (right - left) / size[0] };
    map.dataset.view = [left, bottom, right, top].map(Math.round).join(" "); // metres
    on.move();
    if (!drawn) return;
    const closer = drawn.by === "school" ? Math.min(2.25, Math.max(1, (1000 / view.perPixel) ** 0.3)) : 1;
    if (Math.abs(closer - dotScale) > 0.12) sizeDots(closer);
    drawSizes();
  }

  function fit(box, least = 6000) {
    fitted = [box, least];
    const [width, height] = size;
    const [left, bottom, right, top] = box;
    const pad = Math.min(width, height) * 0.05 + 12;
    const perPixel = Math.max(
      (right - left) / Math.max(width - beside - 2 * pad, 40),
      (top - bottom) / Math.max(height - 2 * pad, 40),
      least / Math.min(width, height),
    );
    // In the middle of the map, but no further left than beside the legend.
    const middle = Math.max(width / 2, beside + pad + (right - left) / 2 / perPixel);
    setView((left + right) / 2 - (middle - width / 2) * perPixel, (bottom + top) / 2, perPixel);
  }

  function move(way) {
    const [width, height] = size.map((side) => side * 0.25 * view.perPixel);
    if (way === "home") return fit(home);
    if (way === "in" || way === "out") {
      const perPixel = view.perPixel * (way === "in" ? 1 / 1.6 : 1.6);
      return setView(view.x + (beside / 2) * (view.perPixel - perPixel), view.y, perPixel);
    }
    const [dx, dy] = { left: [-1, 0], right: [1, 0], up: [0, 1], down: [0, -1] }[way];
    return setView(view.x + dx * width, view.y + dy * height, view.perPixel);
  }

  function measure() {
    size = [map.clientWidth || 1, map.clientHeight || 1];
    beside = getComputedStyle(corner).position === "absolute" ? corner.offsetLeft + corner.offsetWidth : 0;
  }

  /** Where a place in metres is on the map, in px. */
  const screen = (x, y) => [
    (x - view.x) / view.perPixel + size[0] / 2,
    size[1] / 2 - (y - view.y) / view.perPixel,
  ];

  /** The box around points, null without any; `shapes` are polygons whose points count too. */
  function boxOf(xs, ys, shapes = []) {
    const points = xs.map((x, i) => [x, ys[i]]).concat(shapes.flatMap(([outer]) => outer));
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [x, y] of points) {
      if (!known(x) || !known(y)) continue;
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    }
    return box[0] === Infinity ? null : box;
  }

  /** Moves to the chosen school with its circle, to the chosen area, or to all. */
  function fitChoice({ phase, by, area, school }) {
    const { schools, need, radius_m: radius } = data.phases[phase];
    const i = school === null ? -1 : need.school[school];
    const [x, y] = [schools.x[i], schools.y[i]];
    if (known(x)) return fit([x - radius, y - radius, x + radius, y + radius]);
    if (area !== null) {
      const inside = schools[by].flatMap((each, j) => (each === area ? [j] : []));
      const shapes = (data.shapes[by] || {})[data.phases[phase].levels[by].key[area]];
      const box = boxOf(inside.map((j) => schools.x[j]), inside.map((j) => schools.y[j]), shapes);
      if (box) return fit(box);
    }
    return fit(home);
  }

  // ---------------------------------------------------------------- areas

  const pen = document.createElement("canvas").getContext("2d");
  pen.font = "bold 12px system-ui, sans-serif";

  /** The coordinates of polygons along one axis, as Bokeh takes them. */
  const axis = (polygons, i) => polygons.map((rings) => rings.map((ring) => ring.map((point) => point[i])));

  /** The areas of a choice as circles, or as shapes where boundaries are supplied; of regions, names and figures. */
  function drawAreas({ phase, by, measure: key, area, school, printed }) {
    const circles = { x: [], y: [], radius: [], fill: [], line: [], index: [] };
    const shapes = { xs: [], ys: [], fill: [], index: [] };
    const labels = { x: [], y: [], text: [], align: [], baseline: [], dx: [], dy: [] };
    const values = { x: [], y: [], text: [], colour: [] };
    // Where something is chosen, schools stand on the map, and circles would look like some of them.
    const chosen = area !== null || school !== null;
    if (by !== "school") {
      const areas = data.phases[phase].levels[by];
      const { scale, hue } = data.measures[key];
      const classes = areas.classes[key];
      const own = data.shapes[by] || {};
      // The lower half of the ratio's classes is of the other group's colour.
      const edge = (at) => colour(`edge-${scale === "ratio" ? (at < 3 ? "in-need" : "high-performing") : dashed(hue)}`);
      const label = (i, fitting) => {
        const [text, at] = [printed(i), classes[i]];
        const inside = known(at) && pen.measureText(text).width + 2 <= fitting;
        const side = data.phases[phase].sides[i];
        const shift = { below: [0, -1], above: [0, 1], right: [1, 0] }[side];
        labels.x.push(areas.x[i] + shift[0] * areas.radius[i]);
        labels.y.push(areas.y[i] + shift[1] * areas.radius[i]);
        labels.text.push(inside || !known(at) ? areas.key[i] : `${areas.key[i]} ${text}`);
        labels.align.push(side === "right" ? "left" : "center");
        labels.baseline.push({ below: "top", above: "bottom", right: "middle" }[side]);
        labels.dx.push(3 * shift[0]);
        labels.dy.push(-2 * shift[1]);
        if (!inside) return;
        values.x.push(areas.x[i]);
        values.y.push(areas.y[i]);
        values.text.push(text);
        values.colour.push(colour(`on-${scale}-${at}`));
      };
      // Areas without a figure lie lowest, small ones on top.
      const order = areas.key.map((_, i) => i);
      order.sort((a, b) => known(classes[a]) - known(classes[b]) || areas.radius[b] - areas.radius[a]);
      for (const i of order) {
        const at = classes[i];
        const fill = known(at) && !chosen ? colour(`${scale}-${at}`) : "transparent";
        const polygons = own[areas.key[i]];
        if (polygons) {
          shapes.xs.push(axis(polygons, 0));
          shapes.ys.push(axis(polygons, 1));
          shapes.fill.push(fill);
          shapes.index.push(i);
        } else if (!chosen && known(areas.x[i])) {
          circles.x.push(areas.x[i]);
          circles.y.push(areas.y[i]);
          circles.radius.push(areas.radius[i]);
          circles.fill.push(fill);
          circles.line.push(known(at) ? edge(at) : colour("not-assessable"));
          circles.index.push(i);
        }
        if (by === "region" && !chosen && known(areas.x[i])) label(i, (2 * areas.radius[i]) / view.perPixel);
      }
    }
    put("areas", circles);
    put("shapes", shapes);
    put("labels", labels);
    put("values", values);
  }

  /** The legend of the circles' sizes, at the present zoom. */
  function drawSizes() {
    const box = document.querySelector(".legend:not([hidden]) .sizes");
    if (!box) return;
    const { in_need: counts, radius } = data.phases[drawn.phase].levels[drawn.by];
    const most = Math.max(0, ...counts);
    const largest = Math.max(...radius) / view.perPixel;
    const round = (value) => {
      const power = 10 ** Math.floor(Math.log10(value));
      return [5, 2, 1].find((factor) => factor * power <= value) * power;
    };
    const top = Math.min(most, most * (24 / largest) ** 2); // no circle is larger than 48 px
    const values = [...new Set([top, top / 4, top / 16].filter((value) => value >= 1).map(round))];
    const term = data.phases[drawn.phase].labels.find((label) => label.toLowerCase().endsWith("in need"));
    box.replaceChildren();
    if (!values.length || !model("areas").data_source.data.x.length) return;
    box.append(make("p", { class: "legend-title", text: `Size: schools ${term.toLowerCase()}` }));
    for (const value of values) {
      const across = `${2 * largest * Math.sqrt(value / most)}px`;
      const circle = make("i");
      Object.assign(circle.style, { width: across, height: across });
      box.append(make("span", {}, circle, value.toLocaleString("en-GB")));
    }
  }

  // ---------------------------------------------------------------- schools

  // Positions of all schools of a phase by group, made once: the view of single schools shows them all.
  const everySchool = {};
  function schoolsOf(phase) {
    if (everySchool[phase]) return everySchool[phase];
    const { schools, need } = data.phases[phase];
    const placed = schools.group.map((_, i) => i).filter((i) => known(schools.x[i]) && known(schools.y[i]));
    const columns = (index) => ({
      x: Float64Array.from(index, (i) => schools.x[i]),
      y: Float64Array.from(index, (i) => schools.y[i]),
      index,
    });
    everySchool[phase] = {
      others: columns(placed.filter((i) => schools.group[i] < GROUP.high)),
      high: columns(placed.filter((i) => schools.group[i] === GROUP.high)),
      need: columns(placed.filter((i) => schools.group[i] === GROUP.need)),
      needOf: new Map(need.school.map((i, n) => [i, n])),
    };
    return everySchool[phase];
  }

  function sizeDots(scale) {
    dotScale = scale;
    const single = drawn.by === "school" && drawn.school === null;
    for (const [name, across] of Object.entries(single ? SMALL_DOTS : DOTS)) paint(name, { size: across * scale });
  }

  /** The schools of a choice: all, an area's, or none. What does not stand out is drawn as another school. */
  function drawSchools({ phase, by, measure: key, area, school }) {
    const { schools, need } = data.phases[phase];
    const all = schoolsOf(phase);
    const single = by === "school";
    const within = ({ x, y, index }) => {
      const kept = index.flatMap((i, j) => (schools[by][i] === area ? [j] : []));
      return { x: kept.map((j) => x[j]), y: kept.map((j) => y[j]), index: kept.map((j) => index[j]) };
    };
    const pick = single ? (of) => of : area === null ? () => NONE : within;
    const [others, high, needing] = [pick(all.others), pick(all.high), pick(all.need)];
    // Of an area's schools, and round a chosen school, every group is told from the others, whatever the measure.
    const standOut = single && school === null ? data.measures[key].stand_out : "groups";
    const highOut = ["groups", "high_performing"].includes(standOut);
    const needOut = standOut !== "high_performing";
    const plain = [others, ...(highOut ? [] : [high]), ...(needOut ? [] : [needing])];
    const joined = (column) => (plain.length === 1 ? others[column] : plain.flatMap((of) => Array.from(of[column])));
    const fillOf = {
      partners: (n) => colour(`${data.measures[key].scale}-${need.class[n]}`),
      without_partner: (n) => colour(need.placed[n] && need.start[n] === need.start[n + 1] ? "in-need" : "in-need-0"),
    }[standOut];
    const steady = colour("in-need");
    const fill = needing.index.map((i) => (fillOf ? fillOf(all.needOf.get(i)) : steady));
    put("others", { x: joined("x"), y: joined("y"), index: joined("index") });
    put("high", highOut ? high : NONE);
    put("need", needOut ? { ...needing, fill } : { ...NONE, fill: [] });
    const faint = school === null ? 1 : 0.28;
    const alpha = { others: (single ? 0.5 : 0.8) * faint, need: faint, high: 0.95 * faint };
    for (const name of Object.keys(DOTS)) paint(name, { fill_alpha: alpha[name], line_alpha: faint });
    paint("need", { line_color: colour(standOut === "partners" ? "border" : "edge-in-need") });
    sizeDots(single ? dotScale : 1);
  }

  /** The chosen school with its circle and its partners. */
  function drawChosen({ phase, school: n }) {
    const { need, schools, radius_m: radius } = data.phases[phase];
    const i = n === null ? -1 : need.school[n];
    const placed = known(schools.x[i]);
    const [x, y] = placed ? [[schools.x[i]], [schools.y[i]]] : [[], []];
    const pairs = placed ? Array.from({ length: need.start[n + 1] - need.start[n] }, (_, k) => need.start[n] + k) : [];
    const [px, py] = ["x", "y"].map((axis) => pairs.map((pair) => schools[axis][need.partner[pair]]));
    put("circle", { x, y, radius: x.map(() => radius) });
    put("school", { x, y, index: x.map(() => i) });
    put("partners", { x: px, y: py, index: pairs });
    put("links", { x0: pairs.map(() => x[0]), y0: pairs.map(() => y[0]), x1: px, y1: py });
  }

  /** Colours that depend on the scheme alone. */
  function paintAll() {
    paint("land", { fill_color: colour("land"), line_color: colour("border") });
    paint("shapes", { line_color: colour("border") });
    paint("others", { fill_color: colour("not-assessable") });
    paint("high", { fill_color: colour("high-performing"), line_color: colour("land") });
    paint("circle", { fill_color: colour("in-need"), line_color: colour("edge-in-need") });
    paint("links", { line_color: colour("edge-high-performing") });
    paint("partners", { fill_color: colour("high-performing"), line_color: colour("land") });
    paint("school", { fill_color: colour("in-need"), line_color: colour("ink") });
    paint("labels", { text_color: colour("ink") });
    model("scale").label_text_color = colour("ink");
  }

  /** Draws a choice: phase, by, measure, area and school (positions or null), printed (figure of an area). */
  function draw(choice, zoom) {
    drawn = choice;
    measure();
    if (zoom) fitChoice(choice);
    drawAreas(choice);
    drawSchools(choice);
    drawChosen(choice);
    drawSizes();
  }

  // ---------------------------------------------------------------- pointing

  // What lies on top comes first where several things are as near.
  const KINDS = { school: -8, partners: -6, need: -5, high: -2, others: 0, areas: 8, shapes: 1e6 };

  /** Of all that Bokeh found under the pointer, the nearest. */
  function nearest({ x, y }) {
    let found = null;
    let best = Infinity;
    for (const [kind, bonus] of Object.entries(KINDS)) {
      const { data: columns, inspected } = model(kind).data_source;
      for (const at of inspected.indices) {
        const [px, py] = kind === "shapes" ? [x, y] : [columns.x[at], columns.y[at]];
        const score = Math.hypot(px - x, py - y) / view.perPixel + bonus;
        if (score >= best || columns.index[at] === undefined) continue;
        const across = (2 * (columns.radius ? columns.radius[at] : 0)) / view.perPixel || (kind === "shapes" ? 0 : 12);
        [best, found] = [score, { kind, index: columns.index[at], x: px, y: py, across }];
      }
    }
    return found;
  }

  const within = (root) =>
    [...root.querySelectorAll("*")].flatMap((each) => [each, ...(each.shadowRoot ? within(each.shadowRoot) : [])]);

  function settle() {
    // Where the map fills the width, a mouse's wheel is left to the page, which would else be hard to scroll past; so is
    // a finger that goes up or down. Sideways it drags the map, two fingers zoom.
    plot.toolbar.active_scroll = wide.matches || !matchMedia("(hover: hover)").matches ? model("wheel") : null;
    for (const each of within(byId("plot"))) {
      if (each.classList.contains("bk-events")) each.style.touchAction = wide.matches ? "none" : "pan-y";
      if (each.tabIndex >= 0) each.tabIndex = -1; // the map around it is the stop of the Tab key
    }
  }

  const hover = model("hover");
  const first = model("shapes");
  hover.callback = (_, { renderer, geometry }) => {
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
  measure();
  // All schools, and the circles of the regions, which may be larger than what they stand for.
  const points = Object.values(data.phases).flatMap((phase) => {
    if (!phase) return [];
    const { x, y, radius } = phase.levels.region;
    const shifted = (places, side) => places.map((at, i) => (known(at) ? at + side * radius[i] : null));
    return [[phase.schools.x, phase.schools.y], ...[-1, 1].map((side) => [shifted(x, side), shifted(y, side)])];
  });
  home = boxOf(points.flatMap(([xs]) => xs), points.flatMap(([, ys]) => ys)) || WHOLE;
  // The land as a whole lies beneath its regions, since between three of them a gap may be left.
  const land = data.land.filter((polygons) => polygons.length);
  put("land", { xs: land.map((polygons) => axis(polygons, 0)), ys: land.map((polygons) => axis(polygons, 1)) });
  paintAll();
  new ResizeObserver(() => {
    const [width, height] = size;
    measure();
    if (!drawn || (width === size[0] && height === size[1])) return;
    if (fitted) fit(...fitted);
    draw(drawn, false);
  }).observe(map);

  return {
    draw,
    move,
    screen,
    size: () => size,
    wide: () => wide.matches,
    needOf: (phase, i) => schoolsOf(phase).needOf.get(i),
    repaint: () => {
      paintAll();
      draw(drawn, false);
    },
    across: (radius) => (2 * radius) / view.perPixel,
  };
}

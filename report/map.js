// The map page: picks what the reader chose from the data in the page and hands it to Bokeh. All figures, class limits
// and colours are worked out beforehand (scripts/school_map.py). Text goes into the page as text, never as HTML.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const item = JSON.parse(byId("plot-item").textContent);
  const METRES_PER_MILE = 1609.344;
  const PHASES = Object.keys(data.phases).filter((phase) => data.phases[phase]);
  const MEASURES = Object.fromEntries(data.measures.map((measure) => [measure.id, measure]));
  const GROUP = { neither: 0, not_assessable: 1, high: 2, need: 3 };
  const ROWS = 160; // of the table at first, enough for all local authorities; more on request
  const AT_ONCE = 25; // of them before the page is painted; the others follow
  const LISTED = 12; // schools in the panel at first
  const NOTHING = "–";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const wide = matchMedia("(min-width: 62rem)");
  const mouse = matchMedia("(hover: hover)");
  const narrow = matchMedia("(max-width: 40rem)");

  // ---------------------------------------------------------------- figures in words

  const known = (value) => value !== null && value !== undefined;
  const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
  const round = (value, decimals) => Math.round(value * 10 ** decimals + 1e-6) / 10 ** decimals; // halves up
  const oneDecimal = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });
  const count = (value) => (known(value) ? whole.format(value) : NOTHING);
  const figure = (value) => (known(value) ? oneDecimal.format(value) : NOTHING);
  const percent = (value) => {
    if (!known(value)) return NOTHING;
    const rounded = round(value * 100, 0);
    if (rounded === 0 && value > 0) return "<1%";
    if (rounded === 100 && value < 1) return ">99%";
    return `${rounded}%`;
  };
  const tenths = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  // As in the report (scripts/lib/words.py, ratio).
  const roundRatio = (value) => (round(value, 2) >= 1 ? round(value, 1) : round(value, 2));
  const ratio = (value) => {
    if (!known(value)) return NOTHING;
    const rounded = roundRatio(value);
    return rounded >= 1 ? tenths.format(rounded) : rounded.toFixed(2);
  };
  const miles = (metres) => (known(metres) ? (metres / METRES_PER_MILE).toFixed(1) : NOTHING);
  const plural = (n, one, many) => `${n === 0 ? "no" : count(n)} ${n === 1 ? one : many || `${one}s`}`;
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const mileWord = (n) => `${figure(n)} ${n === 1 ? "mile" : "miles"}`;

  const WRITE = {
    high_performing_per_in_need: (a, i) => ratio(a.high_performing_per_in_need[i]),
    share_in_need: (a, i) => percent(a.share_in_need[i]),
    share_high_performing: (a, i) => percent(a.share_high_performing[i]),
    median_partners: (a, i) => figure(a.median_partners[i]),
    share_in_need_without_partner: (a, i) =>
      known(a.share_in_need_without_partner[i])
        ? `${count(a.in_need_without_partner[i])} (${percent(a.share_in_need_without_partner[i])})`
        : NOTHING,
  };

  const WRITE_SHORT = (measure, a, i) =>
    measure.id === "share_in_need_without_partner" ? percent(a[measure.id][i]) : WRITE[measure.id](a, i);

  /** An element with properties (`class`, `text`, attributes) and children. */
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

  // ---------------------------------------------------------------- state and address

  const PRINTED = {
    share: (value) => round(value * 100, 0) / 100,
    number: (value) => round(value, 1),
    ratio: roundRatio,
  };
  const start = {
    phase: PHASES[0],
    by:
      Object.keys(data.levels).find((level) => PHASES.some((p) => data.phases[p].levels[level].key.length)) || "school",
    measure: data.first_measure,
    area: null,
    school: null,
  };
  let state = { ...start };
  const here = () => data.phases[state.phase];
  const areasHere = (by = state.by) => (by === "school" ? null : here().levels[by]);

  /** What a school in need is called in the address: its authority's code and its number there. */
  function schoolKey(n) {
    const { need, schools, levels } = here();
    return `${levels.local_authority.key[schools.local_authority[need.school[n]]]}-${need.number[n]}`;
  }

  function address(of) {
    const words = new URLSearchParams({ phase: of.phase, by: of.by, measure: of.measure });
    if (of.area !== null) words.set("area", of.area);
    if (of.school !== null) words.set("school", schoolKey(of.school));
    return `#${words}`;
  }

  /** Reads the address; whatever this release does not have is left at its start and named in `strange`. */
  function fromAddress() {
    const words = new URLSearchParams(location.hash.slice(1));
    const found = { ...start };
    const strange = [];
    const take = (name, valid) => {
      const word = words.get(name);
      if (word === null) return;
      if (valid(word)) found[name] = word;
      else strange.push(word);
    };
    take("phase", (word) => PHASES.includes(word));
    const own = data.phases[found.phase];
    take("by", (word) => word === "school" || (Object.hasOwn(own.levels, word) && own.levels[word].key.length > 0));
    take("measure", (word) => Object.hasOwn(MEASURES, word));
    take("area", (word) => found.by !== "school" && own.levels[found.by].key.includes(word));
    const word = words.get("school");
    if (word !== null) {
      const before = state;
      state = found;
      const n = own.need.school.findIndex((_, i) => schoolKey(i) === word);
      state = before;
      if (n >= 0) found.school = n;
      else strange.push(word);
    }
    return [found, strange];
  }

  // ---------------------------------------------------------------- Bokeh

  // WebGL worked out by the processor is slower than drawing on a canvas, so only the real one is used.
  function hasWebGL() {
    const context = document.createElement("canvas").getContext("webgl", { failIfMajorPerformanceCaveat: true });
    if (!context) return false;
    let renderer = String(context.getParameter(context.RENDERER));
    const info = /^webkit/i.test(renderer) && context.getExtension("WEBGL_debug_renderer_info");
    if (info) renderer = String(context.getParameter(info.UNMASKED_RENDERER_WEBGL));
    return !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
  }
  const webgl = hasWebGL();
  if (!webgl) item.doc.roots[0].attributes.output_backend = "canvas";

  let plot = null;
  const layers = {};
  const map = byId("map");
  const tip = byId("tip");
  const ring = byId("ring");
  let view = { x: 0, y: 0, perPixel: 1000 }; // centre in metres, metres a pixel
  let lastFit = null; // what was last fitted, to fit again when the page changes its size
  // Kept, since asking the browser after each change of the page would make it lay the page out anew.
  let measured = [1, 1];
  const size = () => measured;
  const measureMap = () => {
    measured = [map.clientWidth || 1, map.clientHeight || 1];
  };
  // Where the legend stands on the map, in px of it; null where it stands beneath.
  let cornerBox = null;
  const measureCorner = () => {
    const corner = byId("corner");
    const onMap = getComputedStyle(corner).position === "absolute";
    const { offsetLeft: left, offsetTop: top, offsetWidth, offsetHeight } = corner;
    cornerBox = onMap ? [left, top, left + offsetWidth, top + offsetHeight] : null;
  };
  const scheme = () => data.colours[dark.matches ? "dark" : "light"];

  let moving = false;
  function setView(x, y, perPixel) {
    const [width, height] = size();
    moving = true; // both ranges change, but it is one move
    plot.x_range.setv({ start: x - (width * perPixel) / 2, end: x + (width * perPixel) / 2 });
    moving = false;
    plot.y_range.setv({ start: y - (height * perPixel) / 2, end: y + (height * perPixel) / 2 });
    moved();
  }

  // Where there is no WebGL, thousands of dots take Bokeh a third of a second. Then they are stamped, pixel by pixel,
  // on a canvas that lies on the plot; Bokeh draws the rest.
  const dotCanvas = byId("dots");
  let stamps = []; // of each group name, positions, colours and alpha, from the ground up

  /** What share of each pixel a shape covers: a square of numbers from 0 to 1. */
  function stampOf(across, diamond) {
    const side = 2 * Math.ceil(across / 2) + 1;
    const half = (side - 1) / 2;
    const cover = new Float32Array(side * side);
    for (let j = 0; j < side; j++) {
      for (let i = 0; i < side; i++) {
        const [dx, dy] = [Math.abs(i - half), Math.abs(j - half)];
        const inside = diamond ? across / 2 - (dx * 1.5 + dy) / 1.2 : across / 2 - Math.hypot(dx, dy);
        cover[j * side + i] = Math.max(0, Math.min(1, inside + 0.5));
      }
    }
    return [cover, side];
  }

  let holding = false; // while several things change that end in one stamping
  function stampDots() {
    if (holding) return;
    const none = stamps.length === 0;
    if (dotCanvas.hidden !== none) dotCanvas.hidden = none;
    if (none) return;
    const ratio = Math.min(devicePixelRatio, 2);
    const [width, height] = size().map((side) => Math.round(side * ratio));
    if (dotCanvas.width !== width) dotCanvas.width = width;
    if (dotCanvas.height !== height) dotCanvas.height = height;
    const context = dotCanvas.getContext("2d");
    const image = context.createImageData(width, height);
    const pixels = image.data;
    const scale = ratio / view.perPixel;
    for (const { x, y, colours, alpha, name } of stamps) {
      const [cover, sideLength] = stampOf(dots[name] * dotScale * ratio, name === "need");
      const half = (sideLength - 1) / 2;
      for (let n = 0; n < x.length; n++) {
        const left = Math.round((x[n] - view.x) * scale + width / 2) - half;
        const top = Math.round(height / 2 - (y[n] - view.y) * scale) - half;
        if (left < 0 || top < 0 || left + sideLength > width || top + sideLength > height) continue;
        const [red, green, blue] = colours[n % colours.length];
        for (let j = 0, k = 0; j < sideLength; j++) {
          let at = 4 * ((top + j) * width + left);
          for (let i = 0; i < sideLength; i++, k++, at += 4) {
            const over = cover[k] * alpha;
            if (over === 0) continue;
            const under = (pixels[at + 3] / 255) * (1 - over);
            const sum = over + under;
            pixels[at] = (red * over + pixels[at] * under) / sum;
            pixels[at + 1] = (green * over + pixels[at + 1] * under) / sum;
            pixels[at + 2] = (blue * over + pixels[at + 2] * under) / sum;
            pixels[at + 3] = 255 * sum;
          }
        }
      }
    }
    context.putImageData(image, 0, 0);
  }
  const rgb = (text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));

  let dotScale = 1; // dots grow as the reader comes closer
  const dots = { others: 2, high: 3.5, need: 5 };
  function sizeDots() {
    for (const [name, across] of Object.entries(dots)) layers[name].glyph.setv({ size: { value: across * dotScale } });
  }

  /** After each move, whoever made it: note the view, move what lies above the plot. */
  function moved() {
    if (moving) return;
    const [width] = size();
    const { start: left, end: right } = plot.x_range;
    const { start: bottom, end: top } = plot.y_range;
    view = { x: (left + right) / 2, y: (bottom + top) / 2, perPixel: (right - left) / width };
    hideTip();
    const closer = state.by === "school" ? Math.min(2.25, Math.max(1, (1000 / view.perPixel) ** 0.3)) : 1;
    if (Math.abs(closer - dotScale) > 0.12) {
      dotScale = closer;
      sizeDots();
    }
    stampDots();
    if (!holding && state.by !== "school" && !isChosen() && Math.abs(Math.log(view.perPixel / apartAt)) > 0.1)
      drawAreas();
    const room = (width * 0.3 * view.perPixel) / METRES_PER_MILE;
    const power = 10 ** Math.floor(Math.log10(room));
    const length = [5, 2, 1].find((factor) => factor * power <= room) * power;
    const bar = byId("scale-bar");
    bar.style.width = `${(length * METRES_PER_MILE) / view.perPixel}px`;
    bar.textContent = `${Number(length.toPrecision(1))} ${length === 1 ? "mile" : "miles"}`;
  }

  function fit(box, least = 6000) {
    lastFit = [box, least];
    const [width, height] = size();
    const [left, bottom, right, top] = box;
    const pad = Math.min(width, height) * 0.05 + 12;
    const beside = cornerBox ? cornerBox[2] : 0; // the legend's room, where it stands on the map
    const perPixel = Math.max(
      (right - left) / Math.max(width - beside - 2 * pad, 40),
      (top - bottom) / Math.max(height - 2 * pad, 40),
      least / Math.min(width, height),
    );
    // In the middle of the map, but no further left than beside the legend.
    const half = (right - left) / 2 / perPixel;
    const middle = Math.max(width / 2, beside + pad + half);
    setView((left + right) / 2 - (middle - width / 2) * perPixel, (bottom + top) / 2, perPixel);
  }

  const screen = (x, y) => {
    const [width, height] = size();
    return [(x - view.x) / view.perPixel + width / 2, height / 2 - (y - view.y) / view.perPixel];
  };

  function boxOf(xs, ys) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < xs.length; i++) {
      if (!known(xs[i]) || !known(ys[i])) continue;
      box[0] = Math.min(box[0], xs[i]);
      box[1] = Math.min(box[1], ys[i]);
      box[2] = Math.max(box[2], xs[i]);
      box[3] = Math.max(box[3], ys[i]);
    }
    return box[0] === Infinity ? null : box;
  }

  const joined = (one, other) =>
    !one
      ? other
      : !other
        ? one
        : [...[0, 1].map((i) => Math.min(one[i], other[i])), ...[2, 3].map((i) => Math.max(one[i], other[i]))];
  const home = PHASES.map((p) => boxOf(data.phases[p].schools.x, data.phases[p].schools.y)).reduce(joined, null);

  const put = (name, columns) => {
    layers[name].data_source.data = columns;
  };
  const style = (name, properties) => {
    const specs = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, { value }]));
    layers[name].glyph.setv(specs);
  };

  /** The class among the limits of the measure, 0 for the lowest, of a value as it is printed: alike in words, alike in
   * colour. */
  const classOf = (value, measure) => {
    const limits = here().limits[measure.id];
    const printed = PRINTED[measure.kind](value);
    let found = 0;
    while (found < limits.length && printed >= limits[found]) found++;
    return found;
  };

  function classColours(measure) {
    const { scales } = scheme();
    return measure.kind === "ratio" ? scales.ratio : scales[measure.hue];
  }

  const largest = () => {
    const [width, height] = size();
    const share = { region: 0.052, local_authority: 0.038, constituency: 0.017 }[state.by] || 0.03;
    const least = state.by === "region" ? 44 : 11; // room for the figures of the regions, also on a phone
    return Math.max(least, 2 * share * Math.min(width, height, 760));
  };
  const LEAST = 6; // px across; what has fewer schools in need is no smaller

  /** The diameter of an area's bubble: its surface grows with the number in need. */
  function diameter(inNeed, most) {
    return most ? Math.max(LEAST, largest() * Math.sqrt(inNeed / most)) : LEAST;
  }

  // What can be pointed at now: bubbles and partners, as [x, y, radius in px, kind, index]; dots; shapes.
  let targets = [];
  let shownSchools = {};
  let shapesShown = [];

  const isChosen = () => state.area !== null || state.school !== null;
  let apartAt = 0; // metres a pixel, at which the bubbles were last moved apart

  function drawAreas() {
    const areas = areasHere();
    const bubbles = { x: [], y: [], size: [], fill: [], line: [], area: [] };
    const shapes = { xs: [], ys: [], fill: [] };
    const labels = { x: [], y: [], text: [], across: [], dx: [], dy: [] };
    const values = { x: [], y: [], text: [], colour: [] };
    targets = [];
    shapesShown = [];
    apartAt = view.perPixel;
    if (areas) {
      const measure = MEASURES[state.measure];
      const fills = classColours(measure);
      const { edges, border, not_assessable: unknown } = scheme();
      const own = data.shapes[state.by] || {};
      const most = Math.max(0, ...areas.in_need);
      const className = (i) => (known(areas[measure.id][i]) ? classOf(areas[measure.id][i], measure) : -1);
      const label = (i, x, y, across, at) => {
        const written = at < 0 ? "" : WRITE_SHORT(measure, areas, i);
        const within = written && pen.measureText(written).width + 4 <= across; // bold, so a little wider
        if (within) {
          values.x.push(x);
          values.y.push(y);
          values.text.push(written);
          values.colour.push(data.colours.on[fills[at]]);
        }
        labels.x.push(x);
        labels.y.push(y);
        labels.text.push(written && !within ? `${areas.name[i]} ${written}` : areas.name[i]);
        labels.across.push(across);
      };
      areas.key.forEach((key, i) => {
        const polygons = own[key];
        if (!polygons) return;
        const at = className(i);
        shapes.xs.push(polygons.map((polygon) => polygon.map((points) => points.map((point) => point[0]))));
        shapes.ys.push(polygons.map((polygon) => polygon.map((points) => points.map((point) => point[1]))));
        shapes.fill.push(at < 0 || isChosen() ? "transparent" : fills[at]);
        shapesShown.push([i, polygons]);
        if (state.by === "region" && !isChosen() && known(areas.x[i])) label(i, areas.x[i], areas.y[i], 40, at);
      });
      // Where an area or a school is chosen, schools stand on the map, and bubbles would look like some of them. Areas
      // without a figure lie lowest, small areas on top.
      const order = areas.key.map((_, i) => i).filter((i) => !isChosen() && !own[areas.key[i]] && known(areas.x[i]));
      const rank = (i) => (known(areas[measure.id][i]) ? areas.in_need[i] : Infinity);
      order.sort((a, b) => (rank(b) > rank(a)) - (rank(b) < rank(a)) || a - b);
      const sizes = areas.in_need.map((inNeed) => diameter(inNeed, most));
      const places = order.length ? movedApart(areas, sizes, own) : [];
      for (const i of order) {
        const at = className(i);
        const [x, y] = places[i];
        const across = sizes[i];
        bubbles.x.push(x);
        bubbles.y.push(y);
        bubbles.size.push(across);
        bubbles.fill.push(at < 0 ? "transparent" : fills[at]);
        const hue = measure.kind === "ratio" ? (roundRatio(areas[measure.id][i]) < 1 ? "in_need" : "high_performing") : measure.hue;
        bubbles.line.push(at < 0 ? unknown : edges[hue]);
        bubbles.area.push(i);
        targets.push([x, y, across / 2, "area", i]);
        if (state.by === "region") label(i, x, y, across, at);
      }
      layers.shapes.glyph.setv({ line_color: { value: border } });
    }
    placeLabels(labels, bubbles);
    put("areas", bubbles);
    put("shapes", shapes);
    put("labels", labels);
    put("values", values);
  }

  /** Where each area's bubble stands, in metres, so that none covers another: as near to the area's own place as that
   * goes at the present zoom. `sizes`: diameters in px. Areas without a place or with a shape (`own`) are left alone. */
  let movedLast = {};
  function movedApart(areas, sizes, own) {
    const of = [state.phase, state.by, view.perPixel, ...size()].join();
    if (movedLast.of === of) return movedLast.places;
    const GAP = 1; // px between two
    const FAR = 25; // px by which two may come nearer to each other than they were
    const [PULLED, ROUNDS] = [45, 100]; // rounds in which each is pulled back towards its place, rounds altogether
    const x = Float64Array.from(areas.x, (each) => each / view.perPixel);
    const y = Float64Array.from(areas.y, (each) => each / view.perPixel);
    const [homeX, homeY] = [x.slice(), y.slice()];
    const movable = areas.key.map((_, i) => i).filter((i) => known(areas.x[i]) && !own[areas.key[i]]);
    const [one, other, apart] = [[], [], []]; // of each pair that may meet
    for (const i of movable)
      for (const j of movable) {
        if (j >= i) break;
        const least = (sizes[i] + sizes[j]) / 2 + GAP;
        if (Math.abs(x[i] - x[j]) > least + FAR || Math.abs(y[i] - y[j]) > least + FAR) continue;
        one.push(i);
        other.push(j);
        apart.push(least);
      }
    for (let round = 0; round < ROUNDS; round++) {
      let covering = false;
      const pull = round < PULLED ? 0.06 : 0;
      for (const i of movable) {
        x[i] += pull * (homeX[i] - x[i]);
        y[i] += pull * (homeY[i] - y[i]);
      }
      for (let pair = 0; pair < one.length; pair++) {
        const [i, j] = [one[pair], other[pair]];
        let dx = x[i] - x[j];
        let dy = y[i] - y[j];
        const away = dx * dx + dy * dy;
        if (away >= apart[pair] * apart[pair]) continue;
        covering = true;
        let length = Math.sqrt(away);
        if (length < 1e-6) [dx, dy, length] = [1, 0, 1]; // in one place: side by side
        const push = (apart[pair] - Math.sqrt(away)) / length;
        const share = sizes[j] / (sizes[i] + sizes[j]); // the smaller gives way
        x[i] += dx * push * share;
        y[i] += dy * push * share;
        x[j] -= dx * push * (1 - share);
        y[j] -= dy * push * (1 - share);
      }
      if (!covering && (round === 0 || !pull)) break;
    }
    // An area that did not have to move stands just where it is.
    const metres = (now, before, own) => (now === before ? own : now * view.perPixel);
    const places = areas.x.map((own, i) => [metres(x[i], homeX[i], own), metres(y[i], homeY[i], areas.y[i])]);
    movedLast = { of, places };
    return movedLast.places;
  }

  const pen = document.createElement("canvas").getContext("2d");
  pen.font = "12px system-ui, sans-serif";

  /** Puts each label below, above, right or left of its bubble or at a corner: where it covers the least of the others. */
  function placeLabels(labels, bubbles) {
    const taken = bubbles.x.map((x, i) => {
      const [sx, sy] = screen(x, bubbles.y[i]);
      const half = bubbles.size[i] * 0.45;
      return [sx - half, sy - half, sx + half, sy + half];
    });
    // The edges of the map, as if something lay there, and the buttons on it.
    const [width, height] = size();
    const beyond = [
      [-999, -999, 1, 9999],
      [width - 1, -999, 9999, 9999],
      [-999, -999, 9999, 1],
      [-999, height - 1, 9999, 9999],
    ];
    if (!narrow.matches) beyond.push([width - 110, 0, width, 220]);
    if (cornerBox) beyond.push(cornerBox);
    const bubbled = taken.length;
    const place = (x, i) => {
      const [sx, sy] = screen(x, labels.y[i]);
      const half = labels.across[i] / 2;
      const w = pen.measureText(labels.text[i]).width / 2 + 2;
      const h = 8;
      let best = null;
      for (const [dx, dy] of [
        [0, half + h],
        [0, -half - h],
        [half + w + 1, 0],
        [-half - w - 1, 0],
        ...[1, -1].flatMap((side) => [1, -1].map((end) => [side * (0.7 * half + w), end * (0.7 * half + h)])),
      ]) {
        const box = [sx + dx - w, sy + dy - h, sx + dx + w, sy + dy + h];
        const over = ([l, t, r, b]) =>
          Math.max(0, Math.min(box[2], r) - Math.max(box[0], l)) *
          Math.max(0, Math.min(box[3], b) - Math.max(box[1], t));
        const covered =
          taken.reduce((sum, other, j) => sum + (j === bubbled + i ? 0 : over(other) * (j < bubbled ? 4 : 3)), 0) +
          beyond.reduce((sum, other) => sum + 6 * over(other), 0);
        if (!best || covered < best[0] - 1) best = [covered, dx, dy, box];
      }
      [, labels.dx[i], labels.dy[i], taken[bubbled + i]] = best;
    };
    // Twice, since one that was placed early may make way for one that had no choice.
    labels.x.forEach(place);
    labels.x.forEach(place);
  }

  // What stands out among single schools: high-performing ones, and those in need, alike or by their partners.
  const SINGLE = {
    high_performing_per_in_need: { title: "Schools by group", high: true, need: true },
    share_in_need: { title: "Schools in need", high: false, need: true },
    share_high_performing: { title: "High-performing schools", high: true, need: false },
    median_partners: { title: "Partners of each school in need", high: false, need: "partners" },
    share_in_need_without_partner: { title: "Schools in need without a partner", high: false, need: "without" },
  };

  /** Of an area's schools, and round a chosen school, every group is told from the others, whatever the measure. */
  const standingOut = () => (state.by === "school" && !isChosen() ? SINGLE[state.measure] : { high: true, need: true });

  // Positions of all schools of a phase by group, made once: the view of single schools shows them all.
  const everySchool = {};
  function schoolsOf(phase) {
    if (everySchool[phase]) return everySchool[phase];
    const { schools, need } = data.phases[phase];
    const placed = schools.group.map((_, i) => i).filter((i) => known(schools.x[i]) && known(schools.y[i]));
    const columns = (indices) => ({
      x: Float64Array.from(indices, (i) => schools.x[i]),
      y: Float64Array.from(indices, (i) => schools.y[i]),
      index: indices,
    });
    const needOf = new Map(need.school.map((i, n) => [i, n]));
    everySchool[phase] = {
      others: columns(placed.filter((i) => schools.group[i] < GROUP.high)),
      high: columns(placed.filter((i) => schools.group[i] === GROUP.high)),
      need: columns(placed.filter((i) => schools.group[i] === GROUP.need)),
      needOf,
    };
    return everySchool[phase];
  }
  const NONE = { x: [], y: [], index: [] };
  const partnersOf = (n) => here().need.start[n + 1] - here().need.start[n];

  /** The fill of each school in need: by its partners where the measure is about them, else by its group. */
  function needFills(indices, needOf) {
    const colours = scheme();
    const { need } = standingOut();
    if (need === "partners") {
      const fills = classColours(MEASURES.median_partners);
      return indices.map((i) => fills[classOf(partnersOf(needOf.get(i)), MEASURES.median_partners)]);
    }
    if (need === "without") {
      const faint = colours.scales.in_need[0];
      return indices.map((i) =>
        partnersOf(needOf.get(i)) === 0 && here().need.placed[needOf.get(i)] ? colours.in_need : faint,
      );
    }
    return indices.map(() => colours.in_need);
  }

  function drawSchools() {
    const all = schoolsOf(state.phase);
    let shown = { others: NONE, high: NONE, need: NONE };
    if (state.by === "school") shown = all;
    else if (state.area !== null) {
      const at = areasHere().key.indexOf(state.area);
      const inside = here().schools[state.by];
      const within = (of) => {
        const kept = [];
        of.index.forEach((i, j) => inside[i] === at && kept.push(j));
        return { x: kept.map((j) => of.x[j]), y: kept.map((j) => of.y[j]), index: kept.map((j) => of.index[j]) };
      };
      shown = { others: within(all.others), high: within(all.high), need: within(all.need) };
    }
    const single = state.by === "school";
    const colours = scheme();
    const { high, need } = standingOut();
    // What does not stand out is drawn as another school.
    const plainly = (of) => ({ x: Array.from(of.x), y: Array.from(of.y) });
    const others = [shown.others, high ? NONE : shown.high, need ? NONE : shown.need].map(plainly);
    const drawn = {
      others: { x: others.flatMap(({ x }) => x), y: others.flatMap(({ y }) => y), fill: [colours.not_assessable] },
      need: need ? { ...shown.need, fill: needFills(shown.need.index, all.needOf) } : { ...NONE, fill: [] },
      high: high ? { ...shown.high, fill: [colours.high_performing] } : { ...NONE, fill: [] },
    };
    const faint = state.school !== null ? 0.28 : 1;
    const alphas = { others: (single ? 0.5 : 0.8) * faint, need: faint, high: 0.95 * faint };
    const stamped = single && !webgl;
    for (const [name, { x, y, fill }] of Object.entries(drawn)) {
      const columns = stamped ? NONE : { x, y };
      put(name, name === "need" ? { x: columns.x, y: columns.y, fill: stamped ? [] : fill } : columns);
      layers[name].glyph.setv({ fill_alpha: { value: alphas[name] }, line_alpha: { value: faint } });
    }
    style("others", { fill_color: colours.not_assessable });
    style("high", { fill_color: colours.high_performing, line_color: colours.land });
    style("need", { line_color: need === "partners" ? colours.border : colours.edges.in_need });
    Object.assign(dots, single ? { others: 2, need: 5.5, high: 3.5 } : { others: 4, need: 12, high: 8 });
    if (!single) dotScale = 1;
    sizeDots();
    stamps = stamped
      ? Object.entries(drawn).map(([name, { x, y, fill }]) => ({
          name,
          x,
          y,
          alpha: alphas[name],
          colours: fill.map(rgb),
        }))
      : [];
    stampDots();
    shownSchools = shown;
  }

  function drawChosen() {
    const { need, schools, radius_m: radius } = here();
    const n = state.school;
    const circle = { x: [], y: [], radius: [] };
    const links = { x0: [], y0: [], x1: [], y1: [] };
    const partners = { x: [], y: [] };
    const school = { x: [], y: [] };
    if (n !== null && known(schools.x[need.school[n]])) {
      const x = schools.x[need.school[n]];
      const y = schools.y[need.school[n]];
      circle.x.push(x);
      circle.y.push(y);
      circle.radius.push(radius);
      school.x.push(x);
      school.y.push(y);
      for (let i = need.start[n]; i < need.start[n + 1]; i++) {
        const partner = need.partner[i];
        partners.x.push(schools.x[partner]);
        partners.y.push(schools.y[partner]);
        links.x0.push(x);
        links.y0.push(y);
        links.x1.push(schools.x[partner]);
        links.y1.push(schools.y[partner]);
        targets.push([schools.x[partner], schools.y[partner], 6, "partner", i]);
      }
      targets.push([x, y, 8, "need", need.school[n]]);
    }
    put("circle", circle);
    put("links", links);
    put("partners", partners);
    put("school", school);
  }

  /** Colours that hang on the scheme alone. */
  function paint() {
    const c = scheme();
    style("land", { fill_color: c.land, line_color: c.border });
    style("circle", { fill_color: c.in_need, line_color: c.edges.in_need });
    style("links", { line_color: c.edges.high_performing });
    style("partners", { fill_color: c.high_performing, line_color: c.land });
    style("school", { fill_color: c.in_need, line_color: c.ink });
    style("labels", { text_color: c.ink });
    for (const band of [layers.banner, layers.band])
      if (band) band.setv({ text_color: c.ink, background_fill_color: c.land, border_line_color: c.edges.in_need });
  }

  // ---------------------------------------------------------------- pointing

  const inRing = (x, y, points) => {
    let inside = false;
    for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
      const [xi, yi] = points[i];
      const [xj, yj] = points[j];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
    return inside;
  };

  /** What lies at a place, in metres: [x, y, radius, kind, index], or null. Small ones first, schools before areas. */
  function hit(x, y) {
    let found = null;
    let best = Infinity;
    const slack = 5;
    const bonus = { partner: -6, need: -5, high: -2, others: 0, area: 0 };
    for (const target of targets) {
      const away = Math.hypot(target[0] - x, target[1] - y) / view.perPixel;
      if (away > target[2] + slack) continue;
      const score = target[3] === "area" ? (away <= target[2] ? target[2] : away + 100) + 20 : away + bonus[target[3]];
      if (score < best) [best, found] = [score, target];
    }
    for (const kind of ["need", "high", "others"]) {
      const { x: xs, y: ys, index } = shownSchools[kind];
      const radius = Math.max(2, (dots[kind] * dotScale) / 2);
      for (let n = 0; n < index.length; n++) {
        const away = Math.hypot(xs[n] - x, ys[n] - y) / view.perPixel;
        if (away > radius + slack || away + bonus[kind] >= best) continue;
        best = away + bonus[kind];
        found = [xs[n], ys[n], radius, kind, index[n]];
      }
    }
    if (found) return found;
    for (const [i, polygons] of shapesShown) {
      const inside = polygons.some(
        ([outer, ...holes]) => inRing(x, y, outer) && !holes.some((hole) => inRing(x, y, hole)),
      );
      if (inside) return [x, y, 0, "area", i];
    }
    return null;
  }

  const schoolName = (n) => {
    const { need, schools, levels } = here();
    const i = need.school[n];
    const authority = levels.local_authority.name[schools.local_authority[i]];
    if (data.named) return `${schools.name[i] || "School without a name"} (${schools.urn[i]})`;
    return `${authority}, school in need ${need.number[n]}`;
  };
  const OF_GROUP = ["school in neither group", "school that could not be placed in a group", "high-performing school", "school in need"];
  const otherName = (i) => {
    const { schools, levels } = here();
    const authority = levels.local_authority.name[schools.local_authority[i]];
    if (data.named) return `${schools.name[i] || "School without a name"} (${schools.urn[i]}), ${authority}`;
    return `${authority}, ${OF_GROUP[schools.group[i]]}`;
  };
  const GROUP_WORDS = ["In neither group", "Could not be placed in a group", "High-performing", "In need"];

  /** A group as the start of a line: what is known in part is only known to be so. */
  const groupTerm = (group, words) => (here().incomplete.includes(group) ? `Known to be ${words}` : capital(words));

  /** The figures of an area, as pairs of words. `a`: columns, `i`: which. */
  function figuresOf(a, i) {
    const pairs = [
      ["Schools", count(a.schools[i])],
      [groupTerm("high_performing", "high-performing"), `${count(a.high_performing[i])} (${percent(a.share_high_performing[i])})`],
      [groupTerm("in_need", "in need"), `${count(a.in_need[i])} (${percent(a.share_in_need[i])})`],
      [
        MEASURES.high_performing_per_in_need.label,
        known(a.high_performing_per_in_need[i]) ? WRITE.high_performing_per_in_need(a, i) : "no school in need",
      ],
      ["Median partners", figure(a.median_partners[i])],
      [
        "In need without a partner",
        known(a.share_in_need_without_partner[i])
          ? `${count(a.in_need_without_partner[i])} of ${count(a.in_need_with_coordinates[i])} ` +
            `(${percent(a.share_in_need_without_partner[i])})`
          : NOTHING,
      ],
      ["Could not be placed in a group", `${count(a.not_assessable[i])} of ${count(a.schools[i])}`],
    ];
    if (a.in_need_without_coordinates[i])
      pairs.push(["In need, without coordinates: not matched", count(a.in_need_without_coordinates[i])]);
    if (a.high_performing_without_coordinates[i])
      pairs.push([
        "High-performing, without coordinates: nobody’s partner here",
        count(a.high_performing_without_coordinates[i]),
      ]);
    return pairs;
  }
  const definitions = (pairs) =>
    make(
      "dl",
      {},
      ...pairs.map(([term, words]) => make("div", {}, make("dt", { text: term }), make("dd", { text: words }))),
    );

  function showTip(target) {
    const [x, y, radius, kind, i] = target;
    const { need, schools } = here();
    tip.replaceChildren();
    if (kind === "area") {
      const areas = areasHere();
      tip.append(make("strong", { text: areas.name[i] }), definitions(figuresOf(areas, i)));
    } else if (kind === "partner") {
      tip.append(
        make("strong", { text: otherName(need.partner[i]) }),
        make("p", { text: `Partner, ${miles(need.distance[i])} miles away` }),
      );
    } else if (kind === "need") {
      const n = schoolsOf(state.phase).needOf.get(i);
      tip.append(make("strong", { text: schoolName(n) }), make("p", { text: reachWords(n) }));
    } else {
      tip.append(make("strong", { text: otherName(i) }));
      if (data.named) tip.append(make("p", { text: GROUP_WORDS[schools.group[i]] }));
    }
    const [sx, sy] = screen(x, y);
    const [width, height] = size();
    if (sx < 0 || sy < 0 || sx > width || sy > height) {
      hideTip();
      return;
    }
    const across = Math.max(2 * radius, 8) + 8;
    Object.assign(ring.style, { left: `${sx}px`, top: `${sy}px`, width: `${across}px`, height: `${across}px` });
    ring.hidden = radius === 0;
    tip.hidden = false;
    const { offsetWidth: w, offsetHeight: h } = tip;
    const room = narrow.matches ? width : width - 110; // the buttons stay free
    const left =
      sx + across / 2 + 8 + w <= room || sx - across / 2 - 8 - w < 4 ? sx + across / 2 + 8 : sx - across / 2 - 8 - w;
    tip.style.left = `${Math.max(4, Math.min(left, width - w - 4))}px`;
    tip.style.top = `${Math.max(4, Math.min(sy - h / 2, height - h - 4))}px`;
  }
  function hideTip() {
    if (tip.hidden) return;
    tip.hidden = true;
    ring.hidden = true;
  }

  function reachWords(n) {
    const { need, radius_miles: radius } = here();
    if (!need.placed[n]) return "Without coordinates, so its partners cannot be counted.";
    const within = mileWord(radius);
    const near = known(need.nearest[n]) ? `${miles(need.nearest[n])} miles away` : null;
    if (partnersOf(n)) return `${capital(plural(partnersOf(n), "partner"))} within ${within}; the nearest is ${near}.`;
    return near
      ? `No partner within ${within}; the nearest high-performing school is ${near}.`
      : `No partner within ${within}: there is no high-performing school.`;
  }

  // ---------------------------------------------------------------- legend

  function limitWords(measure, limit) {
    if (measure.kind === "share") return `${Number((limit * 100).toPrecision(6))}%`;
    const fraction = { 0.25: "¼", 0.5: "½" }[limit];
    return measure.kind === "ratio" && fraction ? fraction : figure(limit);
  }

  function classLegend(measure, title) {
    const limits = here().limits[measure.id];
    const fills = classColours(measure);
    const bar = make("div", { class: "classes", "aria-hidden": "true" });
    fills.forEach((fill, i) => {
      const swatch = make("span", { class: "swatch" });
      swatch.style.backgroundColor = fill;
      if (i < limits.length) swatch.append(make("i", { text: limitWords(measure, limits[i]) }));
      bar.append(swatch);
    });
    const [lowest, highest] = [limits[0], limits[limits.length - 1]].map((limit) => limitWords(measure, limit));
    const words = `Colours from under ${lowest} to ${highest} and more.`;
    return [make("p", { class: "legend-title", text: title }), bar, make("span", { class: "hidden", text: words })];
  }

  const SVG = "http://www.w3.org/2000/svg";
  function drawing(width, height, marks) {
    const svg = document.createElementNS(SVG, "svg");
    for (const [name, value] of Object.entries({
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "aria-hidden": "true",
    }))
      svg.setAttribute(name, value);
    for (const [tag, attributes, text] of marks) {
      const mark = document.createElementNS(SVG, tag);
      for (const [name, value] of Object.entries(attributes)) mark.setAttribute(name, value);
      if (text) mark.textContent = text;
      svg.append(mark);
    }
    return svg;
  }
  const key = (marks, words) => make("li", {}, drawing(18, 18, marks), make("span", { text: words }));

  function sizeLegend(areas) {
    const most = Math.max(
      0,
      ...areas.in_need.filter((_, i) => known(areas.x[i]) && !(data.shapes[state.by] || {})[areas.key[i]]),
    );
    if (!most) return [];
    const nice = (value) => {
      const power = 10 ** Math.floor(Math.log10(value));
      return [5, 2, 1].find((factor) => factor * power <= value) * power;
    };
    const values = [...new Set([nice(most), nice(most / 4), nice(most / 16)].filter((value) => value >= 1))];
    const scale = Math.max(0, ...areas.in_need);
    const marks = [];
    let x = 1;
    const tallest = diameter(values[0], scale);
    for (const value of values) {
      const across = diameter(value, scale);
      marks.push([
        "circle",
        { cx: x + across / 2, cy: tallest - across / 2 + 1, r: across / 2, fill: "none", stroke: "currentColor" },
      ]);
      marks.push([
        "text",
        { x: x + across + 4, y: tallest - across / 2 + 5, fill: "currentColor", "font-size": 12 },
        count(value),
      ]);
      x += across + 14 + 7 * String(value).length;
    }
    return [
      make(
        "div",
        { class: "sizes" },
        make("p", { class: "legend-title", text: `Size: schools ${groupTerm("in_need", "in need").toLowerCase()}` }),
        drawing(Math.ceil(x + 4), Math.ceil(tallest + 2), marks),
        make("span", {
          class: "hidden",
          text: `Circles for ${values.map(count).join(", ")} ${values.join() === "1" ? "school" : "schools"} in need.`,
        }),
      ),
    ];
  }

  function drawLegend() {
    const measure = MEASURES[state.measure];
    const legend = byId("legend");
    const c = scheme();
    const parts = [];
    const groups = make("ul", { class: "keys" });
    const diamond = (fill, line) => [["path", { d: "M9 2 14 9 9 16 4 9Z", fill, stroke: line, "stroke-width": 1.2 }]];
    const dot = (r, fill, line) => [["circle", { cx: 9, cy: 9, r, fill, stroke: line || "none", "stroke-width": 1.2 }]];
    const inNeed = () => key(diamond(c.in_need, c.edges.in_need), "In need");
    const highPerforming = () => key(dot(4, c.high_performing), "High-performing");
    const others = () => key(dot(2, c.not_assessable), "Other schools");
    const ringed = ["circle", { cx: 9, cy: 9, r: 8, fill: c.in_need, "fill-opacity": 0.08, stroke: c.edges.in_need }];
    const within = () => key([ringed], `Within ${mileWord(here().radius_miles)}`);
    const said = here().legend[measure.id];
    const words = (text) => make("div", { class: "said" }, make("p", { text }));
    if (isChosen()) {
      groups.append(inNeed(), highPerforming(), others());
      if (state.school !== null) groups.append(within());
      parts.push(groups);
    } else if (state.by !== "school") {
      const areas = areasHere();
      const shaped = Object.keys(data.shapes[state.by] || {}).length;
      parts.push(make("div", { class: "scale" }, ...classLegend(measure, measure.label)), words(said.areas));
      const blank = areas.key.map((_, i) => i).filter((i) => !known(areas[measure.id][i]));
      const unmatched = blank.some((i) => areas.in_need[i] > 0);
      if (blank.length) {
        const none = `No figure: no school in need${unmatched ? ", or none with coordinates" : ""}`;
        groups.append(key(dot(5, "none", c.not_assessable), none));
        parts[1].append(groups);
      }
      parts.push(...sizeLegend(areas));
      if (shaped)
        parts.push(make("p", { class: "small", text: "Areas with a supplied boundary are drawn as shapes." }));
    } else {
      const { title, high, need } = SINGLE[measure.id];
      const heading = make("p", { class: "legend-title", text: title });
      parts.push(
        make("div", { class: "scale" }, ...(need === "partners" ? classLegend(measure, title) : [heading, groups])),
        words(said.schools),
      );
      if (need === "partners") parts[1].append(groups);
      if (need === "without") {
        groups.append(
          key(diamond(c.in_need, c.edges.in_need), "In need, without a partner"),
          key(diamond(c.scales.in_need[0], c.edges.in_need), "In need, with partners"),
        );
      }
      if (need === true) groups.append(inNeed());
      if (high) groups.append(highPerforming());
      groups.append(others());
    }
    legend.replaceChildren(...parts);
  }

  // ---------------------------------------------------------------- table

  const table = byId("table");
  let sorted = { by: "name", down: false };
  let rowLimit = ROWS;
  let later = 0;
  const find = byId("find");

  function tableColumns() {
    const name = (text) => text.toLocaleLowerCase("en-GB");
    if (state.by === "school") {
      const { need } = here();
      return [
        {
          id: "name",
          head: "School in need",
          value: (n) => name(schoolName(n)).replace(/\d+/g, (digits) => digits.padStart(5, "0")),
          text: schoolName,
        },
        {
          id: "partners",
          head: "Partners",
          value: (n) => (need.placed[n] ? partnersOf(n) : null),
          text: (n) => (need.placed[n] ? count(partnersOf(n)) : NOTHING),
        },
        { id: "nearest", head: "Nearest, miles", value: (n) => need.nearest[n], text: (n) => miles(need.nearest[n]) },
      ];
    }
    const areas = areasHere();
    const plain = (id, head, write) => ({ id, head, value: (i) => areas[id][i], text: (i) => write(areas[id][i]) });
    return [
      { id: "name", head: data.levels[state.by].one, value: (i) => name(areas.name[i]), text: (i) => areas.name[i] },
      plain("schools", "Schools", count),
      plain("in_need", "Schools in need", count),
      ...data.measures.map((measure) => ({
        id: measure.id,
        head: measure.head,
        title: measure.label,
        value: (i) => areas[measure.id][i],
        text: (i) => WRITE[measure.id](areas, i),
      })),
    ];
  }

  /** The figures of England as columns of one row, as areas have them. */
  const englandColumns = () =>
    Object.fromEntries(Object.entries(here().england).map(([name, value]) => [name, [value]]));
  const rowCount = () => (state.by === "school" ? here().need.school.length : areasHere().key.length);

  function tableOrder(columns) {
    const column = columns.find((each) => each.id === sorted.by) || columns[0];
    const wanted = find.value.trim().toLocaleLowerCase("en-GB");
    const order = [];
    for (let i = 0; i < rowCount(); i++)
      if (!wanted || columns[0].text(i).toLocaleLowerCase("en-GB").includes(wanted)) order.push(i);
    const values = new Map(order.map((i) => [i, column.value(i)]));
    const sign = sorted.down ? -1 : 1;
    order.sort((a, b) => {
      const [one, other] = [values.get(a), values.get(b)];
      if (!known(one) || !known(other)) return known(other) - known(one) || a - b; // unknown last
      return (one < other ? -sign : one > other ? sign : 0) || a - b;
    });
    return order;
  }

  function drawTable() {
    const columns = tableColumns();
    const order = tableOrder(columns);
    const active =
      document.activeElement && table.contains(document.activeElement) ? document.activeElement.dataset : null;
    const heads = columns.map((column) => {
      const on = column.id === sorted.by;
      const button = make(
        "button",
        { type: "button", "data-sort": column.id },
        column.head,
        make("span", { class: "hidden", text: column.title ? ` (${column.title})` : "" }),
        make("span", { class: "arrow", "aria-hidden": "true", text: on ? (sorted.down ? " ▼" : " ▲") : "" }),
      );
      return make(
        "th",
        { scope: "col", class: `c-${column.id}`, title: column.title, "aria-sort": on ? (sorted.down ? "descending" : "ascending") : false },
        button,
      );
    });
    const body = make("tbody");
    if (state.by !== "school" && rowCount() > 1) {
      const england = englandColumns();
      const cells = columns.slice(1).map((column) => {
        const write = WRITE[column.id] ? WRITE[column.id](england, 0) : count(england[column.id][0]);
        return make("td", { class: `c-${column.id}`, text: write });
      });
      body.append(
        make("tr", { class: "england" }, make("th", { scope: "row", class: "c-name", text: wholeName() }), ...cells),
      );
    }
    const rowOf = (i) => {
      const row = make("tr", { "data-row": i });
      columns.forEach((column, j) => {
        if (j) row.append(make("td", { class: `c-${column.id}`, text: column.text(i) }));
        else
          row.append(
            make(
              "th",
              { scope: "row", class: "c-name" },
              make("button", { type: "button", "data-row": i, text: column.text(i) }),
            ),
          );
      });
      return row;
    };
    const wantedRows = order.slice(0, rowLimit);
    const addRows = (from) => {
      body.append(...wantedRows.slice(from, from + AT_ONCE).map(rowOf));
      if (from + AT_ONCE < wantedRows.length) later = setTimeout(addRows, 0, from + AT_ONCE);
      markRow();
    };
    clearTimeout(later);
    const { head, label } = MEASURES.high_performing_per_in_need;
    const caption = make("caption", { text: `${head}: ${label.toLowerCase()}.` });
    const above = state.by === "school" ? [] : [caption];
    table.replaceChildren(...above, make("thead", {}, make("tr", {}, ...heads)), body);
    addRows(0);
    if (active) {
      const again = active.sort
        ? table.querySelector(`button[data-sort="${active.sort}"]`)
        : table.querySelector(`button[data-row="${active.row}"]`);
      if (again) again.focus({ preventScroll: true });
    }
    const words = state.by === "school" ? "schools in need" : data.levels[state.by].many;
    const shown = Math.min(rowLimit, order.length);
    byId("shown").textContent =
      order.length === 0
        ? `None of the ${words} is found.`.replace(
            "None of the schools in need is found.",
            rowCount() ? "No school in need is found." : "There is no school in need.",
          )
        : shown < order.length
          ? `${count(shown)} of ${count(order.length)} shown.`
          : "";
    const more = byId("more");
    more.hidden = shown >= order.length;
    more.textContent = `Show ${count(Math.min(ROWS, order.length - shown))} more`;
  }

  function markRow() {
    table.className = `by-${state.by === "school" ? "school" : "area"} m-${state.measure}`;
    const areas = areasHere();
    const chosen = state.by === "school" ? state.school : state.area === null ? null : areas.key.indexOf(state.area);
    for (const row of table.querySelectorAll("tr.chosen")) {
      row.classList.remove("chosen");
      row.querySelector("button").removeAttribute("aria-current");
    }
    const row = chosen === null ? null : table.querySelector(`tr[data-row="${chosen}"]`);
    if (!row) return;
    row.classList.add("chosen");
    row.querySelector("button").setAttribute("aria-current", "true");
  }

  const wholeName = () => {
    const regions = here().levels.region.name;
    return regions.length === 1 ? regions[0] : "England";
  };

  function drawTableHeading() {
    byId("areas-heading").textContent =
      `${state.by === "school" ? "Schools in need" : capital(data.levels[state.by].many)}, ${state.phase}`;
    byId("find-label").textContent =
      state.by === "school"
        ? data.named
          ? "Find a school"
          : "Find an authority’s schools"
        : `Find a ${data.levels[state.by].one.toLowerCase()}`;
    const unplaced = byId("unplaced");
    const areas = areasHere();
    const missing = areas
      ? areas.name.filter((_, i) => !known(areas.x[i]) && !(data.shapes[state.by] || {})[areas.key[i]])
      : [];
    unplaced.hidden = missing.length === 0;
    unplaced.textContent = missing.length
      ? `In the table only, having no place on the map: ${missing.join(", ")}.`
      : "";
    const empty = byId("empty");
    const nothing = !boxOf(here().schools.x, here().schools.y);
    empty.hidden = !nothing;
    empty.textContent = nothing
      ? `No ${state.phase} school has coordinates, so none can be drawn. The table has the figures.`
      : "";
  }

  // ---------------------------------------------------------------- panel

  const panel = byId("panel");
  let listAll = false;

  function listing(entries, build, words) {
    const list = make("ol", { class: "listed" }, ...entries.slice(0, listAll ? entries.length : LISTED).map(build));
    const parts = [list];
    if (entries.length > LISTED && !listAll)
      parts.push(
        make("button", { type: "button", "data-all": true, text: `Show all ${count(entries.length)} ${words}` }),
      );
    return parts;
  }

  const areaName = () => areasHere().name[areasHere().key.indexOf(state.area)];
  function backWords() {
    if (state.school === null) return `Back to all ${data.levels[state.by].many}`;
    if (state.area !== null) return `Back to ${areaName()}`;
    return `Back to all ${state.by === "school" ? "schools" : data.levels[state.by].many}`;
  }

  /** What is chosen, on the map itself, with a way back: on a phone the panel may be out of sight. */
  function drawWhere() {
    const where = byId("where");
    where.hidden = !isChosen();
    if (where.hidden) return where.replaceChildren();
    const name = state.school !== null ? schoolName(state.school) : areaName();
    const words = backWords();
    const button = make("button", { type: "button", "data-back": true, "aria-label": words, title: words, text: "×" });
    return where.replaceChildren(make("strong", { text: name }), button);
  }

  function drawPanel() {
    const { need, schools, levels } = here();
    const heading = make("h2", { id: "panel-heading", tabindex: "-1" });
    const parts = [heading];
    const back = () =>
      parts.unshift(make("button", { type: "button", class: "return", "data-back": true, text: `← ${backWords()}` }));
    if (state.school !== null) {
      const n = state.school;
      const i = need.school[n];
      heading.textContent = schoolName(n);
      if (data.named)
        parts.push(
          make("p", { class: "small", text: `In need, ${levels.local_authority.name[schools.local_authority[i]]}.` }),
        );
      parts.push(make("p", { text: reachWords(n) }));
      if (schools.both.includes(i))
        parts.push(make("p", { text: "It is high-performing by one criterion as well, and counts as in need." }));
      const pairs = Array.from({ length: partnersOf(n) }, (_, k) => need.start[n] + k);
      if (pairs.length) {
        parts.push(make("h3", { text: "Partners, nearest first" }));
        parts.push(
          ...listing(
            pairs,
            (k) =>
              make(
                "li",
                { "data-pair": k },
                make("span", { text: otherName(need.partner[k]) }),
                make("b", { text: `${miles(need.distance[k])} miles` }),
              ),
            "partners",
          ),
        );
      }
      back();
    } else if (state.area !== null) {
      const areas = areasHere();
      const at = areas.key.indexOf(state.area);
      heading.textContent = areas.name[at];
      parts.push(definitions(figuresOf(areas, at)));
      const inside = need.school
        .map((i, n) => [i, n])
        .filter(([i]) => schools[state.by][i] === at)
        .map(([, n]) => n)
        .sort((a, b) => schoolName(a).localeCompare(schoolName(b), "en-GB", { numeric: true }));
      if (inside.length) {
        parts.push(make("h3", { text: "Schools in need: choose one to see its partners" }));
        const distances = (n) =>
          !need.placed[n]
            ? "no coordinates"
            : partnersOf(n)
              ? `${plural(partnersOf(n), "partner")}, nearest ${miles(need.nearest[n])} miles`
              : "no partner";
        parts.push(
          ...listing(
            inside,
            (n) =>
              make(
                "li",
                {},
                make("button", { type: "button", "data-school": n, text: schoolName(n) }),
                make("span", { text: distances(n) }),
              ),
            "schools in need",
          ),
        );
      } else parts.push(make("p", { text: `${areas.name[at]} has no ${state.phase} school in need.` }));
      back();
    } else {
      heading.textContent = `${wholeName()}, ${state.phase}`;
      const columns = englandColumns();
      parts.push(definitions(figuresOf(columns, 0)));
      parts.push(
        make("p", {
          class: "small",
          text:
            state.by === "school"
              ? "Choose a school in need, on the map or in the table, to see its partners."
              : "Choose an area, on the map or in the table, to see its schools.",
        }),
      );
    }
    panel.replaceChildren(...parts);
  }

  // ---------------------------------------------------------------- from a choice to the page

  function zoomTo() {
    const { schools, need, radius_m: radius, levels } = here();
    const i = state.school === null ? -1 : need.school[state.school];
    if (i >= 0 && known(schools.x[i]))
      return fit([schools.x[i] - radius, schools.y[i] - radius, schools.x[i] + radius, schools.y[i] + radius]);
    if (state.area !== null) {
      const at = levels[state.by].key.indexOf(state.area);
      const inside = schools[state.by].map((area, j) => (area === at ? j : -1)).filter((j) => j >= 0);
      let box = boxOf(
        inside.map((j) => schools.x[j]),
        inside.map((j) => schools.y[j]),
      );
      for (const polygon of (data.shapes[state.by] || {})[state.area] || [])
        box = joined(
          box,
          boxOf(
            polygon[0].map((p) => p[0]),
            polygon[0].map((p) => p[1]),
          ),
        );
      if (box) return fit(box);
    }
    return fit(home || [0, 0, 600000, 650000]);
  }

  function show(next, { zoom = true, all = false } = {}) {
    const before = state;
    state = next;
    const changed = (...names) => all || names.some((name) => before[name] !== state[name]);
    // The map first: Bokeh asks for the style of its elements, which costs more once the table has changed.
    holding = true;
    const band = here().band;
    if (layers.band) layers.band.setv({ text: band, visible: band !== "" });
    drawLegend();
    drawWhere();
    measureCorner();
    if (zoom && changed("phase", "by", "area", "school")) zoomTo();
    drawAreas();
    drawSchools();
    drawChosen();
    holding = false;
    stampDots();
    hideTip();
    for (const name of ["phase", "by"])
      for (const input of document.querySelectorAll(`input[name="${name}"]`))
        input.checked = input.value === state[name];
    for (const input of document.querySelectorAll('input[name="by"]'))
      if (input.value !== "school") input.disabled = !here().levels[input.value].key.length;
    byId("measure").value = state.measure;
    for (const notice of document.querySelectorAll("[data-notice]"))
      notice.hidden = notice.dataset.notice !== state.phase;
    if (changed("phase", "by", "area", "school")) {
      listAll = false;
      drawPanel();
    }
    if (changed("phase", "by")) {
      rowLimit = ROWS;
      find.value = "";
      if (all || before.by !== state.by) sorted = { by: "name", down: false };
      drawTableHeading();
      drawTable();
    } else markRow();
  }

  const say = (words) => {
    byId("status").textContent = words;
  };

  function described() {
    const measure = MEASURES[state.measure].label;
    if (state.school !== null) return `${schoolName(state.school)}. ${reachWords(state.school)}`;
    if (state.area !== null) {
      const areas = areasHere();
      const at = areas.key.indexOf(state.area);
      return `${areas.name[at]}: ${figuresOf(areas, at)
        .slice(1, 4)
        .map(([term, words]) => `${term} ${words}`)
        .join("; ")}. Map zoomed in.`;
    }
    const by = state.by === "school" ? "single schools" : data.levels[state.by].one.toLowerCase();
    return `${wholeName()}, ${state.phase}, by ${by}: ${measure}.`;
  }

  let written = null;
  /** A choice of the reader: shown at once and written to the address, so that Back undoes it. */
  function choose(patch, focus = false) {
    const next = { ...state, ...patch };
    if (next.by !== state.by) next.area = patch.area === undefined ? null : patch.area;
    if (next.by !== "school" && !data.phases[next.phase].levels[next.by].key.length) next.by = "school";
    if (next.by === "school") next.area = null;
    if (next.area !== null && !data.phases[next.phase].levels[next.by].key.includes(next.area)) next.area = null;
    if (next.phase !== state.phase) next.school = null;
    show(next);
    written = address(state);
    // Not location.hash, which makes the browser look for a place of that name and lay the page out at once.
    if (location.hash !== written) history.pushState(null, "", written);
    say(described());
    if (focus) byId("panel-heading").focus({ preventScroll: true });
    if (focus || wide.matches) bringIntoView();
  }

  /** Scrolls to the panel where it is out of sight; on a narrow page, to a chosen school on the map above it. */
  function bringIntoView() {
    const seen = (element, enough) => {
      const { top, height } = element.getBoundingClientRect();
      return top >= 0 && top + Math.min(height, enough) <= innerHeight;
    };
    if (!wide.matches && state.school !== null) {
      if (!seen(map, Infinity) || !seen(panel, 100)) map.scrollIntoView({ block: "start" });
    } else if (!seen(panel, 300)) panel.scrollIntoView({ block: "start" });
  }

  /** Undoes the choice of the school, else of the area, and leads back to where the reader chose it. */
  function back() {
    if (!isChosen()) return;
    const { area, school } = state;
    const fromMap = byId("map-box").contains(document.activeElement);
    choose(school !== null ? { school: null } : { area: null });
    if (fromMap) {
      map.focus({ preventScroll: true });
      return;
    }
    let button = null;
    const inPanel = () => panel.querySelector(`button[data-school="${school}"]`);
    if (school !== null && area !== null) {
      button = inPanel();
      if (!button) {
        listAll = true;
        drawPanel();
        button = inPanel();
      }
    } else {
      const row = state.by === "school" ? school : areasHere().key.indexOf(area);
      button = table.querySelector(`button[data-row="${row}"]`);
    }
    button = button || byId("panel-heading");
    button.focus({ preventScroll: true });
    (button.closest("tr, li") || button).scrollIntoView({ block: "nearest" });
  }

  function restore() {
    if (location.hash === written) return;
    const [found, strange] = fromAddress();
    show(found, { all: true });
    written = location.hash;
    const lost = sayStrange(strange);
    say(`${lost} ${described()}`.trim());
  }

  /** Says what of the address this release does not have; returns the words. */
  function sayStrange(strange) {
    const words = byId("strange");
    words.hidden = strange.length === 0;
    words.textContent = words.hidden
      ? ""
      : `The address asks for “${strange.join("”, “")}”, which this release does not have.`;
    return words.textContent;
  }

  function move(way) {
    const [width, height] = size();
    const step = 0.25 * view.perPixel;
    if (way === "home") return fit(home || [0, 0, 600000, 650000]);
    if (way === "in" || way === "out") {
      const perPixel = view.perPixel * (way === "in" ? 1 / 1.6 : 1.6);
      const aside = cornerBox ? cornerBox[2] / 2 : 0; // the middle of what the legend leaves free stays where it is
      return setView(view.x + aside * (view.perPixel - perPixel), view.y, perPixel);
    }
    const [dx, dy] = { left: [-1, 0], right: [1, 0], up: [0, 1], down: [0, -1] }[way];
    return setView(view.x + dx * step * width, view.y + dy * step * height, view.perPixel);
  }

  function listen() {
    const controls = byId("controls");
    controls.addEventListener("submit", (event) => event.preventDefault());
    controls.addEventListener("change", (event) => {
      const { name, value } = event.target;
      if (name === "by") choose({ by: value, area: null, school: null });
      else if (name === "phase" || name === "measure") choose({ [name]: value });
    });
    table.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      const row = event.target.closest("tr[data-row]");
      if (button && button.dataset.sort) {
        const by = button.dataset.sort;
        sorted = { by, down: sorted.by === by ? !sorted.down : by !== "name" };
        drawTable();
      } else if (row) {
        const i = Number(row.dataset.row);
        choose(state.by === "school" ? { school: i } : { area: areasHere().key[i], school: null }, true);
      }
    });
    const point = (event) => {
      const row = event.target.closest("tr[data-row]");
      if (!row) return;
      const i = Number(row.dataset.row);
      const { schools, need } = here();
      const areas = areasHere();
      const target =
        state.by === "school"
          ? [schools.x[need.school[i]], schools.y[need.school[i]], 5, "need", need.school[i]]
          : targets.find((each) => each[3] === "area" && each[4] === i) || [areas.x[i], areas.y[i], 0, "area", i];
      if (known(target[0])) showTip(target);
      else hideTip();
    };
    for (const kind of ["mouseover", "focusin"]) table.addEventListener(kind, point);
    for (const kind of ["mouseleave", "focusout"]) table.addEventListener(kind, hideTip);
    panel.addEventListener("mouseover", (event) => {
      const { schools, need } = here();
      const pair = event.target.closest("[data-pair]");
      const school = event.target.closest("[data-school]");
      const i = pair
        ? need.partner[Number(pair.dataset.pair)]
        : school
          ? need.school[Number(school.dataset.school)]
          : null;
      if (i !== null && known(schools.x[i]))
        showTip([schools.x[i], schools.y[i], 6, pair ? "partner" : "need", pair ? Number(pair.dataset.pair) : i]);
    });
    panel.addEventListener("focusin", (event) => {
      const { schools, need } = here();
      const school = event.target.closest("[data-school]");
      if (!school) return;
      const i = need.school[Number(school.dataset.school)];
      if (known(schools.x[i])) showTip([schools.x[i], schools.y[i], 6, "need", i]);
    });
    for (const kind of ["mouseleave", "focusout"]) panel.addEventListener(kind, hideTip);
    panel.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if ("back" in button.dataset) back();
      else if ("all" in button.dataset) {
        listAll = true;
        const at = panel.querySelectorAll(".listed > li").length;
        drawPanel();
        const next = panel.querySelectorAll(".listed > li")[at];
        const target = next && (next.querySelector("button") || next);
        if (target) {
          if (!target.matches("button")) target.tabIndex = -1;
          target.focus({ preventScroll: true });
        }
      } else if (button.dataset.school) choose({ school: Number(button.dataset.school) }, true);
    });
    byId("where").addEventListener("click", (event) => {
      if (event.target.closest("button")) back();
    });
    find.addEventListener("input", () => {
      rowLimit = ROWS;
      drawTable();
    });
    byId("more").addEventListener("click", () => {
      const buttons = table.querySelectorAll("tbody button");
      const last = buttons[buttons.length - 1];
      rowLimit += ROWS;
      drawTable();
      const again = last && table.querySelector(`button[data-row="${last.dataset.row}"]`);
      if (again) again.focus({ preventScroll: true });
    });
    for (const button of document.querySelectorAll("[data-move]"))
      button.addEventListener("click", () => move(button.dataset.move));
    map.addEventListener("keydown", (event) => {
      const way = {
        ArrowLeft: "left",
        ArrowRight: "right",
        ArrowUp: "up",
        ArrowDown: "down",
        "+": "in",
        "=": "in",
        "-": "out",
        0: "home",
      }[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      move(way);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.target.matches("#find, #measure")) return;
      if (!tip.hidden) hideTip();
      else back();
    });
    plot.on_event("mousemove", ({ x, y }) => {
      const target = hit(x, y);
      map.classList.toggle("can-choose", Boolean(target) && ["area", "need"].includes(target[3]));
      if (target) showTip(target);
      else hideTip();
    });
    plot.on_event("mouseleave", hideTip);
    plot.on_event("tap", ({ x, y }) => {
      const target = hit(x, y);
      if (!target) return;
      if (target[3] === "area") choose({ area: areasHere().key[target[4]], school: null });
      else if (target[3] === "need") choose({ school: schoolsOf(state.phase).needOf.get(target[4]) });
      else showTip(target);
    });
    plot.x_range.change.connect(moved);
    plot.y_range.change.connect(moved);
    addEventListener("popstate", restore);
    addEventListener("hashchange", restore);
    dark.addEventListener("change", () => {
      paint();
      show({ ...state }, { zoom: false });
    });
    const settle = () => {
      // Where the map fills the width, a mouse's wheel is left to the page, which would else be hard to scroll past.
      plot.toolbar.active_scroll = wide.matches || !mouse.matches ? layers.wheel : null;
      // So is a finger that goes up or down; sideways it drags the map, two fingers zoom.
      for (const element of within(byId("plot")))
        if (element.classList.contains("bk-events")) element.style.touchAction = wide.matches ? "none" : "pan-y";
    };
    wide.addEventListener("change", settle);
    settle();
    new ResizeObserver(() => {
      const [width, height] = size();
      measureMap();
      if (width === size()[0] && height === size()[1]) return;
      drawLegend();
      measureCorner();
      if (lastFit) fit(...lastFit);
      drawAreas();
      drawSchools();
      drawChosen();
    }).observe(map);
  }

  async function begin() {
    byId("app").hidden = false;
    measureMap();
    if (!PHASES.length) {
      byId("app").hidden = true;
      byId("nothing").hidden = false;
      return;
    }
    await Bokeh.embed.embed_item(item, "plot");
    const doc = Bokeh.documents[0];
    plot = doc.get_model_by_name("map");
    for (const name of [
      "land",
      "shapes",
      "others",
      "high",
      "need",
      "areas",
      "circle",
      "links",
      "partners",
      "school",
      "labels",
      "values",
      "banner",
      "band",
      "wheel",
    ])
      layers[name] = doc.get_model_by_name(name);
    // Bokeh makes its own canvas a stop of the Tab key, without a name; the map around it is the stop here.
    for (const element of within(byId("plot"))) if (element.tabIndex >= 0) element.tabIndex = -1;
    paint();
    listen();
    const [found, strange] = fromAddress();
    show(found, { all: true });
    moved();
    written = location.hash;
    sayStrange(strange);
    requestAnimationFrame(() => setTimeout(() => (document.documentElement.dataset.ready = "true")));
  }

  /** All elements within one, those of shadow trees, in which Bokeh draws, included. */
  const within = (root) =>
    [...root.querySelectorAll("*")].flatMap((each) => [each, ...(each.shadowRoot ? within(each.shadowRoot) : [])]);

  begin();
})();

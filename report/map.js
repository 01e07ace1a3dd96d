"use strict";
// The map page: what the reader chose, in controls, address, tables, panel and legend. Figures and words come printed
// from scripts/school_map.py, drawing is done in map_view.js. Text goes into the page as text, never as HTML.
(async () => {
  const data = JSON.parse(byId("data").textContent);
  const PHASES = Object.keys(data.phases).filter((phase) => data.phases[phase]);
  if (!PHASES.length) return;
  for (const phase of PHASES) {
    const its = data.phases[phase];
    for (const part of ["schools", "need"]) its[part] = unpack(its[part]);
    its.need.of = new Map(its.need.school.map((i, n) => [i, n]));
  }
  const neither = data.partnered ? "school in neither group" : "school not in need";
  const NEITHER = [neither, "school that could not be placed in a group"];
  const OF_GROUP = [...NEITHER, "high-performing school", "school in need"];
  const [panel, tip, ring, map] = ["panel", "tip", "ring", "map"].map(byId);

  // `area`: position among the areas of the level; `school`: among the phase's schools in need; null for none.
  const isThere = (phase, by) => by === "school" || data.phases[phase].levels[by].key.length > 0;
  const start = {
    phase: PHASES[0],
    by: [...Object.keys(data.levels), "school"].find((by) => PHASES.some((phase) => isThere(phase, by))),
    measure: data.first_measure,
    area: null,
    school: null,
  };
  let state = start;
  const here = () => data.phases[state.phase];
  const areasHere = () => here().levels[state.by];
  const isChosen = () => state.area !== null || state.school !== null;
  const miles = (tenths) => `${(tenths / 10).toFixed(1)} miles`;

  const tables = {};
  /** The table of a phase and level: its box, and rows and names in the order of the data. When it is first asked for,
   * names become buttons that choose. */
  function tableOf(phase, by) {
    const which = `${phase} ${by}`;
    if (tables[which]) return tables[which];
    const box = document.querySelector(`[data-table="${which}"]`);
    const body = box.querySelector("tbody:last-of-type");
    const rows = [...body.rows];
    rows.forEach((row, i) => {
      row.dataset.row = i;
      row.cells[0].replaceChildren(make("button", { type: "button" }, row.cells[0].textContent));
    });
    body.addEventListener("click", (event) => {
      const i = Number(event.target.closest("tr").dataset.row);
      choose(state.by === "school" ? { school: i } : { area: i, school: null }, true);
    });
    tables[which] = { box, rows, names: rows.map((row) => row.cells[0].textContent) };
    return tables[which];
  }
  const nameOf = (by, i) => tableOf(state.phase, by).names[i];
  const chosenName = () => (state.school !== null ? nameOf("school", state.school) : nameOf(state.by, state.area));
  const figureOf = (cell) => cell.firstChild.textContent.trim(); // without its bounds
  /** A column of a school in need: 1 partners, 2 the nearest. */
  const cellOf = (n, column) => tableOf(state.phase, "school").rows[n].cells[column];
  const cell = (n, column) => figureOf(cellOf(n, column));
  /** The chosen measure of an area, as printed in the table. */
  const printed = (i) => figureOf(tableOf(state.phase, state.by).rows[i].cells[data.measures[state.measure].at]);
  const partnersOf = (n) => here().need.start[n + 1] - here().need.start[n];
  const partnerWords = (n) => `${cell(n, 1)} ${partnersOf(n) === 1 ? "partner" : "partners"}`;
  /** What is not known of a school's groups, blank for nothing. */
  const unknownWords = (i) => here().unknown[here().schools.open[i]];

  function otherName(i) {
    const { schools } = here();
    const authority = nameOf("local_authority", schools.local_authority[i]) || "–";
    return `${data.named ? `${schools.name[i]} (${schools.urn[i]}), ` : ""}${authority}, ${OF_GROUP[schools.group[i]]}`;
  }

  function reachWords(n) {
    if (!data.partnered) return "";
    if (!here().need.placed[n]) return "Without coordinates, so its partners cannot be counted.";
    const nearest = cell(n, 2);
    const bounds = cellOf(n, 1).querySelector("small")?.textContent;
    const within = `within ${here().within}${bounds ? ` (${bounds}, with what is unknown)` : ""}`;
    if (partnersOf(n)) return `${partnerWords(n)} ${within}; the nearest is ${nearest} miles away.`;
    return nearest === "–"
      ? `No partner ${within}: there is no high-performing school.`
      : `No partner ${within}; the nearest high-performing school is ${nearest} miles away.`;
  }

  /** Figures as a list of terms and texts, without those left empty; beneath a figure its bounds. */
  function definitions(texts) {
    const pair = (text, i) => {
      const [figure, bounds] = text.split("\n");
      const said = make("dd", {}, figure, ...(bounds ? [make("small", {}, bounds)] : []));
      return make("div", {}, make("dt", {}, here().labels[i]), said);
    };
    return make("dl", {}, ...texts.flatMap((text, i) => (text ? [pair(text, i)] : [])));
  }

  /** What a school in need is called in the address: its authority's code and its number there. */
  function schoolKeys(phase) {
    const { need, schools, levels } = data.phases[phase];
    const codes = need.school.map((i) => levels.local_authority.key[schools.local_authority[i]]);
    return codes.map((code, n) => `${code}-${need.number[n]}`);
  }

  function address() {
    const words = new URLSearchParams({ phase: state.phase, by: state.by, measure: state.measure });
    if (state.area !== null) words.set("area", areasHere().key[state.area]);
    if (state.school !== null) words.set("school", schoolKeys(state.phase)[state.school]);
    return `#${words}`;
  }

  /** Reads the address; whatever this release does not have is left at its start and named in `strange`. */
  function fromAddress() {
    const words = new URLSearchParams(location.hash.slice(1));
    const found = { ...start };
    const strange = [];
    const take = (name, places, whole) => {
      const word = words.get(name);
      if (word === null) return;
      if (places.includes(word)) found[name] = whole ? word : places.indexOf(word);
      else strange.push(word);
    };
    take("phase", PHASES, true);
    const { levels } = data.phases[found.phase];
    take("by", [...Object.keys(levels), "school"].filter((by) => isThere(found.phase, by)), true);
    take("measure", Object.keys(data.measures), true);
    take("area", found.by === "school" ? [] : levels[found.by].key);
    take("school", schoolKeys(found.phase));
    return [found, strange];
  }

  const hideTip = () => (tip.hidden = ring.hidden = true);

  /** Of what kind and index the tip speaks: a name and what is said of it. */
  function tipWords(kind, i) {
    const { need } = here();
    if (kind === "areas" || kind === "shapes") return [nameOf(state.by, i), definitions(areasHere().figures[i])];
    if (kind === "partners") return [otherName(need.partner[i]), `Partner, ${miles(need.distance[i])} away`, unknownWords(need.partner[i])];
    return need.of.has(i) ? [nameOf("school", need.of.get(i)), reachWords(need.of.get(i))] : [otherName(i), unknownWords(i)];
  }

  /** Shows what lies at a place: what the map or a list gives as {kind, index, x, y, across}. */
  function point(target) {
    map.classList.toggle("can-choose", Boolean(target) && ["areas", "shapes", "need"].includes(target.kind));
    if (!target || !known(target.x)) return hideTip();
    const { kind, index, x, y, across = 12 } = target;
    const [sx, sy] = view.screen(x, y);
    const [width, height] = view.size();
    if (sx < 0 || sy < 0 || sx > width || sy > height) return hideTip();
    const [name, ...words] = tipWords(kind, index);
    tip.replaceChildren(make("strong", {}, name), ...words.map((each) => make("div", {}, each)));
    const wide = Math.max(across, 8) + 8;
    Object.assign(ring.style, { left: `${sx}px`, top: `${sy}px`, width: `${wide}px`, height: `${wide}px` });
    ring.hidden = kind === "shapes";
    tip.hidden = false;
    const { offsetWidth: w, offsetHeight: h } = tip;
    const gap = wide / 2 + 8;
    const left = sx + gap + w <= width ? sx + gap : sx - gap - w;
    tip.style.left = `${Math.max(4, Math.min(left, width - w - 4))}px`;
    tip.style.top = `${Math.max(4, Math.min(sy - h / 2, height - h - 4))}px`;
  }

  const pointAtSchool = (kind, i, index = i) =>
    point({ kind, index, x: here().schools.x[i], y: here().schools.y[i] });

  function pointAtRow(i) {
    if (state.by === "school") return pointAtSchool("need", here().need.school[i]);
    const { x, y, radius } = areasHere();
    return point({ kind: "areas", index: i, x: x[i], y: y[i], across: isChosen() ? 0 : view.across(radius[i]) });
  }

  function tap(target) {
    if (!target) return;
    const { kind, index } = target;
    if (kind === "areas" || kind === "shapes") choose({ area: index, school: null });
    else if (kind === "need") choose({ school: here().need.of.get(index) });
    else point(target);
  }

  const view = await openMap(data, JSON.parse(byId("plot-item").textContent), { point, tap, move: hideTip });

  function backWords() {
    if (state.school !== null && state.area !== null) return `Back to ${nameOf(state.by, state.area)}`;
    return `Back to all ${state.by === "school" ? "schools" : data.levels[state.by]}`;
  }

  function schoolPanel(n) {
    const { need, schools } = here();
    const partner = (pair) => {
      const distance = make("b", {}, miles(need.distance[pair]));
      return make("li", { "data-pair": pair }, make("span", {}, otherName(need.partner[pair])), distance);
    };
    const parts = data.partnered ? [make("p", {}, reachWords(n))] : [];
    if (data.named || !data.partnered) parts.unshift(make("p", { class: "small" }, otherName(need.school[n])));
    if (schools.both.includes(need.school[n]))
      parts.push(make("p", {}, "It is high-performing by one criterion as well, and counts as in need."));
    const pairs = pairsOf(need, n);
    if (!pairs.length) return parts;
    const list = make("ol", { class: "listed", tabindex: 0 }, ...pairs.map(partner));
    return [...parts, make("h3", {}, "Partners, nearest first"), list];
  }

  /** Figures in the panel, with a line on the small print if there is any. */
  function figuresOf(texts) {
    const small = texts.some((text) => text.includes("\n")) ? [make("p", { class: "small" }, data.bounds)] : [];
    return [definitions(texts), ...small];
  }

  function areaPanel(area) {
    const { need, schools } = here();
    const inside = need.school.flatMap((i, n) => (schools[state.by][i] === area ? [n] : []));
    const distances = (n) => {
      if (!data.partnered) return "";
      if (!need.placed[n]) return "no coordinates";
      return partnersOf(n) ? `${partnerWords(n)}, nearest ${cell(n, 2)} miles` : "no partner";
    };
    const school = (n) => {
      const button = make("button", { type: "button", "data-school": n }, nameOf("school", n));
      return make("li", {}, button, make("span", {}, distances(n)));
    };
    const figures = figuresOf(areasHere().figures[area]);
    if (!inside.length) return [...figures, make("p", {}, `No ${state.phase} school is known to be in need.`)];
    const heading = make("h3", {}, `Schools in need: choose one to see ${data.partnered ? "its partners" : "where it is"}`);
    return [...figures, heading, make("ol", { class: "listed" }, ...inside.map(school))];
  }

  /** The panel; and what is chosen on the map itself, with a way back: on a phone the panel may be out of sight. */
  function drawPanel() {
    const name = isChosen() ? chosenName() : `${here().place}, ${state.phase}`;
    const heading = make("h2", { id: "panel-heading", tabindex: "-1" }, name);
    byId("where").hidden = !isChosen();
    if (isChosen()) {
      const words = backWords();
      const back = make("p", {}, make("button", { type: "button", "data-back": "" }, `← ${words}`));
      const cross = make("button", { type: "button", "data-back": "", "aria-label": words, title: words }, "×");
      const parts = state.school !== null ? schoolPanel(state.school) : areaPanel(state.area);
      panel.replaceChildren(back, heading, ...parts);
      byId("where").replaceChildren(make("strong", {}, name), cross);
    } else {
      const [what, its] = state.by === "school" ? ["a school in need", data.partnered ? "partners" : "place"] : ["an area", "schools"];
      const words = `Choose ${what}, on the map or in the table, to see its ${its}.`;
      panel.replaceChildren(heading, ...figuresOf(here().figures), make("p", { class: "small" }, words));
    }
  }

  function drawTable() {
    const { box, rows } = tableOf(state.phase, state.by);
    for (const each of document.querySelectorAll("[data-table]")) each.hidden = each !== box;
    byId("app").dataset.on = state.measure;
    for (const each of box.querySelectorAll("[aria-current]")) each.removeAttribute("aria-current");
    const row = rows[state.by === "school" ? state.school : state.area];
    if (row) row.querySelector("button").setAttribute("aria-current", "true");
  }

  /** Says which areas, or whether all schools, have no place on the map. */
  function drawUnplaced() {
    const shapes = data.shapes[state.by] || {};
    const { key, x } = state.by === "school" ? { key: [] } : areasHere();
    const missing = key.flatMap((each, i) => (known(x[i]) || shapes[each] ? [] : [nameOf(state.by, i)]));
    byId("unplaced").hidden = !missing.length;
    byId("unplaced").textContent = `In the table only, having no place on the map: ${missing.join(", ")}.`;
    byId("empty").hidden = here().schools.x.some(known);
    byId("empty").textContent = `No ${state.phase} school has coordinates, so none can be drawn.`;
  }

  /** Brings the whole page to a state. */
  function show(next, all = false) {
    const changed = all || ["phase", "by", "area", "school"].some((name) => state[name] !== next[name]);
    state = next;
    for (const name of ["phase", "by"])
      for (const input of document.querySelectorAll(`input[name="${name}"]`)) {
        input.checked = input.value === state[name];
        if (name === "by") input.disabled = !isThere(state.phase, input.value);
      }
    byId("measure").value = state.measure;
    const legend = isChosen() ? `${state.phase} chosen` : `${state.phase} ${state.by} ${state.measure}`;
    for (const each of document.querySelectorAll(".legend")) each.hidden = each.dataset.legend !== legend;
    for (const each of document.querySelectorAll(".radius")) each.hidden = state.school === null;
    for (const each of document.querySelectorAll("[data-phase]")) each.hidden = each.dataset.phase !== state.phase;
    hideTip();
    if (changed) {
      drawPanel();
      drawUnplaced();
    }
    // Bokeh before the table: it asks for the style of its elements, which costs more once the table has changed.
    view.draw({ ...state, printed }, changed);
    drawTable();
    byId("status").textContent = `${byId("panel-heading").textContent}. ${data.measures[state.measure].label}.`;
  }

  let written;
  /** A choice of the reader: shown at once and written to the address, so that Back undoes it. */
  function choose(patch, focus = false) {
    const next = { ...state, ...patch };
    if (!isThere(next.phase, next.by)) next.by = "school";
    if (next.by !== state.by) next.area = null;
    if (next.phase !== state.phase) {
      // The same area is at another place in the other phase, or not there at all.
      next.school = null;
      const keys = next.area === null ? [] : data.phases[next.phase].levels[next.by].key;
      const place = keys.findIndex((key) => key === areasHere().key[next.area]);
      next.area = place < 0 ? null : place;
    }
    show(next);
    written = address();
    // Not location.hash, which makes the browser look for a place of that name and lay the page out at once.
    if (location.hash !== written) history.pushState(null, "", written);
    if (focus) byId("panel-heading").focus({ preventScroll: true });
    if (!focus && !view.wide()) return;
    // The panel is brought into sight; on a narrow page, a chosen school on the map above it.
    const target = !view.wide() && state.school !== null ? map : panel;
    const { top } = target.getBoundingClientRect();
    if (top < 0 || top > innerHeight - 300) target.scrollIntoView({ block: "start" });
  }

  /** Undoes the choice of the school, else of the area, and leads back to where the reader chose it. */
  function back() {
    if (!isChosen()) return;
    const { area, school } = state;
    const fromMap = byId("map-box").contains(document.activeElement);
    choose(school !== null ? { school: null } : { area: null });
    const row = tableOf(state.phase, state.by).rows[state.by === "school" ? school : area];
    const inPanel = area !== null && school !== null && panel.querySelector(`[data-school="${school}"]`);
    const target = fromMap ? map : inPanel || row?.querySelector("button");
    (target?.offsetParent ? target : byId("panel-heading")).focus();
  }

  /** Follows the address; says what of it this release does not have. */
  function restore() {
    if (location.hash === written) return;
    const [found, strange] = fromAddress();
    show(found, true);
    written = location.hash;
    const words = byId("strange");
    words.hidden = !strange.length;
    words.textContent = `The address asks for “${strange.join("”, “")}”, which this release does not have.`;
  }

  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  byId("controls").addEventListener("change", ({ target: { name, value } }) =>
    choose(name === "by" ? { by: value, area: null, school: null } : { [name]: value }),
  );
  const overTable = ({ target }) => {
    const row = target.closest("tr[data-row]");
    if (row) pointAtRow(Number(row.dataset.row));
  };
  const overPanel = ({ target }) => {
    const { need } = here();
    const { school, pair } = target.closest("[data-school], [data-pair]")?.dataset || {};
    if (school) pointAtSchool("need", need.school[school]);
    else if (pair) pointAtSchool("partners", need.partner[pair], Number(pair));
  };
  for (const [element, handler] of [[byId("tables"), overTable], [panel, overPanel]]) {
    for (const kind of ["mouseover", "focusin"]) element.addEventListener(kind, handler);
    for (const kind of ["mouseleave", "focusout"]) element.addEventListener(kind, hideTip);
  }
  document.addEventListener("click", ({ target }) => {
    const { move, school, back: isBack } = target.closest("button")?.dataset || {};
    if (move) view.move(move);
    else if (school) choose({ school: Number(school) }, true);
    else if (isBack !== undefined) back();
  });
  const KEYS = { "+": "in", "-": "out", 0: "home", Left: "left", Right: "right", Up: "up", Down: "down" };
  map.addEventListener("keydown", (event) => {
    const way = KEYS[event.key.replace("Arrow", "")];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    view.move(way);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.target.matches("input[type=search], select")) return;
    if (tip.hidden) back();
    else hideTip();
  });
  addEventListener("popstate", restore);
  addEventListener("hashchange", restore);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", view.repaint);
  restore();
  requestAnimationFrame(() => setTimeout(() => (document.documentElement.dataset.ready = "true")));
})();

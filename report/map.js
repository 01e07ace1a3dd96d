"use strict";
// The map page: what the reader chose, in controls, address, tables, panel and legend. Figures and words come printed
// from scripts/school_map.py, drawing is done in map_view.js. Text goes into the page as text, never as HTML.
(async () => {
  const data = JSON.parse(byId("data").textContent);
  const PHASES = Object.keys(data.phases).filter((phase) => data.phases[phase]);
  for (const phase of PHASES)
    for (const part of ["schools", "need"]) data.phases[phase][part] = unpack(data.phases[phase][part]);
  const LISTED = 12; // schools in the panel at first
  const GROUP_WORDS = ["In neither group", "Could not be placed in a group", "High-performing", "In need"];
  const OF_GROUP = [
    "school in neither group",
    "school that could not be placed in a group",
    "high-performing school",
    "school in need",
  ];
  const panel = byId("panel");
  const tip = byId("tip");
  const ring = byId("ring");
  const map = byId("map");
  if (!PHASES.length) return;

  // ---------------------------------------------------------------- names and words

  // `area`: position among the areas of the level; `school`: among the phase's schools in need; null for none.
  const start = {
    phase: PHASES[0],
    by: Object.keys(data.levels).find((level) => PHASES.some((phase) => data.phases[phase].levels[level].key.length)),
    measure: data.first_measure,
    area: null,
    school: null,
  };
  start.by = start.by || "school";
  let state = start;
  const here = () => data.phases[state.phase];
  const areasHere = () => here().levels[state.by];
  const isChosen = () => state.area !== null || state.school !== null;
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const count = (number) => number.toLocaleString("en-GB");
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
      row.cells[0].replaceChildren(make("button", { type: "button", text: row.cells[0].textContent }));
    });
    body.addEventListener("click", (event) => {
      const row = event.target.closest("tr");
      if (!row) return;
      const i = Number(row.dataset.row);
      choose(state.by === "school" ? { school: i } : { area: i, school: null }, true);
    });
    tables[which] = { box, rows, names: rows.map((row) => row.cells[0].textContent) };
    return tables[which];
  }
  const nameOf = (by, i) => tableOf(state.phase, by).names[i];
  const areaName = () => nameOf(state.by, state.area);
  const schoolName = (n) => nameOf("school", n);
  const authorityOf = (i) => nameOf("local_authority", here().schools.local_authority[i]) || "–";
  /** The text of a column of a school in need: 1 partners, 2 the nearest. */
  const cell = (n, column) => tableOf(state.phase, "school").rows[n].cells[column].textContent;
  /** The chosen measure of an area, as printed in the table. */
  const printed = (i) => tableOf(state.phase, state.by).rows[i].cells[data.measures[state.measure].at].textContent;
  const partnersOf = (n) => here().need.start[n + 1] - here().need.start[n];

  function otherName(i) {
    const { schools } = here();
    if (data.named) return `${schools.name[i]} (${schools.urn[i]}), ${authorityOf(i)}`;
    return `${authorityOf(i)}, ${OF_GROUP[schools.group[i]]}`;
  }

  function reachWords(n) {
    if (!here().need.placed[n]) return "Without coordinates, so its partners cannot be counted.";
    const [partners, nearest] = [cell(n, 1), cell(n, 2)];
    const within = `within ${here().radius}`;
    if (partnersOf(n)) {
      const some = `${partners} ${partners === "1" ? "partner" : "partners"}`;
      return `${some} ${within}; the nearest is ${nearest} miles away.`;
    }
    return nearest === "–"
      ? `No partner ${within}: there is no high-performing school.`
      : `No partner ${within}; the nearest high-performing school is ${nearest} miles away.`;
  }

  /** Figures as a list of terms and texts, without those left empty. */
  const definitions = (texts) =>
    make(
      "dl",
      {},
      ...texts.flatMap((text, i) =>
        text ? [make("div", {}, make("dt", { text: here().labels[i] }), make("dd", { text }))] : [],
      ),
    );

  // ---------------------------------------------------------------- address

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
    take("by", [...Object.keys(levels).filter((level) => levels[level].key.length), "school"], true);
    take("measure", Object.keys(data.measures), true);
    take("area", found.by === "school" ? [] : levels[found.by].key);
    take("school", schoolKeys(found.phase));
    return [found, strange];
  }

  // ---------------------------------------------------------------- pointing

  function hideTip() {
    tip.hidden = true;
    ring.hidden = true;
  }

  /** Shows what lies at a place: what the map or a list gives as {kind, index, x, y, across}. */
  function point(target) {
    map.classList.toggle("can-choose", Boolean(target) && ["areas", "shapes", "need"].includes(target.kind));
    if (!target || !known(target.x)) return hideTip();
    const { kind, index: i, x, y, across = 12 } = target;
    const { need, schools } = here();
    const n = view.needOf(state.phase, i);
    if (kind === "areas" || kind === "shapes")
      tip.replaceChildren(make("strong", { text: nameOf(state.by, i) }), definitions(areasHere().figures[i]));
    else if (kind === "partners")
      tip.replaceChildren(
        make("strong", { text: otherName(need.partner[i]) }),
        make("p", { text: `Partner, ${miles(need.distance[i])} away` }),
      );
    else if (n !== undefined)
      tip.replaceChildren(make("strong", { text: schoolName(n) }), make("p", { text: reachWords(n) }));
    else
      tip.replaceChildren(
        make("strong", { text: otherName(i) }),
        ...(data.named ? [make("p", { text: GROUP_WORDS[schools.group[i]] })] : []),
      );
    const [sx, sy] = view.screen(x, y);
    const [width, height] = view.size();
    if (sx < 0 || sy < 0 || sx > width || sy > height) return hideTip();
    const wide = Math.max(across, 8) + 8;
    Object.assign(ring.style, { left: `${sx}px`, top: `${sy}px`, width: `${wide}px`, height: `${wide}px` });
    ring.hidden = kind === "shapes";
    tip.hidden = false;
    const { offsetWidth: w, offsetHeight: h } = tip;
    const room = width - (width > 400 ? 110 : 0); // the buttons on a wide map stay free
    const gap = wide / 2 + 8;
    const left = sx + gap + w <= room || sx - gap - w < 4 ? sx + gap : sx - gap - w;
    tip.style.left = `${Math.max(4, Math.min(left, width - w - 4))}px`;
    tip.style.top = `${Math.max(4, Math.min(sy - h / 2, height - h - 4))}px`;
  }

  function pointAtSchool(kind, i, index = i) {
    const { schools } = here();
    point({ kind, index, x: schools.x[i], y: schools.y[i] });
  }

  function pointAtRow(i) {
    if (state.by === "school") return pointAtSchool("need", here().need.school[i]);
    const { x, y, radius } = areasHere();
    return point({ kind: "areas", index: i, x: x[i], y: y[i], across: isChosen() ? 0 : view.across(radius[i]) });
  }

  function tap(target) {
    if (!target) return;
    const n = view.needOf(state.phase, target.index);
    if (["areas", "shapes"].includes(target.kind)) choose({ area: target.index, school: null });
    else if (target.kind === "need" && n !== undefined) choose({ school: n });
    else point(target);
  }

  const view = await openMap(data, JSON.parse(byId("plot-item").textContent), { point, tap, move: hideTip });

  // ---------------------------------------------------------------- panel

  let listAll = false;
  const listing = (entries, build, words) => {
    const shown = listAll ? entries : entries.slice(0, LISTED);
    const parts = [make("ol", { class: "listed" }, ...shown.map(build))];
    if (shown.length < entries.length)
      parts.push(
        make("button", { type: "button", "data-all": true, text: `Show all ${count(entries.length)} ${words}` }),
      );
    return parts;
  };

  function backWords() {
    if (state.school !== null && state.area !== null) return `Back to ${areaName()}`;
    return `Back to all ${state.by === "school" ? "schools" : data.levels[state.by].many}`;
  }

  function schoolPanel(n) {
    const { need, schools } = here();
    const pairs = Array.from({ length: partnersOf(n) }, (_, k) => need.start[n] + k);
    const partner = (k) =>
      make(
        "li",
        { "data-pair": k },
        make("span", { text: otherName(need.partner[k]) }),
        make("b", { text: miles(need.distance[k]) }),
      );
    const parts = [];
    if (data.named) parts.push(make("p", { class: "small", text: `In need, ${authorityOf(need.school[n])}.` }));
    parts.push(make("p", { text: reachWords(n) }));
    if (schools.both.includes(need.school[n]))
      parts.push(make("p", { text: "It is high-performing by one criterion as well, and counts as in need." }));
    if (pairs.length)
      parts.push(make("h3", { text: "Partners, nearest first" }), ...listing(pairs, partner, "partners"));
    return parts;
  }

  function areaPanel(area) {
    const { need, schools } = here();
    const inside = need.school.flatMap((i, n) => (schools[state.by][i] === area ? [n] : []));
    const distances = (n) => {
      if (!need.placed[n]) return "no coordinates";
      if (!partnersOf(n)) return "no partner";
      return `${cell(n, 1)} ${partnersOf(n) === 1 ? "partner" : "partners"}, nearest ${cell(n, 2)} miles`;
    };
    const school = (n) =>
      make(
        "li",
        {},
        make("button", { type: "button", "data-school": n, text: schoolName(n) }),
        make("span", { text: distances(n) }),
      );
    const figures = definitions(areasHere().figures[area]);
    if (!inside.length) return [figures, make("p", { text: `${areaName()} has no ${state.phase} school in need.` })];
    const heading = make("h3", { text: "Schools in need: choose one to see its partners" });
    return [figures, heading, ...listing(inside, school, "schools in need")];
  }

  function drawPanel() {
    const heading = make("h2", { id: "panel-heading", tabindex: "-1", text: `${here().place}, ${state.phase}` });
    const back = make("button", { type: "button", class: "return", "data-back": true, text: `← ${backWords()}` });
    if (state.school !== null) {
      heading.textContent = schoolName(state.school);
      panel.replaceChildren(back, heading, ...schoolPanel(state.school));
    } else if (state.area !== null) {
      heading.textContent = areaName();
      panel.replaceChildren(back, heading, ...areaPanel(state.area));
    } else {
      const what =
        state.by === "school"
          ? "Choose a school in need, on the map or in the table, to see its partners."
          : "Choose an area, on the map or in the table, to see its schools.";
      panel.replaceChildren(heading, definitions(here().figures), make("p", { class: "small", text: what }));
    }
  }

  /** What is chosen, on the map itself, with a way back: on a phone the panel may be out of sight. */
  function drawWhere() {
    const where = byId("where");
    where.hidden = !isChosen();
    if (where.hidden) return where.replaceChildren();
    const words = backWords();
    return where.replaceChildren(
      make("strong", { text: state.school !== null ? schoolName(state.school) : areaName() }),
      make("button", { type: "button", "data-back": true, "aria-label": words, title: words, text: "×" }),
    );
  }

  // ---------------------------------------------------------------- from a choice to the page

  function drawTable() {
    const { box, rows } = tableOf(state.phase, state.by);
    for (const each of document.querySelectorAll("[data-table]")) each.hidden = each !== box;
    byId("app").dataset.on = state.measure;
    for (const row of box.querySelectorAll("tr.chosen")) {
      row.classList.remove("chosen");
      row.querySelector("button").removeAttribute("aria-current");
    }
    const row = rows[state.by === "school" ? state.school : state.area];
    if (!row) return;
    row.classList.add("chosen");
    row.querySelector("button").setAttribute("aria-current", "true");
  }

  /** Says which areas, or whether all schools, have no place on the map. */
  function drawUnplaced() {
    const shapes = data.shapes[state.by] || {};
    const missing =
      state.by === "school"
        ? []
        : areasHere().key.flatMap((key, i) => (known(areasHere().x[i]) || shapes[key] ? [] : [nameOf(state.by, i)]));
    byId("unplaced").hidden = !missing.length;
    byId("unplaced").textContent = `In the table only, having no place on the map: ${missing.join(", ")}.`;
    byId("empty").hidden = here().schools.x.some(known);
    byId("empty").textContent =
      `No ${state.phase} school has coordinates, so none can be drawn. The table has the figures.`;
  }

  function show(next, all = false) {
    const before = state;
    state = next;
    const changed = all || ["phase", "by", "area", "school"].some((name) => before[name] !== state[name]);
    for (const name of ["phase", "by"])
      for (const input of document.querySelectorAll(`input[name="${name}"]`)) {
        input.checked = input.value === state[name];
        if (name === "by" && input.value !== "school") input.disabled = !here().levels[input.value].key.length;
      }
    byId("measure").value = state.measure;
    const legend = isChosen() ? `${state.phase} chosen` : `${state.phase} ${state.by} ${state.measure}`;
    for (const each of document.querySelectorAll(".legend")) each.hidden = each.dataset.legend !== legend;
    for (const each of document.querySelectorAll(".radius")) each.hidden = state.school === null;
    for (const each of document.querySelectorAll("[data-phase]")) each.hidden = each.dataset.phase !== state.phase;
    drawWhere();
    hideTip();
    // Bokeh before the table: it asks for the style of its elements, which costs more once the page has changed.
    view.draw({ ...state, printed }, changed);
    if (changed) {
      listAll = false;
      drawPanel();
      drawUnplaced();
    }
    drawTable();
  }

  function described() {
    if (state.school !== null) return `${schoolName(state.school)}. ${reachWords(state.school)}`;
    if (state.area !== null) {
      const figures = areasHere().figures[state.area].map((text, i) => `${here().labels[i]} ${text}`);
      return `${areaName()}: ${figures.slice(1, 4).join("; ")}. Map zoomed in.`;
    }
    const by = state.by === "school" ? "single schools" : data.levels[state.by].one.toLowerCase();
    return `${here().place}, ${state.phase}, by ${by}: ${data.measures[state.measure].label}.`;
  }

  let written = null;
  /** A choice of the reader: shown at once and written to the address, so that Back undoes it. */
  function choose(patch, focus = false) {
    const next = { ...state, ...patch };
    const moved = next.phase !== state.phase;
    if (next.by !== "school" && !data.phases[next.phase].levels[next.by].key.length) next.by = "school";
    if (next.by !== state.by) next.area = null;
    // The same area is at another place in the other phase, or not there at all.
    if (moved && next.area !== null) {
      const place = data.phases[next.phase].levels[next.by].key.indexOf(areasHere().key[next.area]);
      next.area = place < 0 ? null : place;
    }
    if (moved) next.school = null;
    show(next);
    written = address();
    // Not location.hash, which makes the browser look for a place of that name and lay the page out at once.
    if (location.hash !== written) history.pushState(null, "", written);
    byId("status").textContent = described();
    if (focus) byId("panel-heading").focus({ preventScroll: true });
    if (focus || view.wide()) bringIntoView();
  }

  /** Scrolls to the panel where it is out of sight; on a narrow page, to a chosen school on the map above it. */
  function bringIntoView() {
    const seen = (element, enough) => {
      const { top, height } = element.getBoundingClientRect();
      return top >= 0 && top + Math.min(height, enough) <= innerHeight;
    };
    if (!view.wide() && state.school !== null) {
      if (!seen(map, Infinity) || !seen(panel, 100)) map.scrollIntoView({ block: "start" });
    } else if (!seen(panel, 300)) panel.scrollIntoView({ block: "start" });
  }

  /** Undoes the choice of the school, else of the area, and leads back to where the reader chose it. */
  function back() {
    if (!isChosen()) return;
    const { area, school } = state;
    const fromMap = byId("map-box").contains(document.activeElement);
    choose(school !== null ? { school: null } : { area: null });
    if (fromMap) return map.focus({ preventScroll: true });
    const inPanel = () => panel.querySelector(`button[data-school="${school}"]`);
    let button = null;
    if (school !== null && area !== null) {
      if (!inPanel()) showAll();
      button = inPanel();
    } else button = tableOf(state.phase, state.by).rows[state.by === "school" ? school : area].querySelector("button");
    button = button && button.offsetParent ? button : byId("panel-heading");
    button.focus({ preventScroll: true });
    return (button.closest("tr, li") || button).scrollIntoView({ block: "nearest" });
  }

  function showAll() {
    const at = panel.querySelectorAll(".listed > li").length;
    listAll = true;
    drawPanel();
    const next = panel.querySelectorAll(".listed > li")[at];
    if (!next) return;
    const target = next.querySelector("button") || next;
    if (target === next) next.tabIndex = -1;
    target.focus({ preventScroll: true });
  }

  /** Follows the address; says what of it this release does not have. */
  function restore() {
    if (location.hash === written) return;
    const [found, strange] = fromAddress();
    show(found, true);
    written = location.hash;
    const words = byId("strange");
    words.hidden = !strange.length;
    words.textContent = strange.length
      ? `The address asks for “${strange.join("”, “")}”, which this release does not have.`
      : "";
    byId("status").textContent = `${words.textContent} ${described()}`.trim();
  }

  // ---------------------------------------------------------------- events

  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  byId("controls").addEventListener("change", ({ target: { name, value } }) => {
    if (name === "by") choose({ by: value, area: null, school: null });
    else if (name === "phase" || name === "measure") choose({ [name]: value });
  });
  const rowUnder = (event) => {
    const row = event.target.closest("tr[data-row]");
    if (row) pointAtRow(Number(row.dataset.row));
  };
  const inPanel = ({ type, target }) => {
    const { need } = here();
    const pair = target.closest("[data-pair]");
    const school = target.closest("[data-school]");
    if (school) pointAtSchool("need", need.school[school.dataset.school]);
    else if (pair && type === "mouseover")
      pointAtSchool("partners", need.partner[pair.dataset.pair], Number(pair.dataset.pair));
  };
  for (const [element, handler] of [[byId("tables"), rowUnder], [panel, inPanel]]) {
    for (const kind of ["mouseover", "focusin"]) element.addEventListener(kind, handler);
    for (const kind of ["mouseleave", "focusout"]) element.addEventListener(kind, hideTip);
  }
  panel.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if ("back" in button.dataset) back();
    else if ("all" in button.dataset) showAll();
    else choose({ school: Number(button.dataset.school) }, true);
  });
  byId("where").addEventListener("click", (event) => event.target.closest("button") && back());
  for (const button of document.querySelectorAll("[data-move]"))
    button.addEventListener("click", () => view.move(button.dataset.move));
  const KEYS = {
    ArrowLeft: "left",
    ArrowRight: "right",
    ArrowUp: "up",
    ArrowDown: "down",
    "+": "in",
    "=": "in",
    "-": "out",
    0: "home",
  };
  map.addEventListener("keydown", (event) => {
    const way = KEYS[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    view.move(way);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.target.matches("input[type=search], select")) return;
    if (!tip.hidden) hideTip();
    else back();
  });
  addEventListener("popstate", restore);
  addEventListener("hashchange", restore);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => view.repaint());
  written = undefined;
  restore();
  requestAnimationFrame(() => setTimeout(() => (document.documentElement.dataset.ready = "true")));
})();

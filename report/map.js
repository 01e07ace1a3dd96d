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

  // Of what is chosen, null for none: `area`: position among the areas of the level; `school`: among the phase's schools
  // in need; `helper`: among its schools, of a high-performing one; `pairing`: among the numbers that a helper takes.
  // `near`: which partners are shown, a key of NEAR.
  const isThere = (phase, by) => by === "school" || data.phases[phase].levels[by].key.length > 0;
  const start = {
    phase: PHASES[0],
    by: [...Object.keys(data.levels), "school"].find((by) => PHASES.some((phase) => isThere(phase, by))),
    measure: data.first_measure,
    area: null,
    school: null,
    helper: null,
    pairing: null,
    near: "all",
  };
  let state = start;
  const here = () => data.phases[state.phase];
  const areasHere = () => here().levels[state.by];
  const isSchool = () => state.school !== null || state.helper !== null;
  const isChosen = () => state.area !== null || isSchool();
  const miles = (metres) => `${(metres / 1609.344).toFixed(1)} miles`;
  const listing = (items, last) => items.join(", ").replace(/, ([^,]*)$/, ` ${last} $1`);

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
      choose(state.by === "school" ? { school: i, helper: null } : { area: i, school: null, helper: null }, true);
    });
    tables[which] = { box, rows, names: rows.map((row) => row.cells[0].textContent) };
    return tables[which];
  }
  const nameOf = (by, i) => tableOf(state.phase, by).names[i];
  function chosenName() {
    if (state.helper !== null) return helperName(state.helper);
    return state.school !== null ? nameOf("school", state.school) : nameOf(state.by, state.area);
  }
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

  const authorityOf = (i) => nameOf("local_authority", here().schools.local_authority[i]) || "–";
  const ownName = (i) => `${here().schools.name[i]} (${here().schools.urn[i]})`;

  /** The number of each school of a phase among those of its group in its authority, by position. */
  function numbersOf(its) {
    const last = {};
    const { group, local_authority: authority } = its.schools;
    its.numbers ||= group.map((which, i) => {
      const key = `${which} ${authority[i]}`;
      return (last[key] = (last[key] || 0) + 1);
    });
    return its.numbers;
  }

  function otherName(i) {
    const { schools } = here();
    const number = schools.group[i] === 2 && !data.named ? ` ${numbersOf(here())[i]}` : "";
    return `${data.named ? `${ownName(i)}, ` : ""}${authorityOf(i)}, ${OF_GROUP[schools.group[i]]}${number}`;
  }
  const helperName = (i) => (data.named ? ownName(i) : otherName(i));
  const schoolName = (n) => nameOf("school", n);

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

  /** What becomes of a school in need in the pairing that is shown; blank where none is. */
  function pairingWords(n) {
    const most = data.most[state.pairing];
    if (most === undefined) return "";
    const pair = pairedBy(here(), n, most);
    if (pair !== null) return `Paired with ${helperName(here().need.partner[pair])}, ${miles(metresOf(here(), pair))} away.`;
    const why = { taken: "its partners are taken", none: "no partner is near" }[outcomeOf(here(), n, most)];
    return why ? `Left over: ${why}.` : "Not paired, since it has no coordinates.";
  }

  /** Figures as a list of terms and texts, without those left empty; beneath a figure its bounds. */
  function definitions(texts, labels = here().labels) {
    const pair = (text, i) => {
      const [figure, bounds] = text.split("\n");
      const said = make("dd", {}, figure, ...(bounds ? [make("small", {}, bounds)] : []));
      return make("div", {}, make("dt", {}, labels[i]), said);
    };
    return make("dl", {}, ...texts.flatMap((text, i) => (text ? [pair(text, i)] : [])));
  }

  /** What a school is called in the address: its authority's code and its number there, of those of its group. */
  function keyOf(phase, i) {
    const { schools, levels } = data.phases[phase];
    return `${levels.local_authority.key[schools.local_authority[i]]}-${numbersOf(data.phases[phase])[i]}`;
  }
  const schoolKeys = (phase) => data.phases[phase].need.school.map((i) => keyOf(phase, i));
  /** Of high-performing schools alone, by position; others have none. */
  const helperKeys = (phase) => data.phases[phase].schools.group.map((group, i) => (group === 2 ? keyOf(phase, i) : null));

  function address() {
    const words = new URLSearchParams({ phase: state.phase, by: state.by, measure: state.measure });
    if (state.area !== null) words.set("area", areasHere().key[state.area]);
    if (state.school !== null) words.set("school", schoolKeys(state.phase)[state.school]);
    if (state.helper !== null) words.set("helper", helperKeys(state.phase)[state.helper]);
    if (state.pairing !== null) words.set("pairing", data.most[state.pairing]);
    if (state.near !== "all") words.set("near", state.near);
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
    if (words.has("helper")) take("helper", data.partnered ? helperKeys(found.phase) : []);
    take("pairing", data.partnered && found.by === "school" ? data.most.map(String) : []);
    take("near", data.alike ? Object.keys(NEAR_WORDS) : [], true);
    return [found, strange];
  }

  const hideTip = () => (tip.hidden = ring.hidden = true);

  /** Of what kind and index the tip speaks: a name and what is said of it. */
  function tipWords(kind, i) {
    const { need } = here();
    if (kind === "areas" || kind === "shapes") return [nameOf(state.by, i), definitions(areasHere().figures[i])];
    if (kind === "partners") {
      const away = `${miles(metresOf(here(), i))} away`;
      const n = listsOf(here()).owner[i];
      if (state.helper !== null) return [schoolName(n), likenessWords(i), `Could be helped, ${away}`];
      return [otherName(need.partner[i]), likenessWords(i), `Partner, ${away}`, unknownWords(need.partner[i])];
    }
    const n = need.of.get(i);
    return n === undefined ? [otherName(i), unknownWords(i)] : [schoolName(n), reachWords(n), pairingWords(n)];
  }

  /** Whether a pair is alike, and what makes it unlike or is not known, but for what is known of no pair of a list. */
  function likenessWords(pair, untold = []) {
    const [whole, parts] = likenessOf(here(), pair);
    const which = here().parts.filter((_, at) => parts[at] === whole && !untold.includes(at));
    const why = which.length ? `: ${which.join("; ").toLowerCase()}` : "";
    return { [ALIKE]: "alike", [UNLIKE]: `unlike${why}`, [NOT_KNOWN]: `not known to be alike${why}` }[whole];
  }

  const isChoice = ({ kind }) => ["areas", "shapes", "need"].includes(kind) || (data.partnered && ["partners", "high"].includes(kind));

  /** Shows what lies at a place: what the map or a list gives as {kind, index, x, y, across}. */
  function point(target) {
    map.classList.toggle("can-choose", Boolean(target) && isChoice(target));
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
    if (kind === "areas" || kind === "shapes") choose({ area: index, school: null, helper: null });
    else if (kind === "need") choose({ school: here().need.of.get(index), helper: null });
    else if (kind === "partners" && state.helper !== null) choose({ school: listsOf(here()).owner[index], helper: null });
    else if (kind === "partners") choose({ helper: here().need.partner[index] });
    else if (kind === "high" && data.partnered) choose({ helper: index });
    else point(target);
  }

  const view = await openMap(data, JSON.parse(byId("plot-item").textContent), { point, tap, move: hideTip });

  function backWords() {
    if (state.helper !== null && state.school !== null) return `Back to ${schoolName(state.school)}`;
    if (isSchool() && state.area !== null) return `Back to ${nameOf(state.by, state.area)}`;
    return `Back to all ${state.by === "school" ? "schools" : data.levels[state.by]}`;
  }

  const FIRST = 10; // of a shortlist; the others are folded away
  const NEAR_WORDS = { all: "all", possible: "not known to be unlike", alike: "known to be alike" };

  /** The choice of which of a school's pairs are listed and drawn. */
  function nearChoice() {
    const options = Object.entries(NEAR_WORDS).map(([value, words]) => make("option", { value }, words));
    const select = make("select", { id: "near", name: "near" }, ...options);
    select.value = state.near;
    return make("p", { class: "near" }, make("label", { for: "near" }, "Shown "), select);
  }

  /** One of a shortlist: the other school of a pair, as a button that chooses it, and why it stands where it does. */
  function candidate(pair, untold) {
    const { need } = here();
    const { owner, of } = listsOf(here());
    const [n, i] = [owner[pair], need.partner[pair]];
    const helps = state.helper !== null;
    const looking = of.get(i).length;
    const others = partnersOf(n);
    const most = data.most.filter((each) => pairedBy(here(), n, each) === pair);
    const whose = helps && data.whose[whoseOf(here(), pair)] !== data.whose[0] ? "" : data.whose[whoseOf(here(), pair)];
    const looks = helps
      ? `looks to ${others} ${others === 1 ? "partner" : "partners"}`
      : `looked to by ${looking}`;
    const why = [likenessWords(pair, untold), looks, whose, most.length && `paired if helpers take ${listing(most, "or")}`];
    const which = helps ? { "data-school": n } : { "data-helper": i };
    const button = make("button", { type: "button", ...which }, helps ? schoolName(n) : otherName(i));
    const minutes = need.minutes?.[pair];
    const far = make("b", {}, known(minutes) ? `${minutes} minutes` : miles(metresOf(here(), pair)));
    return make("li", { "data-pair": pair }, make("span", {}, button, make("small", {}, why.filter(Boolean).join(" · "))), far);
  }

  /** A shortlist under its heading: those shown, in the method's order, the first ten at once. `all`: without choice. */
  function shortlist(heading, pairs, all) {
    const untold = here().parts.flatMap((_, at) => (pairs.every((pair) => likenessOf(here(), pair)[1][at] === NOT_KNOWN) ? [at] : []));
    const lines = [data.order];
    if (pairs.length > 1 && untold.length) lines.push(`Not known of any of them: ${untold.map((at) => here().parts[at].toLowerCase()).join("; ")}.`);
    if (pairs.length < all) lines.push(`${pairs.length || "None"} of ${all} ${pairs.length === 1 ? "is" : "are"} ${NEAR_WORDS[state.near]}.`);
    const items = pairs.map((pair) => candidate(pair, pairs.length > 1 ? untold : []));
    const list = (some) => make("ol", { class: "listed short" }, ...some);
    const said = lines.map((line) => make("p", { class: "small" }, line));
    const parts = [make("h3", {}, heading), nearChoice(), ...said, list(items.slice(0, FIRST))];
    const more = items.slice(FIRST);
    if (more.length) parts.push(make("details", {}, make("summary", {}, `${more.length} more`), list(more)));
    return parts;
  }

  function schoolPanel(n) {
    const { need, schools } = here();
    const parts = data.partnered ? [make("p", {}, reachWords(n))] : [];
    if (data.named || !data.partnered) parts.unshift(make("p", { class: "small" }, otherName(need.school[n])));
    if (schools.both.includes(need.school[n]))
      parts.push(make("p", {}, "It is high-performing by one criterion as well, and counts as in need."));
    const taken = data.most.filter((most) => outcomeOf(here(), n, most) === "taken");
    if (taken.length) parts.push(make("p", {}, `Left over where helpers take at most ${listing(taken, "or")}: its partners are taken.`));
    const all = pairsOf(need, n).length;
    return all ? [...parts, ...shortlist("Partners that could help it", pairsShown(here(), state), all)] : parts;
  }

  function helperPanel(i) {
    const pairs = helpedBy(here(), i);
    const parts = data.named ? [make("p", { class: "small" }, otherName(i))] : [];
    if (unknownWords(i)) parts.push(make("p", {}, unknownWords(i)));
    const only = pairs.filter((pair) => partnersOf(listsOf(here()).owner[pair]) === 1).length;
    const within = `within ${here().within}`;
    if (!known(here().schools.x[i])) return [...parts, make("p", {}, "Without coordinates, so it can be nobody’s partner here.")];
    if (!pairs.length) return [...parts, make("p", {}, `No school in need ${within}.`)];
    const look = pairs.length === 1 ? "One school in need looks" : `${pairs.length} schools in need look`;
    const alone = only ? `, ${only} of which ${only === 1 ? "has" : "have"} no other partner` : "";
    parts.push(make("p", {}, `${look} to it ${within}${alone}.`));
    return [...parts, ...shortlist("Schools in need that it could help", pairsShown(here(), state), pairs.length)];
  }

  /** Figures in the panel, with a line on the small print if there is any. */
  function figuresOf(texts, labels) {
    const small = texts.some((text) => text.includes("\n")) ? [make("p", { class: "small" }, data.bounds)] : [];
    return [definitions(texts, labels), ...small];
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
    const helpers = schools.group.flatMap((group, i) => (group === 2 && schools[state.by][i] === area ? [i] : []));
    const others = helpers.map((i) => make("li", {}, make("button", { type: "button", "data-helper": i }, otherName(i))));
    const summary = make("summary", {}, "High-performing schools: choose one to see whom it could help");
    const able = data.partnered && others.length ? [make("details", {}, summary, make("ol", { class: "listed" }, ...others))] : [];
    if (!inside.length) return [...figures, make("p", {}, `No ${state.phase} school is known to be in need.`), ...able];
    const heading = make("h3", {}, `Schools in need: choose one to see ${data.partnered ? "its partners" : "where it is"}`);
    return [...figures, heading, make("ol", { class: "listed" }, ...inside.map(school)), ...able];
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
      const ofSchool = () => (state.school !== null ? schoolPanel(state.school) : areaPanel(state.area));
      const parts = state.helper !== null ? helperPanel(state.helper) : ofSchool();
      panel.replaceChildren(back, heading, ...parts);
      byId("where").replaceChildren(make("strong", {}, name), cross);
    } else {
      const [what, its] = state.by === "school" ? ["a school in need", data.partnered ? "partners" : "place"] : ["an area", "schools"];
      const words = `Choose ${what}, on the map or in the table, to see its ${its}.`;
      const most = data.most[state.pairing];
      const pairing = most === undefined ? [] : [
        make("h3", {}, `Paired, each helper taking at most ${most}`),
        ...figuresOf(here().pairing[most], data.pairing),
      ];
      panel.replaceChildren(heading, ...pairing, ...figuresOf(here().figures), make("p", { class: "small" }, words));
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
    const changed = all || ["phase", "by", "area", "school", "helper"].some((name) => state[name] !== next[name]);
    const told = changed || ["near", "pairing"].some((name) => state[name] !== next[name]);
    state = next;
    for (const name of ["phase", "by"])
      for (const input of document.querySelectorAll(`input[name="${name}"]`)) {
        input.checked = input.value === state[name];
        if (name === "by") input.disabled = !isThere(state.phase, input.value);
      }
    byId("measure").value = state.pairing === null ? state.measure : `pairing-${data.most[state.pairing]}`;
    const measured = state.pairing === null ? `${state.by} ${state.measure}` : `pairing ${data.most[state.pairing]}`;
    const legend = `${state.phase} ${isChosen() ? "chosen" : measured}`;
    for (const each of document.querySelectorAll(".legend")) each.hidden = each.dataset.legend !== legend;
    for (const each of document.querySelectorAll(".radius")) each.hidden = !isSchool();
    for (const each of document.querySelectorAll(".likeness")) each.hidden = !isSchool() || !here().parts.length;
    for (const each of document.querySelectorAll("[data-phase]")) each.hidden = each.dataset.phase !== state.phase;
    hideTip();
    if (told) drawPanel();
    if (changed) drawUnplaced();
    // Bokeh before the table: it asks for the style of its elements, which costs more once the table has changed.
    view.draw({ ...state, printed }, changed);
    drawTable();
    const what = state.pairing === null ? data.measures[state.measure].label : panel.querySelector("h3").textContent;
    byId("status").textContent = `${byId("panel-heading").textContent}. ${what}.`;
  }

  let written;
  /** A choice of the reader: shown at once and written to the address, so that Back undoes it. */
  function choose(patch, focus = false) {
    const next = { ...state, ...patch };
    if (!isThere(next.phase, next.by)) next.by = "school";
    if (next.by !== state.by) next.area = null;
    if (next.phase !== state.phase) {
      // The same area is at another place in the other phase, or not there at all.
      next.school = next.helper = null;
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
    const target = !view.wide() && isSchool() ? map : panel;
    const { top } = target.getBoundingClientRect();
    if (top < 0 || top > innerHeight - 300) target.scrollIntoView({ block: "start" });
  }

  /** Undoes the choice of the school, else of the area, and leads back to where the reader chose it. */
  function back() {
    if (!isChosen()) return;
    const { area, school, helper } = state;
    const fromMap = byId("map-box").contains(document.activeElement);
    const what = helper !== null ? "helper" : school !== null ? "school" : "area";
    choose({ [what]: null });
    const row = helper === null && tableOf(state.phase, state.by).rows[state.by === "school" ? school : area];
    const inPanel = what !== "area" && isChosen() && panel.querySelector(`[data-${what}="${helper ?? school}"]`);
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

  /** What a control's choice changes. The pairing is of single schools, and takes the place of a measure. */
  function patchOf(name, value) {
    const none = { area: null, school: null, helper: null };
    if (name === "by") return { by: value, ...none, pairing: value === "school" ? state.pairing : null };
    if (name === "phase") return { phase: value };
    const most = /^pairing-(.*)/.exec(value);
    return most ? { by: "school", ...none, pairing: data.most.indexOf(Number(most[1])) } : { measure: value, pairing: null };
  }

  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  byId("controls").addEventListener("change", ({ target: { name, value } }) =>
    choose(patchOf(name, value)),
  );
  panel.addEventListener("change", ({ target: { value } }) => {
    choose({ near: value });
    byId("near").focus({ preventScroll: true });
  });
  const overTable = ({ target }) => {
    const row = target.closest("tr[data-row]");
    if (row) pointAtRow(Number(row.dataset.row));
  };
  const overPanel = ({ target }) => {
    const { need } = here();
    const { school, helper, pair } = target.closest("[data-pair], [data-school], [data-helper]")?.dataset || {};
    const { pair: listed = pair } = target.closest("[data-pair]")?.dataset || {};
    const end = state.helper !== null ? need.school[listsOf(here()).owner[listed]] : need.partner[listed];
    if (listed) pointAtSchool("partners", end, Number(listed));
    else if (school) pointAtSchool("need", need.school[school]);
    else if (helper) pointAtSchool("high", Number(helper));
  };
  // Not mouseover in the panel: what is drawn anew beneath a pointer at rest is not what it points at.
  for (const [element, handler, over] of [[byId("tables"), overTable, "mouseover"], [panel, overPanel, "mousemove"]]) {
    for (const kind of [over, "focusin"]) element.addEventListener(kind, handler);
    for (const kind of ["mouseleave", "focusout"]) element.addEventListener(kind, hideTip);
  }
  document.addEventListener("click", ({ target }) => {
    const { move, school, helper, back: isBack } = target.closest("button")?.dataset || {};
    if (move) view.move(move);
    else if (school) choose({ school: Number(school), helper: null }, true);
    else if (helper) choose({ helper: Number(helper) }, true);
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

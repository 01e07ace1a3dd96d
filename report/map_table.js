"use strict";
// Tables that sort by the heads of their columns and narrow to what the reader looks for. A table is made ready when it
// is first shown; its rows are in the page without this script.

/** An element with properties (`text`, attributes) and children. */
function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") made.textContent = value;
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const MapTable = (() => {
  const SHOWN = 160; // rows at first, enough for all local authorities

  /** A cell as it sorts: figures as numbers, words as words, "–" as nothing. */
  function valueOf(cell) {
    const text = cell.textContent.trim();
    if (cell.tagName === "TH") return text.toLocaleLowerCase("en-GB");
    const figure = /^[<>]?(-?[\d,]*\.?\d+)/.exec(text);
    return figure ? Number(figure[1].replaceAll(",", "")) - (text[0] === "<") / 1e6 : null;
  }

  const alphabet = new Intl.Collator("en-GB", { numeric: true });
  const compare = (a, b) => (typeof a === "number" ? a - b : alphabet.compare(a, b));

  function sortable(table, body) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = make("button", { type: "button" }, ...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const first = column ? "descending" : "ascending"; // figures are wanted largest first, names from A
        const other = column ? "ascending" : "descending";
        const order = head.getAttribute("aria-sort") === first ? other : first;
        for (const each of heads) each.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const rows = [...body.rows].map((row) => [valueOf(row.cells[column]), row]);
        rows.sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : sign * compare(a, b)));
        body.append(...rows.map(([, row]) => row));
      });
    });
    heads[0].setAttribute("aria-sort", "ascending");
  }

  /** Makes the table of a box ready. Returns its rows in the order of the data; `choose` takes a row's place there. */
  function open(box, choose) {
    const table = box.querySelector("table");
    const body = table.tBodies[table.tBodies.length - 1];
    const rows = [...body.rows];
    const names = rows.map((row) => row.cells[0].textContent);
    const count = rows.length.toLocaleString("en-GB");
    rows.forEach((row, i) => {
      const head = row.cells[0];
      row.dataset.row = i;
      head.replaceChildren(make("button", { type: "button", text: names[i] }));
    });
    body.addEventListener("click", (event) => {
      const row = event.target.closest("tr");
      if (row) choose(Number(row.dataset.row));
    });
    sortable(table, body);
    const id = `find-${box.dataset.table.replace(" ", "-")}`;
    const input = make("input", { id, type: "search", autocomplete: "off", spellcheck: "false" });
    const said = make("output", { for: id });
    const more = make("button", { type: "button", text: `Show all ${count}` });
    table.before(make("p", { class: "find" }, make("label", { for: id, text: box.dataset.filter }), input));
    table.after(make("p", { class: "more" }, said, " ", more));
    let all = rows.length <= SHOWN;
    const show = () => {
      const wanted = input.value.trim().toLocaleLowerCase("en-GB");
      let found = 0;
      rows.forEach((row, i) => {
        row.hidden = wanted !== "" && !names[i].toLocaleLowerCase("en-GB").includes(wanted);
        found += !row.hidden;
      });
      const cut = !all && wanted === "";
      table.classList.toggle("cut", cut);
      more.hidden = !cut;
      said.textContent = cut ? `${SHOWN} of ${count} shown.` : wanted ? `${found || "None"} of ${count} found.` : "";
      if (rows.length === 0) said.textContent = "There is none.";
    };
    input.addEventListener("input", show);
    more.addEventListener("click", () => {
      all = true;
      show();
      body.rows[SHOWN].querySelector("button").focus({ preventScroll: true });
    });
    show();
    return { box, rows, names, sortedAsRead: () => [...body.rows], clear: () => input.value && ((input.value = ""), show()) };
  }

  return { open };
})();

"use strict";
// Tables that sort (.table.sortable) and filter (.table[data-filter]), in the report and on the map. Where a table says
// how many rows come first (data-first), the others are shown on request.
(() => {
  const count = (number) => number.toLocaleString("en-GB");
  const words = (text) => text.toLocaleLowerCase("en-GB").replace(/\s+/g, " ");
  const alphabet = new Intl.Collator("en-GB", { numeric: true });
  const bodyOf = (box) => box.querySelector("tbody:last-of-type");

  // A cell as it sorts: figures as numbers, words as words, nothing ("–" or blank) after all else.
  function key(cell, isNumber) {
    const text = cell.textContent.trim();
    if (text === "" || /^–($|\s)/.test(text)) return null;
    const figure = isNumber && /^[<>]?\+?([−-]?[\d,]*\.?\d+)/.exec(text);
    return figure ? Number(figure[1].replace("−", "-").replaceAll(",", "")) : text;
  }

  function sortable(box, sorted) {
    const body = bodyOf(box);
    const heads = [...box.querySelector("thead").lastElementChild.cells];
    heads.forEach((head, column) => {
      const isNumber = head.classList.contains("number");
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        // Figures are wanted largest first, words from A.
        const orders = isNumber ? ["descending", "ascending"] : ["ascending", "descending"];
        const order = orders.find((each) => each !== head.getAttribute("aria-sort"));
        for (const each of heads) each.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const rows = [...body.rows].map((row) => [key(row.cells[column], isNumber), row]);
        rows.sort(([a], [b]) => {
          if (a === null || b === null) return (a === null) - (b === null);
          return sign * (typeof a === "number" && typeof b === "number" ? a - b : alphabet.compare(a, b));
        });
        body.append(...rows.map(([, row]) => row));
        sorted();
      });
    });
  }

  /** Adds the field; returns what shows the rows that are wanted, to be called when their order has changed. */
  function filterable(box) {
    const body = bodyOf(box);
    const field = document.createElement("p");
    const label = document.createElement("label");
    const input = document.createElement("input");
    const output = document.createElement("output");
    const more = document.createElement("button");
    field.className = "filter";
    input.type = "search";
    input.id = `filter-${box.id}`;
    input.autocomplete = "off";
    label.htmlFor = input.id;
    label.textContent = box.dataset.filter;
    output.htmlFor = input.id;
    more.type = "button";
    field.append(label, input, output, ...(box.dataset.first ? [more] : []));
    box.querySelector(".scroll, table").before(field);
    const texts = new Map([...body.rows].map((row) => [row, words(row.textContent)]));
    let most = Number(box.dataset.first || Infinity);
    const show = () => {
      const wanted = words(input.value.trim());
      let shown = 0;
      for (const row of body.rows) {
        row.hidden = !texts.get(row).includes(wanted) || (wanted === "" && shown >= most);
        shown += !row.hidden;
      }
      output.textContent = `${count(shown)} of ${count(texts.size)} shown`;
      more.hidden = wanted !== "" || shown === texts.size;
      more.textContent = `Show all ${count(texts.size)}`;
    };
    more.addEventListener("click", () => {
      const next = body.rows[most];
      most = Infinity;
      show();
      const target = next.querySelector("button, a") || next;
      if (target === next) next.tabIndex = -1;
      target.focus({ preventScroll: true });
    });
    input.addEventListener("input", show);
    show();
    return show;
  }

  for (const box of document.querySelectorAll(".table.sortable, .table[data-filter]")) {
    const show = box.dataset.filter ? filterable(box) : () => {};
    if (box.classList.contains("sortable")) sortable(box, show);
  }
})();

"use strict";
// Tables that sort (.table.sortable) and filter (.table[data-filter]), in the report and on the map.
(() => {
  // A cell as it sorts: figures as numbers, words as words, nothing ("–" or blank) after all else.
  function key(cell) {
    const text = cell.textContent.trim();
    if (text === "" || text === "–") return null;
    const figure = /^[<>]?([−-]?[\d,]*\.?\d+)/.exec(text);
    return cell.classList.contains("number") && figure
      ? Number(figure[1].replace("−", "-").replaceAll(",", ""))
      : text;
  }

  function compare(a, b) {
    return typeof a === "number" && typeof b === "number"
      ? a - b
      : String(a).localeCompare(String(b), "en-GB", { numeric: true });
  }

  function sortable(box) {
    const body = box.querySelector("tbody");
    const heads = [...box.querySelector("thead").lastElementChild.cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        // Figures are wanted largest first, words from A.
        const first = head.classList.contains("number") ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const order = head.getAttribute("aria-sort") === first ? other : first;
        for (const one of heads) one.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const rows = [...body.rows].map((row) => [key(row.cells[column]), row]);
        rows.sort(([a], [b]) => {
          if (a === null || b === null) return (a === null) - (b === null);
          return sign * compare(a, b);
        });
        body.append(...rows.map(([, row]) => row));
      });
    });
  }

  function filterable(box) {
    const rows = [...box.querySelectorAll("tbody tr")];
    const field = document.createElement("p");
    const label = document.createElement("label");
    const input = document.createElement("input");
    const count = document.createElement("output");
    field.className = "filter";
    input.type = "search";
    input.id = `filter-${box.id}`;
    input.autocomplete = "off";
    label.htmlFor = input.id;
    label.textContent = box.dataset.filter;
    count.htmlFor = input.id;
    field.append(label, input, count);
    box.prepend(field);
    const texts = rows.map((row) => row.textContent.toLocaleLowerCase("en-GB").replace(/\s+/g, " "));
    const show = () => {
      const wanted = input.value.trim().toLocaleLowerCase("en-GB");
      let shown = 0;
      rows.forEach((row, i) => {
        row.hidden = !texts[i].includes(wanted);
        shown += !row.hidden;
      });
      count.textContent = `${shown.toLocaleString("en-GB")} of ${rows.length.toLocaleString("en-GB")} shown`;
    };
    input.addEventListener("input", show);
    show();
  }

  for (const box of document.querySelectorAll(".table.sortable")) sortable(box);
  for (const box of document.querySelectorAll(".table[data-filter]")) filterable(box);
})();

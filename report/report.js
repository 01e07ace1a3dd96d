"use strict";
// Contents that follow the reader, tables that sort and filter, details that open for printing.
// Without this script the page loses nothing else.
(() => {
  const links = new Map(
    [...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]),
  );

  function follow() {
    const seen = new Set();
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const id = entry.target.getAttribute("aria-labelledby");
          if (entry.isIntersecting) seen.add(id);
          else seen.delete(id);
        }
        // The first section that reaches into the upper part of the window; above all of them, none.
        const current = [...links.keys()].find((id) => seen.has(id));
        for (const [id, link] of links) {
          if (id === current) link.setAttribute("aria-current", "true");
          else link.removeAttribute("aria-current");
        }
      },
      { rootMargin: "0px 0px -70% 0px" },
    );
    for (const section of document.querySelectorAll("main > section")) observer.observe(section);
  }

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

  // What is linked to, or printed, is not to stay closed.
  function openDetails() {
    const reveal = () => {
      const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      for (let box = target && target.closest("details"); box; box = box.parentElement.closest("details")) {
        box.open = true;
      }
    };
    addEventListener("hashchange", reveal);
    reveal();
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details:not([open])")];
      for (const box of opened) box.open = true;
    });
    addEventListener("afterprint", () => {
      for (const box of opened) box.open = false;
    });
  }

  follow();
  openDetails();
  for (const box of document.querySelectorAll(".table.sortable")) sortable(box);
  for (const box of document.querySelectorAll(".table[data-filter]")) filterable(box);
})();

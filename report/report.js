"use strict";
// Contents that follow the reader, details that open where they are linked to and for printing.
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
})();

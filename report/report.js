"use strict";
// Contents that follow the reader, and details that open where they are linked to. Without this script the page loses
// nothing else.
(() => {
  const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        seen[isIntersecting ? "add" : "delete"](target.getAttribute("aria-labelledby"));
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

  const reveal = () => {
    const box = document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("details");
    if (box) box.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();
})();

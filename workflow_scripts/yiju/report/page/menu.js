// The menu marks the section that is read, and keeps it in view. It works before the rest of the page does.
"use strict";
(() => {
  const links = [...document.querySelectorAll(".menu a")];
  const parts = links.map((link) => document.getElementById(link.hash.slice(1)));

  function mark() {
    const line = 0.3 * innerHeight;
    const passed = parts.filter((part) => part.getBoundingClientRect().top <= line);
    const current = Math.max(0, passed.length - 1);
    links.forEach((link, place) => {
      if (place !== current) return link.removeAttribute("aria-current");
      if (link.hasAttribute("aria-current")) return;
      link.setAttribute("aria-current", "true");
      const list = link.closest("ul");
      list.scrollLeft = link.offsetLeft - (list.clientWidth - link.offsetWidth) / 2;
    });
  }

  let waiting = false;
  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      mark();
    });
  }

  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);
  mark();
})();

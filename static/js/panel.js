"use strict";

// A link marked data-panel opens beside the page instead of leaving it; Escape closes and leads back.
(() => {
  const panel = document.getElementById("side-panel");
  if (!panel) return;
  let from = null;

  const open = (method, url, values) => {
    panel.hidden = false;
    document.body.classList.add("with-panel");
    return htmx.ajax(method, url, { target: "#side-panel-body", swap: "innerHTML", values });
  };
  const close = () => {
    panel.hidden = true;
    document.body.classList.remove("with-panel");
    panel.dispatchEvent(new Event("close"));
    const link = from && document.querySelector(`a[data-panel][href="${from}"]`);
    if (link) link.focus();
  };
  const enter = () => panel.querySelector("input:not([type=hidden]), .cell-panel a")?.focus();

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-panel]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    from = link.getAttribute("href");
    open("GET", from).then(enter);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) close();
  });
  panel.querySelector("[data-close]").addEventListener("click", close);
  window.sidePanel = { open, enter, close };
})();

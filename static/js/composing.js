"use strict";

// Composing: text boxes as high as their text, moving by keyboard, and nothing typed is lost on the way.
(() => {
  const text = document.getElementById("text");
  if (!text) return;

  // Forms with something typed that the server has not yet confirmed.
  const open = new Set();
  const saves = (element) => element.closest?.("form[data-autosave]");
  text.addEventListener("input", ({ target }) => {
    const form = saves(target);
    if (form) open.add(form);
    if (target.matches("select[name=kind]")) target.closest(".point").dataset.kind = target.value;
    fit(target);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, requestConfig } = event.detail;
    if (!elt.matches("form[data-autosave]")) return;
    // While both texts are shown, only the person's choice is sent.
    if (document.querySelector(`button[form="${elt.id}"]`) && requestConfig.triggeringEvent?.type !== "submit") event.preventDefault();
    else open.delete(elt);
  });
  // What was not saved stays open: a line that broke, a slip, somebody who was faster.
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.elt.matches("form[data-autosave]") && !detail.successful) open.add(detail.elt);
  });
  window.addEventListener("beforeunload", (event) => {
    if (open.size) event.preventDefault();
  });
  // Whatever leads elsewhere waits until everything is saved.
  const settled = async () => {
    for (const form of [...open]) htmx.trigger(form, "change");
    for (let tries = 0; tries < 100; tries += 1) {
      if (!open.size && !document.querySelector("form[data-autosave].htmx-request")) return true;
      await new Promise((wake) => { setTimeout(wake, 50); });
    }
    return false;
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-autosave]") || (!open.size && !document.querySelector("form[data-autosave].htmx-request"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    settled().then((saved) => { if (saved) form.requestSubmit(submitter); });
  }, true);

  // Browsers without field-sizing.
  const native = CSS.supports("field-sizing", "content");
  function fit(box) {
    if (native || !box.matches("textarea")) return;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + 2}px`;
  }

  // A moved point takes its entry along; the other entries stay as they are, with what is being typed in them.
  document.body.addEventListener("pointmoved", ({ detail }) => {
    const entry = document.getElementById(detail.point);
    const active = document.activeElement;
    const lists = [...text.querySelectorAll(".points")];
    const beside = lists[lists.indexOf(entry.parentElement) + detail.step];
    const steps = (element) => (detail.step < 0 ? element.previousElementSibling : element.nextElementSibling);
    let other = steps(entry);
    while (other && !other.matches(".point")) other = steps(other);
    if (other) other[detail.step < 0 ? "before" : "after"](entry);
    else if (beside) beside[detail.step < 0 ? "append" : "prepend"](entry);
    if (entry.contains(active)) active.focus();
    entry.scrollIntoView({ block: "nearest" });
  });
  text.addEventListener("keydown", (event) => {
    const entry = event.target.closest(".point");
    if (!entry) return;
    const step = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (event.altKey && step) entry.querySelector(`button[value=${step}]`).click();
    else if (event.ctrlKey && event.key === "Enter") entry.closest(".composing-section").querySelector("[data-add]").click();
    else return;
    event.preventDefault();
  });
  // A new point is there to be written.
  document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.requestConfig?.elt.matches?.(".composing-more")) detail.target.querySelector(".point:last-child textarea")?.focus();
  });
  // On a phone a finding leads back from the paper to the text.
  document.addEventListener("click", ({ target }) => {
    if (target.closest(".composing-findings a")) document.getElementById("view-text").checked = true;
  });
})();

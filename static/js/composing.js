"use strict";

// Composing: text boxes as high as their text, moving by keyboard, and nothing typed is lost on the way.
(() => {
  const text = document.getElementById("text");
  if (!text) return;

  // Forms with something typed that the server has not yet confirmed; one that left the page waits no more.
  const open = new Set();
  const waiting = () => [...open].filter((form) => form.isConnected || !open.delete(form));
  const busy = () => waiting().length || document.querySelector("form[data-autosave].htmx-request");
  const saves = (element) => element.closest?.("form[data-autosave]");
  const tell = (words) => { document.getElementById("saved").textContent = words; };
  const send = () => waiting().forEach((form) => htmx.trigger(form, "change"));
  text.addEventListener("input", ({ target }) => {
    const form = saves(target);
    if (form) {
      open.add(form);
      tell("Đang lưu…");
    }
    if (target.matches("select[name=kind]")) target.closest(".point").dataset.kind = target.value;
    fit(target);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, requestConfig } = event.detail;
    if (!elt.matches("form[data-autosave]")) return;
    // While both texts are shown, only the person's choice is sent.
    if (document.querySelector(`button[form="${elt.id}"][name=over]`) && requestConfig.triggeringEvent?.type !== "submit") event.preventDefault();
    else open.delete(elt);
  });
  // What was not saved stays open: a line that broke, a slip, somebody who was faster.
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.elt.matches("form[data-autosave]") || detail.successful) return;
    open.add(detail.elt);
    tell("Còn chỗ chưa lưu; xem chỗ báo trên trang.");
  });
  window.addEventListener("online", send);
  window.addEventListener("beforeunload", (event) => {
    if (waiting().length) event.preventDefault();
  });
  // Whatever leads elsewhere waits until everything is saved.
  const settled = async (go) => {
    send();
    for (let tries = 0; tries < 100; tries += 1) {
      if (!busy()) return go();
      await new Promise((wake) => { setTimeout(wake, 50); });
    }
    return say("Còn chỗ chưa lưu được nên chưa làm tiếp. Mời xem chỗ báo trên trang, xử lý rồi bấm lại.");
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-autosave]") || !busy()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    settled(() => form.requestSubmit(submitter));
  }, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".page-actions a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !busy()) return;
    event.preventDefault();
    settled(() => { location.href = link.href; });
  });

  // A login that ran out leads away at once: what was typed waits in this tab and is saved after signing in,
  // upon what was read before, so that another officer's words are not lost either.
  const KEPT = `composing ${location.pathname}`;
  document.addEventListener("htmx:configRequest", ({ detail: { elt, headers } }) => {
    if (elt.matches("form[data-autosave]")) headers["Keeps-Typed"] = "1";
  });
  document.addEventListener("htmx:beforeOnLoad", ({ detail: { elt, xhr } }) => {
    if (!elt.matches("form[data-autosave]") || !xhr.getResponseHeader("HX-Redirect")) return;
    const typed = new Set([elt, ...waiting()]);
    sessionStorage.setItem(KEPT, JSON.stringify([...typed].map((form) => [form.id, [...new FormData(form)]])));
    open.clear();
  });
  const bringBack = () => {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "[]");
    sessionStorage.removeItem(KEPT);
    for (const [id, fields] of kept) {
      const form = document.getElementById(id);
      for (const [name, value] of form ? fields : []) if (name !== "csrfmiddlewaretoken") form.elements[name].value = value;
      if (form) htmx.trigger(form, "change");
    }
  };
  window.addEventListener("load", bringBack);

  // Browsers without field-sizing.
  const native = CSS.supports("field-sizing", "content");
  function fit(box) {
    if (native || !box.matches("textarea")) return;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + 2}px`;
  }
  text.querySelectorAll("textarea[name=heading]").forEach(fit);

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
    // A heading is one line, however many it takes on a phone.
    if (event.key === "Enter" && event.target.name === "heading") event.preventDefault();
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

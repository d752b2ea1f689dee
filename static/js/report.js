"use strict";

// The form of a report saves itself part by part (htmx). What was typed lies in this browser until the server
// has said that it has it: a lost line or a login that ran out loses nothing.
(() => {
  const page = () => document.getElementById("report");
  if (!page()) return;
  const RETRY = 10000;
  const prefix = page().dataset.keep;
  const parts = () => [...page().querySelectorAll("[data-part]")];
  const partOf = (event) => event.target.closest?.("[data-part]");
  const stamp = (part) => part.querySelector("[data-stamp]").value;
  const fields = (part) => [...part.querySelectorAll("input:not([type=hidden]), textarea")].filter((field) => !field.name.endsWith("-choice"));
  const typed = (part) => {
    const values = {};
    fields(part).forEach((field) => {
      if (field.type !== "radio") values[field.name] = field.value;
      else if (field.checked) values[field.name] = field.value;
    });
    return values;
  };
  const key = (part) => `${prefix}${part.dataset.part}:${stamp(part)}`;
  const kept = (part) => Object.keys(localStorage).filter((name) => name.startsWith(prefix + (part ? `${part.dataset.part}:` : "")));
  const keep = (part) => {
    try {
      localStorage.setItem(key(part), JSON.stringify(typed(part)));
    } catch {
      // A full or closed store: the page itself still holds what was typed.
    }
  };
  const forget = (part) => kept(part).forEach((name) => localStorage.removeItem(name));
  const tell = (part, text) => {
    const line = part.querySelector("[data-unsent]");
    line.textContent = text;
    line.hidden = !text;
  };
  const grow = (field) => {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  };

  page().addEventListener("input", (event) => {
    const part = partOf(event);
    if (!part) return;
    keep(part);
    if (event.target.matches("textarea")) grow(event.target);
  });
  document.addEventListener("htmx:configRequest", (event) => {
    if (partOf(event) === event.target) event.detail.headers["Keeps-Typed"] = "1";
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const part = partOf(event);
    if (part === event.target) part.sent = JSON.stringify(typed(part));
  });
  // A conflict that is shown already stays as it is: a choice half made must not vanish under the hand.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const part = partOf(event);
    const mine = part?.querySelector(".report-choice [value^=mine]");
    if (mine && event.detail.xhr.status === 409 && event.detail.serverResponse.includes(`value="${mine.value}"`)) {
      event.detail.shouldSwap = false;
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const part = partOf(event);
    if (!part || part !== event.target) return;
    const { xhr, successful } = event.detail;
    if (xhr.getResponseHeader("HX-Redirect")) return;
    if (successful) {
      forget(part);
      tell(part, "");
      if (part.isConnected && JSON.stringify(typed(part)) !== part.sent) keep(part);
    } else if (xhr.status === 409 || xhr.status === 422) tell(part, "");
    else if (xhr.status === 403) tell(part, "Chưa lưu: trang đã mở quá lâu. Mời tải lại trang; nội dung vừa nhập được giữ trên máy này.");
    else tell(part, xhr.status ? "Chưa lưu: máy chủ đang bận, sẽ tự gửi lại." : "Chưa lưu: mất mạng, sẽ tự gửi lại.");
    if (!successful && (!xhr.status || xhr.status >= 500)) part.waits = true;
    else part.waits = false;
  });
  // The part itself says what happened; no second message at the head of the page.
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) =>
    page().addEventListener(name, (event) => partOf(event) && event.stopPropagation()),
  );
  const sendAgain = () => parts().filter((part) => part.waits).forEach((part) => htmx.trigger(part, "save"));
  window.addEventListener("online", sendAgain);
  setInterval(sendAgain, RETRY);

  // The whole form leaves the page: not into the void, and not before the parts that are on their way are there,
  // which would meet themselves as somebody else's change. A line that doesn't answer holds nobody up for long.
  const form = document.getElementById("report-form");
  const busy = () => page().querySelector("[data-part].htmx-request");
  const settled = async () => {
    for (let tries = 0; tries < 100 && busy(); tries += 1) await new Promise((wake) => { setTimeout(wake, 50); });
  };
  let waits = false;
  let leaves = false;
  form.addEventListener("submit", async (event) => {
    const { submitter } = event;
    if (leaves || (navigator.onLine && !busy())) return;
    event.preventDefault();
    if (!navigator.onLine) say("Đang mất mạng nên chưa gửi đi được. Nội dung vừa nhập được giữ trên máy này; mời bấm lại khi có mạng.");
    else if (!waits) {
      waits = true;
      await settled();
      waits = false;
      leaves = true;
      form.requestSubmit(submitter?.form === form ? submitter : null);
      leaves = false;
    }
  });

  // What an earlier visit could not send is offered, never put in by itself.
  const offer = document.getElementById("report-kept");
  const waiting = () =>
    kept().flatMap((name) => {
      const [id, shown] = name.slice(prefix.length).split(":");
      const part = parts().find((one) => one.dataset.part === id);
      const values = JSON.parse(localStorage.getItem(name));
      const differs = part && JSON.stringify(typed(part)) !== JSON.stringify(values);
      if (!differs) localStorage.removeItem(name);
      return differs ? [{ part, shown, values }] : [];
    });
  const offered = waiting();
  offer.hidden = !offered.length;
  offer.querySelector("[data-kept-count]").textContent = `${offered.length} chỗ`;
  offer.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-kept]")?.dataset.kept;
    if (!choice) return;
    offer.hidden = true;
    if (choice === "drop") kept().forEach((name) => localStorage.removeItem(name));
    else
      offered.forEach(({ part, shown, values }) => {
        part.closest("details")?.setAttribute("open", "");
        part.querySelector("[data-stamp]").value = shown;
        fields(part).forEach((field) => {
          if (field.type === "radio") field.checked = values[field.name] === field.value;
          else field.value = values[field.name] ?? field.value;
        });
        htmx.trigger(part, "save");
      });
  });

  page().addEventListener("click", (event) => {
    const name = event.target.closest("[data-copy]")?.dataset.copy;
    if (!name) return;
    const field = document.getElementById(`id-${name}`);
    field.value = document.getElementById(`before-${name}`).innerText.trim();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
  page().querySelectorAll("[data-copy], [data-script]").forEach((element) => { element.hidden = false; });
  page().querySelectorAll("textarea").forEach((field) => field.value && grow(field));
})();

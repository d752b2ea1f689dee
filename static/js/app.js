"use strict";

// Open menus close when the person turns elsewhere, as menus of the system do.
const openMenus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("click", (event) => {
  openMenus().forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  if (event.target.closest("[data-print]")) window.print();
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText(document.getElementById(copy.dataset.copy).value).then(() => { copy.textContent = "Đã chép"; });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  openMenus().forEach((menu) => {
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });
});

// A request for a part of the page that fails says so; what was typed stays where it is.
const say = (text, tone = "error") => {
  document.getElementById("messages").innerHTML = `<div class="callout ${tone} said"><p></p></div>`;
  document.querySelector(".said p").textContent = text;
};
const unsay = () => document.querySelectorAll(".said").forEach((note) => note.remove());
document.addEventListener("htmx:afterOnLoad", ({ detail }) => {
  if (detail.successful) unsay();
});
// The page is older than the session that its cookies now stand for (views.csrf_failure).
const isStale = (xhr) => xhr.getResponseHeader("Stale-Page") !== null;
const holdsFields = (element) => (element.form ?? element.closest("form"))?.querySelector("textarea, select, input:not([type=hidden])");
// By middleware.TooLargeForms, or a server before it.
const tooLarge = (xhr) => xhr.getResponseHeader("Content-Type")?.startsWith("text/plain") ? xhr.responseText : "Nội dung gửi lên quá lớn nên chưa lưu gì.";
document.addEventListener("htmx:sendError", () => say("Không kết nối được với máy chủ. Nội dung vừa nhập vẫn còn trên trang; mời thử lại khi có mạng."));
document.addEventListener("htmx:timeout", () => say("Máy chủ trả lời quá chậm. Nội dung vừa nhập vẫn còn trên trang; mời thử lại."));
document.addEventListener("htmx:responseError", ({ target, detail: { xhr } }) => {
  const { status } = xhr;
  // What was refused comes back with the reason beside it.
  if (status === 409 || status === 422) unsay();
  else if (isStale(xhr) && !holdsFields(target)) say("Trang này mở từ trước lần đăng nhập gần đây nên thay đổi vừa rồi chưa được ghi. Mời tải lại trang (F5) rồi làm lại.");
  else if (isStale(xhr)) say("Trang này mở từ trước lần đăng nhập gần đây nên chưa lưu được. Mời chép lại phần vừa nhập, tải lại trang (F5) rồi lưu lần nữa.");
  else if (status === 403) say("Tài khoản không có quyền làm việc này. Mời liên hệ cán bộ theo dõi chương trình của huyện.");
  else if (status === 404) say("Nội dung này không còn. Mời tải lại trang.");
  else if (status === 413) say(`${tooLarge(xhr)} Nội dung vừa nhập vẫn còn trên trang.`);
  else say(`Máy chủ chưa xử lý được yêu cầu (mã ${status}). Mời tải lại trang rồi thử lại.`);
});

// What the values say, or what stands where they say nothing, is chosen for the person, unless they chose by hand.
document.addEventListener("click", ({ target }) => {
  if (target.matches(".cell-status input")) target.form.elements.untouched.value = "";
});
document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (!target.matches(".cell-proposed")) return;
  const { status, untouched } = target.closest("form").elements;
  const unchosen = target.querySelector("[data-status]")?.dataset.status;
  if (unchosen !== undefined && untouched.value) status.forEach((choice) => { choice.checked = choice.value === unchosen; });
});

// On a cell's own page the login carries along what was typed, as without scripts.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt, xhr } = event.detail;
  const form = elt.closest("main .cell-panel form");
  if (!form || form.closest("#side-panel") || !xhr.getResponseHeader("HX-Redirect")?.startsWith("/login/")) return;
  event.preventDefault();
  form.submit();
});

// Files dropped on the field of an upload are chosen and sent, wherever the field stands: on a page, in a panel.
["dragover", "dragleave", "drop"].forEach((name) =>
  document.addEventListener(name, (event) => {
    const zone = event.target.closest?.(".evidence-drop");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("over", name === "dragover");
    if (name !== "drop") return;
    zone.querySelector("input").files = event.dataTransfer.files;
    zone.closest("form").requestSubmit();
  }),
);

// A link marked data-panel opens beside the page instead of leaving it; Escape and Back close it and lead back.
(() => {
  const panel = document.getElementById("side-panel");
  if (!panel) return;
  const body = document.getElementById("side-panel-body");
  let from = null;
  // The link in hand, or the one that came in its place with what was saved.
  const origin = () => (from?.isConnected ? from : document.querySelector(`a[data-panel][href="${from?.getAttribute("href")}"]`));
  // The page makes room for it; the row in hand stays where it was, or what is read instead.
  const make = (room) => {
    const topOf = (row) => row.getBoundingClientRect().top;
    const row = [origin(), document.elementFromPoint(innerWidth / 3, innerHeight / 2)]
      .map((element) => element?.closest("tr, li"))
      .find((found) => found && topOf(found) > 0 && topOf(found) < innerHeight);
    const top = row && topOf(row);
    panel.hidden = !room;
    document.body.classList.toggle("with-panel", room);
    if (row) window.scrollBy({ top: topOf(row) - top, behavior: "instant" });
  };

  // The forms in which something was typed and not saved. It isn't lost by a slip of the hand.
  const typed = new Set();
  const mayLeave = () => {
    if (typed.size && !window.confirm("Phần vừa nhập chưa được lưu. Bỏ phần đó?")) return false;
    typed.clear();
    return true;
  };
  panel.addEventListener("input", ({ target }) => {
    if (target.form && target.type !== "file") typed.add(target.form);
  });
  window.addEventListener("beforeunload", (event) => {
    if (typed.size) event.preventDefault();
  });
  // What was typed, upon what was read before, so that nobody else's finding is lost either.
  const fieldsOf = (forms) => forms.map((form) => [form.id, [...new FormData(form)]]);
  const refill = (kept) => {
    for (const [id, fields] of kept) {
      const form = document.getElementById(id);
      if (!form) continue;
      typed.add(form);
      form.closest("details")?.setAttribute("open", "");
      for (const [name, value] of fields) {
        if (name !== "csrfmiddlewaretoken" && form.elements[name]) form.elements[name].value = value;
      }
    }
  };
  // Another form of the panel brings it anew: what was typed beside it comes back.
  let beside = [];
  panel.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target } = event.detail;
    if (!target.matches(".cell-panel")) return;
    const others = [...typed].filter((form) => form !== elt && form.isConnected);
    if (others.some((form) => !form.id) && !mayLeave()) event.preventDefault();
    else beside = fieldsOf(others.filter((form) => form.id && typed.has(form)));
  });

  // Back closes it.
  let below = "";
  const enlist = () => {
    below = location.href;
    history.scrollRestoration = "manual";
    if (!history.state?.panel) history.pushState({ panel: true }, "");
  };
  const shut = () => {
    if (!mayLeave()) return false;
    below = "";
    make(false);
    body.replaceChildren();
    panel.dispatchEvent(new Event("close"));
    origin()?.focus({ preventScroll: true });
    return true;
  };
  const close = () => shut() && history.state?.panel && history.back();
  window.addEventListener("popstate", ({ state }) => {
    if (state?.panel) panel.hidden && history.back();
    else if (location.href === below && !shut()) enlist();
    else setTimeout(() => { history.scrollRestoration = "auto"; });
  });
  // Answers whether something came; why not is said on the page, and an empty panel doesn't stay.
  const open = async (method, url, values) => {
    if (!mayLeave()) return false;
    const before = body.firstElementChild;
    const opens = panel.hidden;
    make(true);
    await htmx.ajax(method, url, { target: body, swap: "innerHTML settle:0ms", values }).catch(() => {});
    if (!body.firstElementChild) close();
    else if (opens && !panel.hidden) enlist();
    panel.scrollTop = 0;
    return body.firstElementChild !== before;
  };
  // To what there is to decide, else to the first thing to do.
  const enter = () => {
    const told = panel.querySelector("[role=alert], .cell-now:has(.saved)");
    if (told) told.tabIndex = -1;
    const first = panel.querySelector("input:not([type=hidden], details:not([open]) *), button.primary:not(details:not([open]) *)");
    const field = first?.type === "radio" ? panel.querySelector("input:checked") ?? first : first;
    (told ?? field ?? panel.querySelector(".cell-panel a"))?.focus({ preventScroll: !told });
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-panel]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    from = link;
    open("GET", link.getAttribute("href")).then(enter);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) close();
  });
  panel.querySelector("[data-close]").addEventListener("click", close);
  panel.addEventListener("htmx:afterSwap", ({ target, detail: { requestConfig } }) => {
    if (!panel.querySelector("[role=alert]")) {
      if (target.matches(".cell-panel")) typed.clear();
      else typed.delete(requestConfig.elt);
    }
    if (target.matches(".cell-panel")) refill(beside.splice(0));
    // What had the keyboard was replaced by what came.
    if (document.activeElement === document.body) enter();
  });

  // After a login that ran out, or was renewed in another tab: what was typed waits in this tab.
  const KEPT = `panel ${location.pathname}`;
  const address = () => panel.querySelector("[data-address]")?.dataset.address;
  const held = (elt) => (address() ? [...new Set([elt.closest("form"), ...typed])].filter((form) => form?.id && form.isConnected) : []);
  panel.addEventListener("htmx:configRequest", ({ detail: { elt, headers } }) => {
    if (held(elt).length) headers["Keeps-Typed"] = "1";
  });
  panel.addEventListener("htmx:beforeOnLoad", ({ detail: { elt, xhr } }) => {
    const leads = xhr.getResponseHeader("HX-Redirect");
    if (!leads && !isStale(xhr)) return;
    const forms = held(elt);
    if (forms.length && (!leads || leads.startsWith("/login/"))) {
      sessionStorage.setItem(KEPT, JSON.stringify({ address: address(), forms: fieldsOf(forms) }));
    }
    typed.clear();
    if (forms.length && !leads) location.reload();
  });
  window.addEventListener("load", async () => {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    sessionStorage.removeItem(KEPT);
    if (!kept) return history.state?.panel && history.back();
    if (!(await open("GET", kept.address))) return;
    refill(kept.forms);
    say("Phần vừa nhập trong ô được giữ lại. Mời xem lại rồi bấm lưu.", "attention");
    enter();
  });
  window.sidePanel = { open, enter, close };
})();

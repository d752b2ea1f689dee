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
const unsent = (element) => holdsFields(element) ? "Nội dung vừa nhập vẫn còn trên trang; mời thử lại" : "Việc vừa rồi chưa làm được; mời thử lại";
document.addEventListener("htmx:sendError", ({ target }) => say(`Không kết nối được với máy chủ. ${unsent(target)} khi có mạng.`));
document.addEventListener("htmx:timeout", ({ target }) => say(`Máy chủ trả lời quá chậm. ${unsent(target)}.`));
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

// A panel stands beside the page, or is a page of its own. What is typed into a form of it and isn't acknowledged by
// an answer is kept by the form's id: after any swap it stands in the form of that id again.
(() => {
  const panel = document.getElementById("side-panel");
  const body = document.getElementById("side-panel-body") ?? document.querySelector("main .cell-panel")?.parentElement;
  if (!body) return;
  // By the form's id: its fields when they were last replaced. A form without an id is only asked about.
  const typed = new Map();
  const fieldsOf = (form) => [...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && !(value instanceof File));
  const take = () => typed.forEach((_, id) => {
    const form = document.getElementById(id);
    if (form) typed.set(id, fieldsOf(form));
  });
  const refill = () => typed.forEach((fields, id) => {
    const form = document.getElementById(id);
    if (!form) return;
    form.closest("details")?.setAttribute("open", "");
    fields.forEach(([name, value]) => { if (form.elements[name]) form.elements[name].value = value; });
  });
  const mayLeave = () => {
    if (typed.size && !window.confirm("Phần vừa nhập chưa được lưu. Bỏ phần đó?")) return false;
    typed.clear();
    return true;
  };
  // To what there is to decide, else to the first thing to do.
  const enter = () => {
    const told = body.querySelector("[role=alert], .cell-now:has(.saved)");
    if (told) told.tabIndex = -1;
    const first = body.querySelector("input:not([type=hidden], details:not([open]) *), button.primary:not(details:not([open]) *)");
    const field = first?.type === "radio" ? body.querySelector("input:checked") ?? first : first;
    (told ?? field ?? body.querySelector(".cell-panel a"))?.focus({ preventScroll: !told });
  };
  // The form whose answer is awaited, and whether something was typed into it meanwhile.
  let sender;
  let goesOn;
  body.addEventListener("input", ({ target: { form, type } }) => {
    if (!form || type === "file") return;
    typed.set(form.id || form, []);
    goesOn ||= form === sender;
  });
  window.addEventListener("beforeunload", (event) => {
    if (typed.size) event.preventDefault();
  });
  let refusals = 0;
  body.addEventListener("htmx:beforeSwap", ({ detail: { isError, requestConfig: { elt, formData }, shouldSwap } }) => {
    if (!shouldSwap) return;
    take();
    if (isError) refusals += 1;
    typed.delete(elt.dataset.forgets);
    typed.forEach((_, form) => form.isConnected === false && typed.delete(form));
    const sent = elt.id || elt;
    if (!typed.has(sent)) return;
    // What was typed after it was sent stands upon the answer; what was refused comes with it.
    const later = goesOn ? fieldsOf(elt).filter(([name, value]) => !formData.getAll(name).includes(value)) : [];
    if (isError || later.length) typed.set(sent, later);
    else typed.delete(sent);
  });
  body.addEventListener("htmx:afterSwap", ({ target }) => {
    refill();
    // What had the keyboard was replaced by what came.
    if (document.activeElement === document.body && !target.matches(".cell-proposed")) enter();
  });
  // One request at a time brings a panel anew; another form of it is sent when it has been answered.
  let sending = null;
  body.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target, xhr } = event.detail;
    if (!target.matches(".cell-panel")) return;
    const seen = refusals;
    if (!sending) {
      sender = elt;
      goesOn = false;
      sending = new Promise((resolve) => xhr.addEventListener("loadend", resolve)).then(() => { sending = null; });
      return;
    }
    event.preventDefault();
    if (elt === sender || !elt.id) return;
    sending.then(() => {
      const form = document.getElementById(elt.id);
      if (!form || refusals > seen) return;
      htmx.process(form);
      form.requestSubmit();
    });
  });
  // What leads away from a panel is done one after the other, each upon the answer under way; a refusal is seen first.
  let turn = Promise.resolve();
  const inTurn = (job) => {
    const seen = refusals;
    if (sending) say("Đang lưu; lưu xong sẽ chuyển ngay.", "attention");
    const answered = async () => { while (sending) await sending; };
    turn = turn.catch(() => {}).then(answered).then(() => refusals === seen && mayLeave() && job());
    return turn;
  };

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
  // Back closes it.
  let below = "";
  const enlist = () => {
    below = location.href;
    history.scrollRestoration = "manual";
    if (!history.state?.panel) history.pushState({ panel: true }, "");
  };
  const shut = () => inTurn(() => {
    below = "";
    make(false);
    body.replaceChildren();
    panel.dispatchEvent(new Event("close"));
    origin()?.focus({ preventScroll: true });
    return true;
  });
  const close = async () => (await shut()) && history.state?.panel && history.back();
  // Answers whether something came; why not is said on the page, and an empty panel doesn't stay.
  const bring = async (method, url, values) => {
    const before = body.firstElementChild;
    const opens = panel?.hidden;
    if (panel) make(true);
    body.inert = true;
    await htmx.ajax(method, url, { target: body, swap: "innerHTML settle:0ms", values }).catch(() => {});
    body.inert = false;
    if (!body.firstElementChild) close();
    else if (opens) enlist();
    (panel ?? body).scrollTop = 0;
    return body.firstElementChild !== before;
  };
  const open = (...asked) => inTurn(() => bring(...asked));

  // After a login that ran out, or was renewed in another tab: what was typed waits in this tab.
  const KEPT = `panel ${location.pathname}`;
  const address = () => body.querySelector("[data-address]")?.dataset.address;
  const held = (elt) => {
    const form = elt.closest("form[id]");
    take();
    return address() ? [...new Map(form ? [...typed, [form.id, fieldsOf(form)]] : typed)] : [];
  };
  body.addEventListener("htmx:configRequest", ({ detail: { elt, headers } }) => {
    if (held(elt).length) headers["Keeps-Typed"] = "1";
  });
  body.addEventListener("htmx:beforeOnLoad", ({ detail: { elt, xhr } }) => {
    const leads = xhr.getResponseHeader("HX-Redirect");
    if (!leads && !isStale(xhr)) return;
    const forms = held(elt);
    if (forms.length && (!leads || leads.startsWith("/login/"))) {
      sessionStorage.setItem(KEPT, JSON.stringify({ address: address(), forms }));
    }
    typed.clear();
    if (forms.length && !leads) location.reload();
  });
  window.addEventListener("load", async () => {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    sessionStorage.removeItem(KEPT);
    if (!kept) return history.state?.panel && history.back();
    if (address() !== kept.address && !(await open("GET", kept.address))) return;
    kept.forms.forEach(([id, fields]) => typed.set(id, fields));
    refill();
    say("Phần vừa nhập trong ô được giữ lại. Mời xem lại rồi bấm lưu.", "attention");
    enter();
  });

  // A link marked data-panel opens beside the page instead of leaving it; Escape and Back close it and lead back.
  if (!panel) return;
  window.addEventListener("popstate", async ({ state }) => {
    if (state?.panel) panel.hidden && history.back();
    else if (location.href !== below || (await shut())) setTimeout(() => { history.scrollRestoration = "auto"; });
    else enlist();
  });
  let opening = null;
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-panel]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (opening === link) return;
    from = opening = link;
    await open("GET", link.getAttribute("href"));
    opening = null;
    enter();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) close();
  });
  panel.querySelector("[data-close]").addEventListener("click", close);
  window.sidePanel = { open, enter };
})();

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
const say = (text) => {
  const note = document.createElement("div");
  const sentence = document.createElement("p");
  note.className = "callout error";
  sentence.textContent = text;
  note.append(sentence);
  document.getElementById("messages").replaceChildren(note);
};
document.addEventListener("htmx:sendError", () => say("Không kết nối được với máy chủ. Nội dung vừa nhập vẫn còn trên trang; mời thử lại khi có mạng."));
document.addEventListener("htmx:timeout", () => say("Máy chủ trả lời quá chậm. Nội dung vừa nhập vẫn còn trên trang; mời thử lại."));
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 403) say("Tài khoản không có quyền làm việc này. Mời liên hệ cán bộ theo dõi chương trình của huyện.");
  else if (status === 404) say("Nội dung này không còn. Mời tải lại trang.");
  else say(`Máy chủ chưa xử lý được yêu cầu (mã ${status}). Mời tải lại trang rồi thử lại.`);
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
  const enter = () => panel.querySelector("[autofocus], input:not([type=hidden]), .cell-panel a")?.focus();

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

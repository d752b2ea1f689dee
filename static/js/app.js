"use strict";

// Open menus close when the person turns elsewhere, as menus of the system do.
const openMenus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("click", (event) => {
  openMenus().forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  if (event.target.closest("[data-print]")) window.print();
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

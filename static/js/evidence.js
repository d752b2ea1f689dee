"use strict";

// Head and list as they are now; where something is being typed in the list, the person chooses when.
const renew = (progress) => {
  const part = "#evidence-board";
  if ([...document.querySelectorAll(`${part} input`)].every((field) => field.value === field.defaultValue)) {
    htmx.ajax("GET", location.href, { target: part, select: part, selectOOB: "#page-state", swap: "outerHTML" });
    return;
  }
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = "Xem danh sách mới";
  progress.append(link);
};

// A folder that was dropped looks like a file until it is read.
const isReadable = (file) => file.slice(0, 1).arrayBuffer().then(
  () => true,
  () => false,
);

// Why a file wasn't taken, and what to do about it.
const refusal = async (file, error) => {
  if (!(await isReadable(file))) return "đây là thư mục, hoặc tệp không còn ở chỗ cũ. Hãy mở thư mục rồi chọn các tệp bên trong.";
  const why = error instanceof TypeError ? "chưa gửi được. Hãy kiểm tra mạng" : error.message;
  return `${why} rồi chọn lại tệp này.`;
};

// Files go one by one, so that a slow line loses at most one of them, and each is answered at once.
// What is dropped meanwhile joins those that wait.
const sendAll = async (form) => {
  const waiting = [...form.elements.files.files];
  form.reset();
  if (form.join) {
    form.join(waiting);
    return;
  }
  const progress = form.parentElement.querySelector(".evidence-progress");
  const outcomes = form.parentElement.querySelector(".evidence-outcomes");
  const button = form.querySelector("button");
  let sent = 0;
  let file;
  const tell = () => (progress.textContent = `Đang gửi tệp ${sent}/${sent + waiting.length}: ${file.name}`);
  form.join = (more) => {
    waiting.push(...more);
    tell();
  };
  button.disabled = true;
  progress.hidden = false;
  outcomes.replaceChildren();
  while (waiting.length) {
    file = waiting.shift();
    sent += 1;
    tell();
    const body = new FormData(form);
    body.set("files", file);
    body.set("part", "outcomes");
    outcomes.querySelectorAll("[data-token]").forEach(({ dataset }) => body.append("before", dataset.token));
    try {
      const answer = await fetch(form.action, { method: "POST", body });
      if (answer.redirected) throw new Error("phiên đăng nhập đã hết. Hãy đăng nhập lại ở một thẻ khác, tải lại trang");
      if (!answer.ok) throw new Error(`máy chủ chưa nhận (mã ${answer.status}). Hãy chờ một lát`);
      outcomes.insertAdjacentHTML("beforeend", await answer.text());
    } catch (error) {
      const line = document.createElement("li");
      line.className = "evidence-outcome refused";
      line.textContent = `${file.name}: ${await refusal(file, error)}`;
      outcomes.append(line);
    }
  }
  const count = (kind) => outcomes.querySelectorAll(`.${kind}`).length;
  const [fresh, known, refused] = ["new", "known", "refused"].map(count);
  const counts = [`${fresh} tệp mới`, known && `${known} trùng`, refused && `${refused} không nhận`];
  progress.textContent = `${counts.filter(Boolean).join(", ")}. `;
  if (fresh + known) renew(progress);
  form.join = null;
  button.disabled = false;
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches(".evidence-upload > form:not([hx-post])")) return;
  event.preventDefault();
  sendAll(form);
});

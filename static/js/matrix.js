"use strict";

// The grid by keyboard and mouse: one cell is in hand, Enter opens it beside the table, D and C set it,
// Z takes back the last change, a block from Excel is shown before it is written.
(() => {
  const table = document.querySelector("table.matrix");
  if (!table) return;
  const panel = document.getElementById("side-panel");
  const ask = window.sidePanel.open;
  const line = document.querySelector(".matrix-status");
  const heads = [...table.tHead.rows[1].cells];
  let hand = { row: "", column: 1 };

  const rows = () => [...table.tBodies[0].rows];
  const cell = () => document.getElementById(hand.row)?.cells[hand.column];
  const link = () => cell()?.querySelector("a");
  const tell = () => {
    const head = heads[hand.column];
    const name = document.getElementById(hand.row)?.cells[0].querySelector("a").textContent;
    line.textContent = head?.dataset.name ? `${name} · ${head.dataset.key} ${head.dataset.name}: ${link()?.title || link()?.textContent}` : line.dataset.hint;
  };
  const take = (row, column, focus = true) => {
    table.querySelectorAll(".in-hand").forEach((other) => other.classList.remove("in-hand"));
    hand = { row: row.id, column };
    const anchor = link();
    if (!anchor) return;
    table.querySelectorAll('tbody td a[tabindex="0"]').forEach((other) => { other.tabIndex = -1; });
    anchor.tabIndex = 0;
    cell().classList.add("in-hand");
    heads[column].classList.add("in-hand");
    row.cells[0].classList.add("in-hand");
    if (focus) anchor.focus();
    tell();
  };
  const quick = (status) => {
    const box = cell();
    if (!table.dataset.paste || box?.dataset.v === undefined) {
      line.textContent = "Hãy mở tiêu chí thành từng nội dung (bấm số tiêu chí) để đổi bằng một phím.";
      return;
    }
    ask("POST", link().getAttribute("href"), { quick: status, version: box.dataset.v });
  };
  const undo = () => {
    const shown = panel.querySelector(".cell-panel[data-version]");
    if (!panel.hidden && shown) ask("POST", `${shown.dataset.address}undo/`, { version: shown.dataset.version });
    else if (cell()?.dataset.v > 0) ask("POST", `${link().getAttribute("href")}undo/`, { version: cell().dataset.v });
  };

  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  table.addEventListener("keydown", (event) => {
    const box = event.target.closest("tbody td");
    if (event.ctrlKey || event.metaKey || event.altKey || !box) return;
    const all = rows();
    const at = all.indexOf(box.parentElement);
    const last = box.parentElement.cells.length - 3;
    const step = steps[event.key];
    if (step) take(all[Math.min(Math.max(at + step[0], 0), all.length - 1)], Math.min(Math.max(box.cellIndex + step[1], 1), last));
    else if (event.key === "Home") take(box.parentElement, 1);
    else if (event.key === "End") take(box.parentElement, last);
    else if (/^[dc]$/i.test(event.key)) quick(event.key.toLowerCase() === "d" ? "met" : "not_met");
    else if (/^z$/i.test(event.key)) undo();
    else return;
    event.preventDefault();
  });
  panel.addEventListener("close", () => link()?.focus());
  table.addEventListener("focusin", (event) => {
    const box = event.target.closest("tbody td");
    if (box && box.querySelector("a")) take(box.parentElement, box.cellIndex, false);
  });
  // A unit that has ended has no panels: its cells lead to its page.
  table.addEventListener("click", (event) => {
    const anchor = event.target.closest("tbody td a");
    if (!anchor || anchor.hash || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    take(anchor.closest("tr"), anchor.closest("td").cellIndex);
    ask("GET", anchor.getAttribute("href")).then(window.sidePanel.enter);
  });
  document.addEventListener("paste", (event) => {
    if (!table.dataset.paste || !table.contains(document.activeElement)) return;
    event.preventDefault();
    ask("POST", table.dataset.paste, {
      text: event.clipboardData.getData("text/plain"),
      commune: hand.row.slice(1),
      column: heads[hand.column].dataset.key,
      query: location.search.slice(1),
    });
  });
  // A row that came anew takes the place of the one in hand.
  document.body.addEventListener("htmx:oobAfterSwap", () => {
    const row = document.getElementById(hand.row);
    if (row) take(row, hand.column, panel.hidden || !panel.contains(document.activeElement));
  });

  // One stop of the Tab key for the whole grid: the cell in hand.
  table.querySelectorAll("tbody td a").forEach((anchor) => { anchor.tabIndex = -1; });
  const first = table.querySelector("tbody td a");
  if (first) take(first.closest("tr"), 1, false);
  line.textContent = line.dataset.hint;
})();

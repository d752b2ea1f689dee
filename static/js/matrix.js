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
  const past = table.dataset.past !== undefined;
  let hand = { row: "", column: 1 };

  const rows = () => [...table.tBodies[0].rows];
  const cell = () => document.getElementById(hand.row)?.cells[hand.column];
  const link = () => cell()?.querySelector("a");
  const nameOf = (head) => head.querySelector("a").title.replace(/ \([^()]*\)$/, "");
  const columns = heads.slice(1, -2).map((head) => {
    const label = head.querySelector("b").textContent;
    return { label, key: head.dataset.key || label };
  });
  // An order by each column: written into the page they would be the longest part of it.
  const order = document.querySelector("select[name=sort]");
  const further = document.createElement("optgroup");
  further.label = "Chưa đạt trước, theo từng cột";
  columns.forEach(({ label, key }, at) => {
    if (order.value !== key) further.append(new Option(`${label}. ${nameOf(heads[at + 1]).slice(0, 60)}`, key));
  });
  order.append(further);
  // What a cell has from its row and its column: its label on phones, its version, where it leads. What was known
  // on a past day, or of a unit that has ended, stands on the page of the unit. One stop of the Tab key serves all.
  const lend = (row) => {
    const unit = row.cells[0].querySelector("a");
    const versions = row.dataset.v?.split(",") ?? [];
    columns.forEach(({ label, key }, at) => {
      const anchor = row.cells[at + 1].firstElementChild;
      anchor.dataset.c = label;
      if (versions[at]) anchor.dataset.v = versions[at];
      const place = `${key.includes(".") ? "sub-items" : "criteria"}/${key}/`;
      anchor.href = past || unit.search ? `${unit.getAttribute("href")}#tieu-chi-${parseInt(key)}` : unit.pathname + place;
      anchor.tabIndex = -1;
    });
  };
  const lendFoot = () => columns.forEach(({ label }, at) => { table.tFoot.rows[0].cells[at + 1].dataset.c = label; });
  const tell = () => {
    const head = heads[hand.column];
    const name = document.getElementById(hand.row)?.cells[0].querySelector("a").textContent;
    line.textContent = head ? `${name} · ${columns[hand.column - 1].label} · ${link()?.title || link()?.textContent} · ${nameOf(head)}` : line.dataset.hint;
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
    if (focus) {
      anchor.focus({ preventScroll: true });
      show();
    }
    tell();
  };
  // Head, foot and first column lie over the table: what is in hand comes out beside them.
  const show = () => {
    const [scroller, box] = [table.parentElement, cell()];
    const first = box.parentElement.cells[0];
    scroller.style.scrollPadding = `${table.tHead.offsetHeight}px 10rem ${table.tFoot.offsetHeight}px ${first.offsetWidth}px`;
    box.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  // What keys ask for is done one after the other: each meets the page as the one before left it. Where one is
  // refused, what was typed ahead of the answer is dropped, and said.
  const queue = [];
  const refused = () => !panel.hidden && panel.querySelector("[role=alert]");
  const mark = () => {
    table.querySelectorAll(".sending").forEach((other) => other.classList.remove("sending"));
    queue.forEach(({ row, column }) => document.getElementById(row)?.cells[column]?.classList.add("sending"));
  };
  const inTurn = async (job) => {
    queue.push(job);
    mark();
    if (queue.length > 1) return;
    while (queue.length) {
      const [{ row, column, run }] = queue;
      const went = await run();
      queue.shift();
      if (!went || refused()) {
        const rest = queue.splice(0).length;
        const at = document.getElementById(row);
        if (at) take(at, column, false);
        if (rest) line.textContent = `Dừng ở đây vì ô này chưa ghi được; ${rest} phím bấm sau đó cũng chưa ghi. ${line.textContent}`;
        if (refused()) window.sidePanel.enter();
      }
      mark();
    }
  };
  const isFree = () => {
    if (!refused()) return true;
    line.textContent = "Hãy quyết định ở bảng bên cạnh trước, hoặc bấm Esc để đóng.";
    window.sidePanel.enter();
    return false;
  };
  const quick = (status) => {
    const anchor = link();
    if (anchor?.dataset.v === undefined) {
      line.textContent = "Hãy mở tiêu chí thành từng nội dung (bấm số tiêu chí) để đổi bằng một phím.";
      return;
    }
    if (!isFree()) return;
    const { row, column } = hand;
    const address = anchor.getAttribute("href");
    // Upon the version that was seen; after an own key on the same cell, upon what that one made.
    const again = queue.some((job) => job.row === row && job.column === column);
    const seen = anchor.dataset.v;
    const version = () => (again ? document.getElementById(row).cells[column].firstElementChild.dataset.v : seen);
    inTurn({ row, column, run: () => ask("POST", address, { quick: status, version: version() }) });
  };
  // What was changed on this page, the last at the end, by the addresses of its cells; and their versions since.
  const changes = [];
  const versions = {};
  let undoing = false;
  const keyOf = (address) => address.match(/([^/]+)\/sub-items\/([^/]+)\/$/).slice(1).join("/");
  const addressOf = (key) => rows()[0].cells[0].querySelector("a").pathname.replace(/[^/]+\/$/, `${key.replace("/", "/sub-items/")}/`);
  const undo = () => {
    const run = async () => {
      const last = changes.at(-1);
      if (!last) {
        line.textContent = "Chưa có thay đổi nào trên trang này để hoàn tác. Thay đổi khác của anh/chị trong hôm nay được hoàn tác trong bảng của ô.";
        return true;
      }
      const anchor = table.querySelector(`tbody td a[href="${last[0]}"]`);
      if (anchor) take(anchor.closest("tr"), anchor.parentElement.cellIndex);
      const cells = JSON.stringify(Object.fromEntries(last.map((address) => [keyOf(address), Number(versions[address])])));
      undoing = true;
      const came = await (last.length > 1 ? ask("POST", `${table.dataset.paste}undo/`, { cells }) : ask("POST", `${last[0]}undo/`, { version: versions[last[0]] }));
      undoing = false;
      if (came) changes.pop();
      return came;
    };
    if (isFree()) inTurn({ ...hand, run });
  };
  const forget = (addresses) => {
    const at = changes.findLastIndex((change) => change.join() === addresses.join());
    if (at >= 0) changes.splice(at, 1);
  };
  panel.addEventListener("htmx:afterSwap", ({ detail: { pathInfo, requestConfig } }) => {
    const open = panel.querySelector(".cell-panel[data-address]")?.dataset.address;
    const opened = open && !table.contains(document.activeElement) && table.querySelector(`tbody td a[href="${open}"]`);
    if (opened) take(opened.closest("tr"), opened.parentElement.cellIndex, false);
    const shown = panel.querySelector(".cell-panel:has(.saved, .unchanged)");
    const { address, version } = shown?.dataset ?? {};
    if (requestConfig.verb !== "post" || !(address || shown?.dataset.versions)) return;
    const made = address ? { [keyOf(address)]: version } : JSON.parse(shown.dataset.versions);
    const addresses = Object.keys(made).map(addressOf);
    addresses.forEach((one, at) => { versions[one] = Object.values(made)[at]; });
    // Back to the grid, where the next cell is one arrow away, unless the panel lies over it.
    if (panel.contains(document.activeElement) && link()) {
      show();
      if (cell().getBoundingClientRect().right <= panel.getBoundingClientRect().left) link().focus();
    }
    const unchanged = shown.querySelector(".unchanged");
    if (unchanged) line.textContent = unchanged.textContent;
    else if (pathInfo.requestPath.endsWith("/undo/")) undoing || forget(addresses);
    else if (!pathInfo.requestPath.endsWith("/plan/")) changes.push(addresses);
  });

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
    else if (!table.dataset.paste) {
      if (/^[dcz]$/i.test(event.key)) line.textContent = line.dataset.hint;
      return;
    }
    else if (event.repeat) return;
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
  const askAndEnter = async (...asked) => {
    const came = await ask(...asked);
    if (came) window.sidePanel.enter();
    show();
    return came;
  };
  // A unit that has ended has no panels: its cells lead to its page.
  table.addEventListener("click", (event) => {
    const anchor = event.target.closest("tbody td a");
    if (!anchor || anchor.hash || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    take(anchor.closest("tr"), anchor.closest("td").cellIndex);
    inTurn({ ...hand, run: () => askAndEnter("GET", anchor.getAttribute("href")) });
  });
  document.addEventListener("paste", (event) => {
    if (!table.dataset.paste || !table.contains(document.activeElement)) return;
    event.preventDefault();
    const values = {
      text: event.clipboardData.getData("text/plain"),
      commune: hand.row.slice(1),
      column: columns[hand.column - 1].key,
      query: location.search.slice(1),
    };
    inTurn({ ...hand, run: () => askAndEnter("POST", table.dataset.paste, values) });
  });
  // The server answers with what the page shows.
  document.body.addEventListener("htmx:configRequest", ({ detail }) => {
    detail.headers["Matrix-Columns"] = columns.map(({ key }) => key).join();
    detail.headers["Matrix-Rows"] = rows().map((row) => row.id.slice(1)).join();
  });
  // A row that came anew takes the place of the one in hand.
  document.body.addEventListener("htmx:oobAfterSwap", ({ detail }) => {
    const came = document.getElementById(detail.target.id);
    if (came?.matches("tbody tr")) lend(came);
    if (came?.matches("tfoot tr")) lendFoot();
    const row = document.getElementById(hand.row);
    if (row) take(row, hand.column, panel.hidden || !panel.contains(document.activeElement));
    mark();
  });

  document.querySelector(".skip-link[href='#grid']").addEventListener("click", (event) => {
    event.preventDefault();
    link()?.focus();
  });

  rows().forEach(lend);
  lendFoot();
  // On paper, where nothing can be pointed at.
  const short = (name) => (name.length > 52 ? `${name.slice(0, 52).replace(/[\s,;(]+\S*$/, "")}…` : name);
  const opened = columns.flatMap(({ label }, at) => (heads[at + 1].matches(".opened") ? `${label} ${short(nameOf(heads[at + 1]))}` : []));
  if (opened.length) {
    const names = document.createElement("p");
    names.className = "print-only";
    names.textContent = `${opened.join("; ")}.`;
    document.querySelector(".matrix-key").append(names);
  }
  const first = table.querySelector("tbody td a");
  if (first) take(first.closest("tr"), 1, false);
  line.textContent = line.dataset.hint;
})();

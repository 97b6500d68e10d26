// The candidates as a table: both ranks, level, cell, s, p, overlap, m, t of each head; sortable, linked with the stage both
// ways, and the reading of it for who cannot see. Only the rows in sight exist, so that a drag costs a dozen of them.

import { overlapName } from "./explain.js";
import { three, threeOfLog } from "../kit/numbers.js";
import { setMark, setWords } from "../kit/ink.js";
import { createLongTable } from "../kit/longtable.js";
import { candidateRows } from "./rows.js";
import { t, tn } from "../kit/words.js";

const COLUMNS = [
  { key: "rank", name: t("rank"), head: 0, text: (row) => (row.rank ? String(row.rank) : "–") },
  { key: "rank1", name: t("rank′"), head: 1, text: (row) => (row.rank1 ? String(row.rank1) : "–") },
  { key: "level", name: t("level"), text: (row) => row.level },
  { key: "cell", name: t("cell"), text: (row) => row.cell },
  { key: "s", name: "s", text: (row) => String(row.s) },
  { key: "p", name: "p", head: 0, text: (row) => three(row.p) },
  { key: "p1", name: "p′", head: 1, text: (row) => three(row.p1) },
  { key: "u", name: "CIoU", head: 0, text: (row) => three(row.u) },
  { key: "u1", name: "CIoU′", head: 1, text: (row) => three(row.u1) },
  { key: "m", name: "m", head: 0, text: (row) => threeOfLog(row.logM) },
  { key: "m1", name: "m′", head: 1, text: (row) => threeOfLog(row.logM1) },
  { key: "t", name: "t", head: 0, text: (row) => three(row.t) },
  { key: "t1", name: "t′", head: 1, text: (row) => three(row.t1) },
];

export function createTable(lab) {
  const scroll = lab.part("scroll");
  const table = lab.part("table");
  const note = lab.part("table-note");
  const body = table.querySelector("tbody");
  let visible = true;
  let stale = false;
  let pinned = -1;

  const heads = COLUMNS.map((column) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    if (column.head !== undefined) cell.dataset.of = String(column.head);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = column.name;
    button.addEventListener("click", () => {
      const { sort, descending } = lab.view;
      const larger = ["p", "p1", "u", "u1", "m", "m1", "t", "t1"].includes(column.key);
      lab.setView({ sort: column.key, descending: sort === column.key ? !descending : larger });
      scroll.scrollTop = 0;
    });
    cell.append(button);
    return { column, cell, button };
  });
  const long = createLongTable(scroll, table, heads.map(({ cell }) => cell), fill);

  scroll.addEventListener("keydown", (event) => {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && lab.inspected >= 0) lab.pin(lab.inspected);
    if (!way || event.target !== scroll) return;
    event.preventDefault();
    event.stopPropagation();
    const all = candidateRows(lab.engine, lab.result, lab.view).rows;
    const at = all.findIndex(({ anchor }) => anchor === lab.reading?.anchor);
    const next = Math.max(0, Math.min(all.length - 1, at + way));
    if (!all.length) return;
    lab.inspect(all[next].anchor, true);
    long.reveal(next);
  });
  body.addEventListener("pointerover", (event) => {
    const row = event.target.closest("tr[data-anchor]");
    if (row) lab.inspect(Number(row.dataset.anchor));
  });
  body.addEventListener("pointerleave", () => lab.inspect(-1));
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-anchor]");
    if (row) lab.pin(Number(row.dataset.anchor));
  });
  const watcher = new IntersectionObserver((entries) => {
    visible = entries[entries.length - 1].isIntersecting;
    if (visible && stale) fill();
  });
  watcher.observe(scroll);

  function fill() {
    stale = false;
    const { sort, descending } = lab.view;
    const { rows, total } = candidateRows(lab.engine, lab.result, { sort, descending, offset: long.first, limit: long.lines.length });
    long.fill(total, (line, index) => {
      const data = rows[index - long.first];
      COLUMNS.forEach(({ text }, c) => setWords(line.cells[c], text(data)));
      setMark(line, "data-anchor", String(data.anchor));
      setMark(line, "data-many", data.state === "candidate" ? null : stateWord(data.state));
      setMark(line, "data-one", data.state1 === "candidate" ? null : stateWord(data.state1));
    });
    const many = lab.result.selected;
    setWords(note, many ? tn("{n} anchor inside object {object}; primes: the one-to-one head", "{n} anchors inside object {object}; primes: the one-to-one head", total, { object: many.object + 1 }) : t("no object chosen"));
    mark();
  }

  function mark() {
    const anchor = lab.reading && (lab.inspected >= 0 || lab.view.pin >= 0) ? lab.reading.anchor : -1;
    for (const line of long.lines) {
      const current = !line.hidden && anchor >= 0 && line.dataset.anchor === String(anchor);
      setMark(line, "aria-current", current ? "true" : null);
    }
  }

  function write(dirty) {
    if (dirty.layout || !long.lines.length) long.layout(lab.ink.size);
    if (dirty.object) long.toTop();
    if (dirty.view || dirty.object || dirty.knobs) {
      const overlap = overlapName(lab.result.knobs);
      for (const { column, cell, button } of heads) {
        const sorted = column.key === lab.view.sort;
        setMark(cell, "aria-sort", sorted ? (lab.view.descending ? "descending" : "ascending") : null);
        if (column.key === "u" || column.key === "u1") setWords(button, column.key === "u" ? overlap : `${overlap}′`);
      }
    }
    if (dirty.knobs || dirty.object || dirty.view || dirty.layout) {
      if (visible || (dirty.object && !lab.editing)) fill();
      else stale = true;
    } else if (dirty.hover && visible) mark();
    if (lab.view.pin !== pinned) {
      pinned = lab.view.pin;
      if (pinned >= 0) reveal(pinned);
    }
  }

  /** Scroll to the row of an anchor that was pinned elsewhere. */
  function reveal(anchor) {
    const at = candidateRows(lab.engine, lab.result, lab.view).rows.findIndex((row) => row.anchor === anchor);
    if (at >= 0) long.reveal(at);
  }

  /** Fill what a drag left alone because it was out of sight. */
  function settle() {
    if (stale) fill();
  }

  return { write, settle, destroy: () => watcher.disconnect() };
}

function stateWord(state) {
  if (state === "passed over") return "passed";
  if (state.startsWith("lost")) return "lost";
  if (state.startsWith("won")) return "won";
  return state === "positive" ? "positive" : "zero";
}

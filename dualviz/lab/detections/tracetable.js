// The trace of NMS as a long table: every candidate, best first, and its fate.

import { setMark, setWords } from "../kit/ink.js";
import { createLongTable } from "../kit/longtable.js";
import { t } from "../kit/words.js";

const PLAYER_COLUMNS = ["#", t("score"), t("fate"), "IoU", t("object"), t("class"), t("anchor"), t("level")];

/** The trace as rows; only those in sight exist. */
export function createTraceTable(page, choose) {
  const scroll = page.part("trace-scroll");
  const table = page.part("trace-table");
  const body = table.querySelector("tbody");
  const heads = PLAYER_COLUMNS.map((name) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    return cell;
  });
  const long = createLongTable(scroll, table, heads, fill);
  let step = 0;
  let objects = null;
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (row) choose(Number(row.dataset.row) + 1);
  });
  scroll.addEventListener("keydown", (event) => {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!way || event.target !== scroll) return;
    event.preventDefault();
    event.stopPropagation();
    choose(step + way);
    long.reveal(step - 1 + way);
  });

  function fill() {
    const { trace, settings } = page.result;
    const { rows, kept, by, overlap, n } = trace;
    long.fill(n, (line, row) => {
      const fate = kept[row] ? "kept" : by[row] >= 0 ? "suppressed" : "dropped";
      const object = objects[row];
      const words = [
        String(row + 1),
        rows.scores[row].toFixed(3),
        fate === "kept" ? t("kept") : fate === "dropped" ? t("beyond {max}", { max: settings.max }) : t("falls to {killer}", { killer: by[row] + 1 }),
        Number.isNaN(overlap[row]) ? "" : overlap[row].toFixed(3),
        object < 0 ? "–" : String(object + 1),
        page.payload.classNames[rows.labels[row]],
        String(rows.anchors[row]),
        page.payload.cellOf(rows.anchors[row]).name,
      ];
      words.forEach((text, c) => setWords(line.cells[c], text));
      setMark(line, "data-row", String(row));
      setMark(line, "data-fate", fate);
      setMark(line, "data-later", row >= step);
      setMark(line, "data-neighbour", fate === "suppressed" && object >= 0 && objects[by[row]] !== object);
      setMark(line, "aria-selected", row === step - 1 ? "true" : null);
    });
    setWords(page.part("trace-note"), n ? t("yellow: it shows an object that its suppressor does not") : t("none above the confidence"));
  }

  function write(dirty, at, shown) {
    step = at;
    objects = shown;
    if (dirty.layout || !long.lines.length) long.layout(page.ink.size);
    fill();
  }
  return { write, reveal: long.reveal };
}

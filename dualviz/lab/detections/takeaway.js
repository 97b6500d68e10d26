// What the page hands over as files: each table as CSV, each view as a picture with title and settings inside.

import { aboutFile } from "../kit/source.js";
import { headedCSV } from "../kit/csv.js";
import { setWords } from "../kit/ink.js";
import { captioned, handOver } from "../kit/still.js";
import { DETECTION_TABLES, filtersLine } from "./tables.js";
import { t } from "../kit/words.js";

const STILL_WIDTH = 1200;
const STILL_RATIO = 2;
const TABLE_TITLES = {
  boxes: t("DualViz: every box of three outputs"),
  trace: t("DualViz: NMS, candidate by candidate"),
  curves: t("DualViz: what NMS misses and repeats at every threshold, and precision over recall"),
  pairs: t("DualViz: pairs of boxes that overlap"),
};

/** A menu that opens is closed by Escape, which gives the focus back, and when the focus goes elsewhere. */
export function closeMenu(menu) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
  });
}

/** Hand over a table or a picture of the page as a file. */
export async function takeAway(page, views, what) {
  page.part("takeaway").open = false;
  const stem = (page.payload.name || "picture").replace(/\.[a-z]+$/i, "").replace(/[^\w-]+/g, "-");
  const table = what.replace("-csv", "");
  if (table !== what) handOver(new Blob([headedCSV(DETECTION_TABLES[table](page), about(page, TABLE_TITLES[table]))], { type: "text/csv" }), `dualviz-${stem}-${table}.csv`);
  else handOver(await stillOf(page, views, what), `dualviz-${stem}-${what}.png`);
  setWords(page.part("live"), t("Saved."));
}

/** A PNG of a view, with title, settings and key inside. */
export function stillOf(page, views, what) {
  const titles = {
    panels: t("DualViz: the same picture, the same weights, three outputs"),
    curves: t("DualViz: what NMS misses and repeats at every threshold, and precision over recall"),
    steps: t("DualViz: NMS, step by step"),
    clinic: t("DualViz: the duplicate clinic"),
  };
  const captions = { panels: () => "", curves: () => "", steps: () => views.player.sentence(), clinic: () => views.clinic.sentence() };
  const marks = { panels: panelMarks, curves: () => [], steps: () => views.player.marks(), clinic: () => views.clinic.marks() };
  const view = { panels: views.panels, curves: views.curves, steps: views.player, clinic: views.clinic }[what];
  const width = what === "panels" || what === "curves" ? STILL_WIDTH : 900;
  const still = view.still(width, STILL_RATIO);
  return captioned(still, { about: about(page, titles[what]), settings: filtersLine(page), marks: marks[what](page), caption: captions[what]() }, page.ink, STILL_RATIO);
}

function about({ payload, truth, origin }, title) {
  return aboutFile(title, payload, truth, truth, origin);
}

/** What stands on the three outputs, as kit/markkey.js takes it: only what is there. */
export function panelMarks({ result, truth, ink }) {
  const [raw, nms, free] = result.paths;
  const known = truth.boxes.length > 0;
  const some = (kind, paths = result.paths) => known && paths.some(({ counts }) => counts[kind] > 0);
  const marks = [
    { mark: "box", colour: ink.many, words: known ? t("one-to-many, matched") : t("one-to-many"), seen: raw.n > 0 },
    { mark: "box", colour: ink.one, words: known ? t("one-to-one, matched") : t("one-to-one"), seen: free.n > 0 },
    { mark: "times", colour: ink.many, words: t("boxes that name the object"), seen: some("duplicate", [raw]) },
    { mark: "double", words: t("duplicate: its object is taken by a better box"), seen: some("duplicate", [nms, free]) },
    { mark: "false", colour: raw.counts.false + nms.counts.false ? ink.many : ink.one, words: t("false"), seen: some("false") },
    { mark: "truths", words: t("truth"), seen: known },
    { mark: "missed", words: t("missed object"), seen: some("missed") },
  ];
  return marks.filter(({ seen }) => seen);
}

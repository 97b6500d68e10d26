// What the page hands over as files: each table as CSV, each view as a picture with title and settings inside.

import { setWords } from "../kit/ink.js";
import { captioned, handOver } from "../kit/still.js";
import { DETECTION_TABLES, filtersLine } from "./tables.js";
import { t } from "../kit/words.js";

const STILL_WIDTH = 1200;
const STILL_RATIO = 2;

/** Hand over a table or a picture of the page as a file. */
export async function takeAway(page, views, what) {
  page.part("takeaway").open = false;
  const stem = (page.payload.name || "picture").replace(/\.[a-z]+$/i, "").replace(/[^\w-]+/g, "-");
  const table = what.replace("-csv", "");
  if (table !== what) handOver(new Blob([DETECTION_TABLES[table](page)], { type: "text/csv" }), `dualviz-${stem}-${table}.csv`);
  else handOver(await stillOf(page, views, what), `dualviz-${stem}-${what}.png`);
  setWords(page.part("live"), t("Saved."));
}

/** A PNG of a view, with title and settings inside. */
export function stillOf(page, views, what) {
  const titles = {
    panels: t("DualViz: the same picture, the same weights, three outputs"),
    curves: t("DualViz: what NMS misses and repeats at every threshold, and precision over recall"),
    steps: t("DualViz: NMS, step by step"),
    clinic: t("DualViz: the duplicate clinic"),
  };
  const details = { panels: "", curves: "", steps: ` · ${views.player.sentence()}`, clinic: what === "clinic" ? ` · ${views.clinic.sentence()}` : "" };
  const view = { panels: views.panels, curves: views.curves, steps: views.player, clinic: views.clinic }[what];
  const width = what === "panels" || what === "curves" ? STILL_WIDTH : 900;
  return captioned(view.still(width, STILL_RATIO), titles[what], filtersLine(page) + details[what], page.ink, STILL_RATIO);
}

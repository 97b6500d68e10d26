// Take it away: the stage or the plane as a picture twice as fine with its settings, scale and key inside, the candidates as CSV,
// and (asked of Python) the whole laboratory as one HTML file.

import { candidatesCSV, settingsLine } from "./rows.js";
import { planeMarks, stageMarks, stageScale } from "./takenkey.js";
import { aboutFile } from "../kit/source.js";
import { headedCSV } from "../kit/csv.js";
import { captioned, handOver } from "../kit/still.js";
import { t } from "../kit/words.js";

const TAKE_WIDTH = 900;
const TAKE_RATIO = 2;

export function createTakeaway(lab, { stage, plane }) {
  const menu = lab.part("takeaway");
  const views = {
    stage: { of: stage, title: t("DualViz: dual label assignment on the picture"), scale: stageScale, marks: stageMarks },
    plane: { of: plane, title: t("DualViz: metric plane, log p × log overlap"), scale: () => null, marks: planeMarks },
  };
  if (!lab.options.onAsk) menu.querySelector('[data-take="html"]').hidden = true;

  menu.addEventListener("click", async (event) => {
    const what = event.target.closest("[data-take]")?.dataset.take;
    if (!what) return;
    if (what === "html") {
      if (!lab.options.standalone) lab.say(t("Python is making the HTML file …"));
      lab.options.onAsk({ kind: "html", at: Date.now() });
      return;
    }
    if (what === "csv") handOver(candidates(lab), name(lab, "candidates", "csv"));
    else handOver(await picture(lab, views[what]), name(lab, what, "png"));
    lab.say(t("Saved."));
  });

  return {
    /** A PNG of a view: for the page's button and for tests. */
    picture: (what) => picture(lab, views[what]),
  };
}

function name(lab, what, ending) {
  const clean = (lab.payload.name || "picture").replace(/\.[a-z]+$/i, "").replace(/[^\w-]+/g, "-");
  return `dualviz-${clean}-${what}.${ending}`;
}

function candidates(lab) {
  const table = candidatesCSV(lab.engine, lab.result);
  return new Blob([headedCSV(table, about(lab, t("DualViz: all candidates of one object")))], { type: "text/csv" });
}

function about({ payload, history, own, origin }, title) {
  return aboutFile(title, payload, history.present, own, origin);
}

function picture(lab, { of, title, scale, marks }) {
  const said = { about: about(lab, title), settings: settingsLine(lab.engine, lab.result), scale: scale(lab), marks: marks(lab) };
  return captioned(of.still(TAKE_WIDTH, TAKE_RATIO), said, lab.ink, TAKE_RATIO);
}

// The left of a lesson: one of its views on one canvas, or the laboratory's plane or gap, or a table of evidence; with the key of its
// marks below the object.

import { createGap } from "../laboratory/gap.js";
import { createLadder } from "../laboratory/ladder.js";
import { createPlane } from "../laboratory/plane.js";
import { fitCanvas, setMark } from "../kit/ink.js";
import { t } from "../kit/words.js";
import { paintCloseup } from "./closeup.js";
import { anchorAt } from "./crop.js";
import { EVIDENCE } from "./evidence.js";
import { markRow, marksOf } from "./marks.js";
import { paintPanels, paintRepair, paintSweep, paintTwins, panelsHigh } from "./outputs.js";
import { make } from "./rich.js";
import { paintPushes } from "./pushes.js";

const PAINTERS = { picture: paintCloseup, order: paintCloseup, matching: paintCloseup, panels: paintPanels, nms: paintSweep, clinic: paintTwins, repair: paintRepair, push: paintPushes };
const NARROW = 480; // canvas pixels: the key stands below
const STAGE_NAMES = {
  picture: t("The object close up"),
  order: t("The object close up, with the order of the first head"),
  matching: t("The whole picture, and where objects want the same anchor"),
  panels: t("One picture as the three outputs"),
  nms: t("NMS beside the second head, and what NMS misses and repeats at every threshold"),
  clinic: t("Two boxes of the second head on one object"),
  repair: t("The whole picture with the second head's boxes, and what NMS behind it would lose"),
  push: t("Whose score is pushed up and whose down, by each head"),
};

/** The stage over a lesson's parts. `live` is the lesson as it stands, which the painters read. */
export function createStages(live) {
  const canvas = live.part("stage");
  const box = live.part("stage-box");
  const key = live.part("key");
  const panels = { plane: panelOf(createPlane, "plane"), gap: panelOf(createGap, "gap") };
  const ladder = createLadder(live, { holder: live.part("ladder") });
  let frame = null;
  let evidence = null;

  /** A panel of the laboratory in a holder of this stage: measured anew when the room or the look changes. */
  function panelOf(create, name) {
    const holder = live.part(`${name}-box`);
    const panel = create(live, { canvas: live.part(name), holder });
    let shown = "";
    return {
      holder,
      draw() {
        const now = [holder.clientWidth, holder.clientHeight, live.payload.id, live.ink.background, live.ink.size].join();
        const dirty = { layout: shown !== now, object: true, knobs: true, hover: true };
        shown = now;
        panel.draw(dirty);
        panel.write(dirty);
      },
    };
  }

  function draw() {
    const { view } = live;
    const painted = PAINTERS[view];
    canvas.hidden = !painted;
    for (const [name, { holder }] of Object.entries(panels)) holder.hidden = view !== name;
    live.part("ladder").hidden = view !== "order";
    live.part("evidence").hidden = view !== "evidence";
    setMark(box, "data-view", view);
    setMark(box, "data-asking", live.asking);
    frame = null;
    writeKey(); // before its room is measured
    if (view === "order") ladder.write({ knobs: true });
    if (panels[view]) panels[view].draw();
    else if (view === "evidence") drawEvidence();
    else {
      const room = live.part("canvas-box");
      live.narrow = room.clientWidth < NARROW;
      room.style.setProperty("--dvl-high-panels", live.narrow && view === "panels" ? `${panelsHigh(room.clientWidth, live)}px` : "");
      const size = { width: Math.floor(room.clientWidth), height: Math.floor(room.clientHeight) };
      const context = fitCanvas(canvas, size.width, size.height);
      if (context) frame = painted(context, size, live);
      setMark(canvas, "aria-label", `${STAGE_NAMES[view]}: ${live.lesson.title}`);
    }
  }

  function drawEvidence() {
    const holder = live.part("evidence");
    if (evidence?.of !== live.lesson.id) {
      evidence = { of: live.lesson.id, ...EVIDENCE.table() };
      holder.replaceChildren(evidence.element);
    }
    evidence.refresh(live.scene, live);
  }

  function writeKey() {
    const rows = marksOf(live);
    const text = JSON.stringify(rows);
    key.hidden = !rows.length;
    if (key.dvKey === text) return;
    key.dvKey = text;
    key.replaceChildren(...rows.map(markRow));
  }

  /** Picture pixels of an event on the canvas, or null where no one picture fills it. */
  function locate(event) {
    if (!frame) return null;
    const bounds = canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - bounds.left, event.clientY - bounds.top];
    if (px < frame.left || px > frame.left + frame.width || py < frame.top || py > frame.top + frame.height) return null;
    return { x: frame.x0 + (px - frame.left) / frame.scale, y: frame.y0 + (py - frame.top) / frame.scale, scale: frame.scale };
  }

  /** Canvas pixels of an anchor point, or null. */
  const placeOf = (anchor) => frame && anchorAt(frame, live.payload, anchor);

  /** What is drawn now, to keep: a picture, or the table. */
  function still() {
    if (live.view === "evidence") return Object.assign(live.part("evidence").cloneNode(true), { className: "dvl-still" });
    const drawn = panels[live.view] ? live.part(live.view) : canvas;
    const image = make("img", "dvl-still");
    image.src = drawn.toDataURL();
    image.alt = drawn.getAttribute("aria-label");
    return image;
  }

  return { canvas, draw, locate, placeOf, still };
}

// The duplicate clinic: two boxes that overlap in one output. Are they two anchors, or one anchor under two classes? Their
// ranks, scores and targets, and which setting would remove one of them and what else it would take along.

import { createEngine } from "../engine/engine.js";
import { three } from "../kit/numbers.js";
import { addCross, fitCanvas, keptLayer, setMark, setWords, strokeCased, writeTag } from "../kit/ink.js";
import { LIGHT_CASING, REMOVED_INK } from "../kit/palette.js";
import { defaultKnobs } from "../engine/knobs.js";
import { hasArea, pickRows } from "../engine/nms.js";
import { FALSE, FOUND, makePair, matchRows, remediesOf, tally } from "../engine/outcomes.js";
import { boxRowIoU, rowIoU } from "../engine/overlap.js";
import { PATH_NAMES, addRow, addTruthBox, frameAround, matchWords, onX, onY, paintAnchor, paintPicture, strokeDouble } from "./panels.js";
import { PATHS } from "../engine/paths.js";
import { joined, t, tn } from "../kit/words.js";

const MOST_PAIRS = 40; // listed; the rest is counted
const CLINIC_RATIO = 0.72;

export function createClinic(out) {
  const canvas = out.part("clinic");
  const box = out.part("clinic-box");
  const holder = out.part("clinic-case");
  let context = null;
  let size = null;
  let engine = null;
  let engineOf = null;
  let chosen = null; // {pair, path, remedies} of the present settings, or null
  let shownRemedy = -1;
  let heldRemedy = -1;
  let listKey = "";
  let caseKey = "";

  const segment = new Map(
    PATHS.map(({ key }) => {
      const label = document.createElement("label");
      const input = document.createElement("input");
      Object.assign(input, { type: "radio", name: "dvd-clinic-of", value: key });
      input.addEventListener("change", () => out.look({ of: key, pair: null }));
      const face = document.createElement("span");
      face.textContent = PATH_NAMES[key];
      label.append(input, face);
      out.part("clinic-of").append(label);
      return [key, input];
    }),
  );

  const pathOf = () => out.result.paths.find(({ key }) => key === out.view.of);

  function diagnose() {
    const path = pathOf();
    const rows = out.pickedRows(path);
    chosen = null;
    if (rows.length !== 2) return;
    const [i, j] = rows[0] < rows[1] ? rows : [rows[1], rows[0]];
    const overlap = hasArea(path.rows.boxes, i) && hasArea(path.rows.boxes, j) ? rowIoU(path.rows.boxes, i, j) : 0;
    const pair = makePair(path.rows, i, j, overlap);
    chosen = { path, pair, remedies: remediesOf(path.rows, path.n, pair) };
  }

  function measure() {
    const width = Math.floor(box.clientWidth);
    if (width < 40) return;
    size = { width, height: Math.round(Math.min(460, CLINIC_RATIO * width)) };
    context = fitCanvas(canvas, size.width, size.height);
    box.style.minHeight = `${size.height}px`;
  }

  function draw(dirty) {
    if (dirty.settings || dirty.truth || dirty.view) diagnose();
    holder.hidden = !chosen;
    if (!chosen) return;
    if (dirty.layout || !context || box.clientWidth !== size?.width) measure();
    if (context) paintCase(context, size, out, chosen, shownRemedy);
  }

  function write(dirty) {
    if (!(dirty.settings || dirty.truth || dirty.view)) return;
    const path = pathOf();
    for (const [key, input] of segment) if (input.checked !== (key === out.view.of)) input.checked = key === out.view.of;
    const pairs = out.pairsOf(out.result.paths.indexOf(path));
    const words = pairs.length
      ? pairs.length > MOST_PAIRS
        ? tn("{n} pair with IoU above 0.5, the first {listed} listed", "{n} pairs with IoU above 0.5, the first {listed} listed", pairs.length, { listed: MOST_PAIRS })
        : tn("{n} pair with IoU above 0.5", "{n} pairs with IoU above 0.5", pairs.length)
      : path.n === 1
        ? t("one box at this confidence: nothing can be twice")
        : path.n === 0
          ? t("no box at this confidence: nothing can be twice")
          : t("no two boxes overlap by more than half: nothing to explain. Lower the confidence, or look at another output");
    setWords(out.part("clinic-count"), words);
    writeList(path, pairs);
    writeCase();
  }

  function writeList(path, pairs) {
    const listed = pairs.slice(0, MOST_PAIRS);
    const key = [path.key, out.view.pair?.join("-"), ...listed.map(({ rows }) => rows.map((row) => `${path.rows.anchors[row]}.${path.rows.labels[row]}`).join("-"))].join("|");
    if (key === listKey) return;
    listKey = key;
    out.part("clinic-pairs").replaceChildren(
      ...listed.map((pair) => {
        const chip = document.createElement("button");
        chip.type = "button";
        chip.className = "dv-chip";
        const [i, j] = pair.rows;
        const name = (row) => `${out.payload.classNames[path.rows.labels[row]]} ${path.rows.scores[row].toFixed(2)}`;
        chip.textContent = `${name(i)} · ${name(j)} · IoU ${pair.overlap.toFixed(2)} · ${pair.kind === "two classes" ? t("two classes") : t("two anchors")}`;
        const code = pairCode(path.rows, i, j);
        chip.setAttribute("aria-pressed", String(sameCode(code, out.view.pair)));
        chip.addEventListener("click", () => out.look({ pair: sameCode(code, out.view.pair) ? null : code }));
        return chip;
      }),
    );
  }

  function writeCase() {
    const half = out.view.pair === null && out.half;
    const gone = out.view.pair && !chosen;
    setWords(
      out.part("clinic-lead"),
      gone
        ? t("The pair you looked at is no longer in this output: a setting has removed at least one of the two.")
        : half
          ? t("One box is chosen. Click a second one of the same output, or the same one again to let go.")
          : t("If it is NMS-free, why do I see two boxes? Click two overlapping boxes of an output above, or choose a pair that it finds."),
    );
    if (!chosen) {
      caseKey = "";
      return;
    }
    const { path, pair, remedies } = chosen;
    const key = JSON.stringify([path.key, pair, path.n, out.truthRevision, remedies.map(({ value, removes }) => [value, removes.length])]);
    if (key === caseKey) return;
    caseKey = key;
    shownRemedy = -1;
    heldRemedy = -1;
    const facts = factsOf(path, pair);
    setWords(out.part("clinic-kind"), pair.kind === "two classes" ? t("One anchor under two classes") : t("Two anchors"));
    setWords(out.part("clinic-why"), whySentence(out, path, pair, facts));
    writeFacts(facts);
    writeRemedies(path, pair, remedies);
  }

  /** Rank and target of both boxes' anchors for the object they lie on, from the laboratory's engine. */
  function factsOf(path, { rows: [i, j], overlap }) {
    if (engineOf !== out.payload) {
      engine = createEngine(out.payload);
      engineOf = out.payload;
    }
    engine.setTruth(out.truth);
    const object = nearestObject(out.truth, path.rows.boxes, i);
    const result = engine.compute(out.knobs ?? defaultKnobs(), object);
    const both = [i, j].map((row) => {
      const anchor = path.rows.anchors[row];
      const { name, column, row: line } = out.payload.cellOf(anchor);
      const reading = object >= 0 && result.selected ? engine.reading(anchor) : null;
      const told = reading?.heads[path.head];
      return {
        row,
        label: out.payload.classNames[path.rows.labels[row]],
        score: path.rows.scores[row],
        anchor,
        place: `${name} (${column}, ${line})`,
        fate: fateWords(out, path, row),
        rank: told?.rank ? t("{rank} of {count}", { rank: told.rank, count: told.count }) : object < 0 ? "—" : t("no candidate: its anchor lies outside, or its metric is 0"),
        target: told ? told.tFinal : NaN,
      };
    });
    return { both, object, overlap };
  }

  function writeFacts({ both, object, overlap }) {
    const lines = [
      [t("place in the output"), ({ row }) => `${row + 1}`],
      [t("class"), ({ label }) => label],
      [t("score"), ({ score }) => score.toFixed(3)],
      [t("anchor"), ({ anchor }) => String(anchor)],
      [t("level and cell"), ({ place }) => place],
      [t("against truth"), ({ fate }) => fate],
      [object < 0 ? t("rank by the metric") : t("rank by the metric of object {object}", { object: object + 1 }), ({ rank }) => rank],
      [t("soft target t"), ({ target }) => (Number.isNaN(target) ? "—" : three(target))],
    ];
    const head = document.createElement("thead");
    head.append(row("th", ["", t("stronger (solid)"), t("weaker (double), IoU {overlap}", { overlap: overlap.toFixed(3) })]));
    const body = document.createElement("tbody");
    body.append(...lines.map(([name, read]) => row("td", [name, ...both.map(read)])));
    out.part("clinic-facts").replaceChildren(head, body);
  }

  function writeRemedies(path, pair, remedies) {
    out.part("clinic-remedies").replaceChildren(
      ...remedies.map((remedy, index) => {
        const item = document.createElement("li");
        const words = document.createElement("span");
        words.textContent = remedyName(remedy, path);
        const cost = document.createElement("span");
        cost.className = "dv-quiet";
        cost.textContent = costSentence(out, path, pair, remedy);
        const button = document.createElement("button");
        button.type = "button";
        button.className = "dv-chip";
        const apply = applicable(path, remedy);
        button.textContent = apply ? t("Set it") : t("Show");
        button.title = apply ? t("Turn the slider to this value") : t("Show on the picture what it would remove");
        if (!apply) button.setAttribute("aria-pressed", "false");
        button.addEventListener("click", () => {
          if (apply) {
            out.set(apply);
            return;
          }
          heldRemedy = heldRemedy === index ? -1 : index;
          showRemedy(heldRemedy);
        });
        item.addEventListener("pointerenter", () => showRemedy(index));
        item.addEventListener("pointerleave", () => showRemedy(heldRemedy));
        item.append(words, button, cost);
        return item;
      }),
    );
  }

  /** Cross out on the picture what a setting would remove; −1: the pair close up again. */
  function showRemedy(index) {
    shownRemedy = index;
    [...out.part("clinic-remedies").children].forEach((each, at) => {
      setMark(each, "data-on", at === shownRemedy);
      const button = each.querySelector("button[aria-pressed]");
      if (button) setMark(button, "aria-pressed", String(at === heldRemedy));
    });
    out.repaint();
  }

  return {
    draw,
    write,
    get chosen() {
      return chosen;
    },
    still(width, ratio) {
      const height = Math.round(0.62 * width);
      if (!chosen) diagnose();
      return keptLayer(width, height, ratio, (own) => {
        if (chosen) paintCase(own, { width, height }, out, chosen, shownRemedy);
        else {
          own.fillStyle = out.ink.text;
          own.font = `16px ${out.ink.font}`;
          own.fillText(t("No pair is chosen."), 20, 40);
        }
      });
    },
    sentence: () => (chosen ? whySentence(out, chosen.path, chosen.pair, factsOf(chosen.path, chosen.pair)) : t("No pair is chosen.")),
  };
}

export function pairCode(rows, i, j) {
  return [rows.anchors[i], rows.labels[i], rows.anchors[j], rows.labels[j]];
}

function sameCode(a, b) {
  return Boolean(b) && a.every((value, i) => value === b[i]);
}

function row(tag, words) {
  const line = document.createElement("tr");
  words.forEach((text, i) => {
    const cell = document.createElement(i ? tag : "th");
    cell.textContent = text;
    line.append(cell);
  });
  return line;
}

function nearestObject(truth, boxes, i) {
  let [best, most] = [-1, 0];
  truth.boxes.forEach((box, g) => {
    const u = boxRowIoU(box, boxes, i);
    if (u > most) [best, most] = [g, u];
  });
  return best;
}

function fateWords(out, { match }, row) {
  if (!out.truth.boxes.length) return t("no truth");
  if (match.outcome[row] === FALSE) return t("false");
  return matchWords(match, row);
}

/** Why there are two boxes, as a teacher would say it. */
export function whySentence(out, path, { kind, overlap, rows: [i, j] }, { both, object }) {
  const free = path.key === "free";
  if (kind === "two classes") {
    // Not after NMS, which takes each anchor's best class.
    const how = t("One anchor, one box, two classes ({first} and {second}). The selection cuts anchor–class pairs by score, so an anchor whose two classes both score well is reported twice.", { first: both[0].label, second: both[1].label });
    return free ? joined(how, t("No training target was broken: it is unsure which class this is.")) : how;
  }
  const different = path.match.truth[i] >= 0 && path.match.truth[j] >= 0 && path.match.truth[i] !== path.match.truth[j];
  if (different) return t("Two anchors, and two things: the boxes match different objects ({first} and {second}). This is no duplicate; a filter that removes one loses a true neighbour.", { first: path.match.truth[i] + 1, second: path.match.truth[j] + 1 });
  const answer = object >= 0 ? t("Two anchors answer on object {object}.", { object: object + 1 }) : t("Two anchors answer.");
  if (free) {
    const shown = t("Nothing compares boxes on this way out, so both are shown.");
    if (Number.isNaN(both[1].target)) return joined(answer, shown);
    const target = both[1].target > 0
      ? t("Both anchors have a positive target here.")
      : t("Training aims at one anchor only: with this truth the weaker one’s target is 0, yet its score stayed at {score}.", { score: both[1].score.toFixed(2) });
    return joined(joined(answer, target), shown);
  }
  if (path.key === "nms") {
    const { iou } = out.result.settings;
    const reason = overlap > iou
      ? t("NMS leaves both because their classes differ ({first} and {second}) and it compares boxes of one class only.", { first: both[0].label, second: both[1].label })
      : t("NMS leaves both because their IoU {overlap} is not above {iou}.", { overlap: overlap.toFixed(3), iou: iou.toFixed(2) });
    return joined(answer, reason);
  }
  return joined(answer, t("The one-to-many head teaches many anchors an object: this is what NMS is for."));
}

function remedyName({ setting, value }, path) {
  if (setting === "confidence") return t("Confidence {value} or higher", { value: upTo(value).toFixed(2) });
  if (setting === "best class only") return t("Each anchor’s best class only");
  const fields = { value: value.toFixed(2) };
  if (setting === "NMS") return path.key === "nms" ? t("NMS at IoU {value} or lower", fields) : t("NMS, if it ran here, at IoU {value} or lower", fields);
  return path.key === "nms" ? t("class-agnostic NMS at IoU {value} or lower", fields) : t("class-agnostic NMS, if it ran here, at IoU {value} or lower", fields);
}

/** The next hundredth that a score does not exceed: what the slider must say to drop it. */
export function upTo(score) {
  const step = Math.ceil(score * 100 - 1e-6) / 100;
  return score > Math.fround(step) ? step + 0.01 : step;
}

/** What the sliders of this page must say for it, or null where this output has no such slider. */
function applicable(path, { setting, value }) {
  if (setting === "confidence") return upTo(value) <= 0.99 ? { conf: upTo(value) } : null;
  if (path.key !== "nms") return null;
  if (setting === "NMS") return { iou: value };
  return setting === "class-agnostic NMS" ? { agnostic: true, iou: Math.min(value, 1) } : null;
}

/** What else a setting would remove, and how many objects would then be missed that are not now. */
function costSentence(out, { rows, n, match }, { rows: pair }, { removes }) {
  const others = removes.filter((each) => !pair.includes(each));
  if (!others.length) return t("It would remove nothing else.");
  const boxes = tn("It would also remove {n} other box.", "It would also remove {n} other boxes.", others.length);
  if (!out.truth.boxes.length) return boxes;
  const gone = new Set(removes);
  const left = pickRows(rows, Array.from({ length: n }, (_, each) => each).filter((each) => !gone.has(each)));
  const lost = tally(matchRows(left, out.truth), left.n).missed - tally(match, n).missed;
  return joined(boxes, lost > 0 ? tn("{n} more true object would be missed.", "{n} more true objects would be missed.", lost) : t("No true object would be missed for it."));
}

/** The pair close up: stronger solid, weaker double; what the shown remedy would remove is crossed out. */
function paintCase(context, { width, height }, out, { path, pair, remedies }, shownRemedy) {
  const { rows, n, head } = path;
  const [i, j] = pair.rows;
  const boxes = [i, j].map((each) => rows.boxes.subarray(4 * each, 4 * each + 4));
  const remedy = remedies[shownRemedy];
  const frame = remedy ? frameAround(width, height, out.payload.picture, [[0, 0, out.payload.picture.width, out.payload.picture.height]]) : frameAround(width, height, out.payload.picture, boxes);
  if (remedy) {
    const { width: w, height: h } = out.payload.picture;
    frame.scale = Math.min(width / w, height / h);
    frame.x0 = (w - width / frame.scale) / 2;
    frame.y0 = (h - height / frame.scale) / 2;
  }
  context.save();
  context.beginPath();
  context.rect(0, 0, width, height);
  context.clip();
  paintPicture(context, frame, out);
  const truth = new Path2D();
  out.truth.boxes.forEach((each) => addTruthBox(truth, frame, each));
  strokeCased(context, truth, LIGHT_CASING, 1.2, [6, 4], 0.6);
  const colour = head ? out.ink.one : out.ink.many;
  const others = new Path2D();
  for (let each = 0; each < n; each += 1) if (each !== i && each !== j) addRow(others, frame, rows.boxes, each);
  strokeCased(context, others, colour, 1, null, 0.2);
  const [stronger, weaker] = [new Path2D(), new Path2D()];
  addRow(stronger, frame, rows.boxes, i);
  addRow(weaker, frame, rows.boxes, j);
  strokeCased(context, stronger, colour, head ? 3.4 : 2.6);
  strokeDouble(context, weaker);
  if (remedy) {
    const gone = new Path2D();
    const crosses = new Path2D();
    for (const each of remedy.removes) {
      if (each !== j) addRow(gone, frame, rows.boxes, each);
      addCross(crosses, onX(frame, (rows.boxes[4 * each] + rows.boxes[4 * each + 2]) / 2), onY(frame, (rows.boxes[4 * each + 1] + rows.boxes[4 * each + 3]) / 2), 7);
    }
    strokeCased(context, gone, out.ink.lost, 1.6, [2, 3], 0.6);
    strokeCased(context, crosses, REMOVED_INK, 2.4);
  } else {
    for (const each of [j, i]) paintAnchor(context, frame, out, rows.anchors[each], head, each === i ? 6 : 5);
    const size = Math.max(11, out.ink.size * 0.8);
    [i, j].forEach((each, k) => {
      const words = `${k ? t("weaker") : t("stronger")}: ${out.payload.classNames[rows.labels[each]]} ${rows.scores[each].toFixed(2)}`;
      const [x, y] = [onX(frame, rows.boxes[4 * each]), k ? onY(frame, rows.boxes[4 * each + 3]) + size : onY(frame, rows.boxes[4 * each + 1]) - size];
      writeTag(context, words, Math.max(2, Math.min(x, width - 12 * size)), Math.max(size, Math.min(height - size, y)), { size, font: out.ink.font, weight: 600, plate: LIGHT_CASING });
    });
  }
  context.restore();
}

// The duplicate clinic: two boxes that overlap in one output. Are they two anchors, or one anchor under two classes? Their
// ranks, scores and targets, and which setting would remove one of them and what else it would take along.

import { createEngine } from "../engine/engine.js";
import { three } from "../kit/numbers.js";
import { fitCanvas, keptLayer, setMark, setWords } from "../kit/ink.js";
import { defaultKnobs } from "../engine/knobs.js";
import { hasArea } from "../engine/nms.js";
import { DUPLICATE, makePair } from "../engine/outcomes.js";
import { rowIoU } from "../engine/overlap.js";
import { PATH_NAMES } from "./outputs.js";
import { applicable, costSentence, fateWords, nearestObject, paintCase, pairCode, pairMarks, remedyName, sameCode, settable, whySentence } from "./pair.js";
import { PATHS } from "../engine/paths.js";
import { t, tn } from "../kit/words.js";

const MOST_PAIRS = 40; // listed; the rest is counted
const CLINIC_RATIO = 0.72;


function kindWords({ match }, { kind, rows: [i, j] }) {
  if (kind === "two classes") return t("Why twice? One anchor under two classes");
  const different = match.truth[i] >= 0 && match.truth[j] >= 0 && match.truth[i] !== match.truth[j];
  return different ? t("Two boxes, two objects") : t("Why twice? Two anchors");
}

export function createClinic(page) {
  const canvas = page.part("clinic");
  const box = page.part("clinic-box");
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
      input.addEventListener("change", () => page.look({ of: key, pair: null }));
      const face = document.createElement("span");
      face.textContent = PATH_NAMES[key];
      label.append(input, face);
      page.part("clinic-of").append(label);
      return [key, input];
    }),
  );

  const pathOf = () => page.result.paths.find(({ key }) => key === page.view.of);

  function diagnose() {
    const path = pathOf();
    const picked = page.pickedRows(path);
    const rows = picked.length === 2 ? picked : firstPair(path);
    chosen = null;
    if (!rows) return;
    const [i, j] = rows[0] < rows[1] ? rows : [rows[1], rows[0]];
    const overlap = hasArea(path.rows.boxes, i) && hasArea(path.rows.boxes, j) ? rowIoU(path.rows.boxes, i, j) : 0;
    const pair = makePair(path.rows, i, j, overlap);
    chosen = { path, pair, remedies: settable(path, pair) };
  }

  /** Where nobody has chosen: the first pair of which one is a duplicate, else the first pair. */
  function firstPair(path) {
    if (page.half || page.view.pair) return null;
    const pairs = page.pairsOf(page.result.paths.indexOf(path));
    const known = page.truth.boxes.length > 0;
    return (pairs.find(({ rows: [, weaker] }) => known && path.match.outcome[weaker] === DUPLICATE) ?? pairs[0])?.rows ?? null;
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
    box.hidden = !chosen;
    if (!chosen) return;
    if (dirty.layout || !context || box.clientWidth !== size?.width) measure();
    if (context) paintCase(context, size, page, chosen, shownRemedy);
  }

  function write(dirty) {
    if (!(dirty.settings || dirty.truth || dirty.view)) return;
    const path = pathOf();
    for (const [key, input] of segment) if (input.checked !== (key === page.view.of)) input.checked = key === page.view.of;
    const pairs = page.pairsOf(page.result.paths.indexOf(path));
    writeList(path, pairs);
    writeCase(path, pairs);
  }

  function writeList(path, pairs) {
    const listed = pairs.slice(0, MOST_PAIRS);
    const now = chosen ? pairCode(path.rows, ...chosen.pair.rows) : null;
    const key = [path.key, now?.join("-"), ...listed.map(({ rows }) => rows.map((row) => `${path.rows.anchors[row]}.${path.rows.labels[row]}`).join("-"))].join("|");
    if (key === listKey) return;
    listKey = key;
    page.part("clinic-pairs").hidden = pairs.length < 2;
    page.part("clinic-pairs").replaceChildren(
      ...listed.map((pair) => {
        const chip = document.createElement("button");
        chip.type = "button";
        chip.className = "dv-chip";
        const [i, j] = pair.rows;
        const name = (row) => `${page.payload.classNames[path.rows.labels[row]]} ${path.rows.scores[row].toFixed(2)}`;
        chip.textContent = `${name(i)} · ${name(j)} · IoU ${pair.overlap.toFixed(2)} · ${pair.kind === "two classes" ? t("two classes") : t("two anchors")}`;
        const code = pairCode(path.rows, i, j);
        chip.setAttribute("aria-pressed", String(sameCode(code, now)));
        chip.addEventListener("click", () => page.look({ pair: sameCode(code, page.view.pair) ? null : code }));
        return chip;
      }),
    );
  }

  function leadWords(path, pairs) {
    if (page.view.pair && !chosen) return t("The pair you looked at is no longer in this output: a setting has removed at least one of the two.");
    if (page.half) return t("One box is chosen. Click a second one of the same output, or the same one again to let go.");
    if (!pairs.length) return "";
    if (pairs.length === 1) return t("The only pair of this output that overlaps by more than half. Click two boxes of a picture to ask about others.");
    return pairs.length > MOST_PAIRS
      ? tn("{n} pair of this output overlaps by more than half, {listed} are listed. Choose one, or click two boxes of a picture.", "{n} pairs of this output overlap by more than half, {listed} are listed. Choose one, or click two boxes of a picture.", pairs.length, { listed: MOST_PAIRS })
      : tn("{n} pair of this output overlaps by more than half. Choose one, or click two boxes of a picture.", "{n} pairs of this output overlap by more than half. Choose one, or click two boxes of a picture.", pairs.length);
  }

  function writeEmpty(path) {
    caseKey = "";
    setWords(page.part("clinic-kind"), t("Nothing is twice here"));
    const words = path.n > 1
      ? t("No two boxes of this output overlap by more than half: there is nothing to explain. Lower the confidence, look at another output, or at a crowd.")
      : t("With fewer than two boxes at this confidence nothing can be twice. Lower the confidence, or look at another output.");
    setWords(page.part("clinic-why"), page.view.pair || page.half ? "" : words);
    if (page.view.pair || page.half) setWords(page.part("clinic-kind"), t("Choose a pair"));
    page.part("clinic-remedies").replaceChildren();
    page.part("clinic-facts").replaceChildren();
  }

  function writeCase(path, pairs) {
    setWords(page.part("clinic-lead"), leadWords(path, pairs));
    page.part("clinic-crowd").hidden = Boolean(chosen) || !page.cases || page.cases.now === "crowd";
    if (!chosen) return writeEmpty(path);
    return writeChosen();
  }

  function writeChosen() {
    const { path, pair, remedies } = chosen;
    const key = JSON.stringify([path.key, pair, path.n, page.truthRevision, remedies.map(({ value, removes }) => [value, removes.length])]);
    if (key === caseKey) return;
    caseKey = key;
    shownRemedy = -1;
    heldRemedy = -1;
    const facts = factsOf(path, pair);
    setWords(page.part("clinic-kind"), kindWords(path, pair));
    setWords(page.part("clinic-why"), whySentence(page, path, pair, facts));
    writeFacts(facts);
    writeRemedies(path, pair, remedies);
  }

  /** Rank and target of both boxes' anchors for the object they lie on, from the laboratory's engine. */
  function factsOf(path, { rows: [i, j], overlap }) {
    if (engineOf !== page.payload) {
      engine = createEngine(page.payload);
      engineOf = page.payload;
    }
    engine.setTruth(page.truth);
    const object = nearestObject(page.truth, path.rows.boxes, i);
    const result = engine.compute(page.knobs ?? defaultKnobs(), object);
    const both = [i, j].map((row) => {
      const anchor = path.rows.anchors[row];
      const { name, column, row: line } = page.payload.cellOf(anchor);
      const reading = object >= 0 && result.selected ? engine.reading(anchor) : null;
      const ranked = reading?.heads[path.head];
      return {
        row,
        label: page.payload.classNames[path.rows.labels[row]],
        score: path.rows.scores[row],
        anchor,
        place: `${name} (${column}, ${line})`,
        fate: fateWords(page, path, row),
        rank: ranked?.rank ? t("{rank} of {count}", { rank: ranked.rank, count: ranked.count }) : object < 0 ? "—" : t("no candidate: its anchor lies outside, or its metric is 0"),
        target: ranked ? ranked.tFinal : NaN,
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
    page.part("clinic-facts").replaceChildren(head, body);
  }

  function writeRemedies(path, pair, remedies) {
    page.part("clinic-remedies").replaceChildren(
      ...remedies.map((remedy, index) => {
        const item = document.createElement("li");
        const words = document.createElement("span");
        words.textContent = remedyName(remedy, path);
        const cost = document.createElement("span");
        cost.className = "dv-quiet";
        cost.textContent = costSentence(page, path, pair, remedy);
        const button = document.createElement("button");
        button.type = "button";
        button.className = "dv-button";
        const apply = applicable(path, remedy);
        button.textContent = apply ? t("Set it") : t("Show");
        button.title = apply ? t("Turn the slider to this value") : t("Show on the picture what it would remove");
        if (!apply) button.setAttribute("aria-pressed", "false");
        button.addEventListener("click", () => {
          if (apply) {
            page.set(apply);
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
    [...page.part("clinic-remedies").children].forEach((each, at) => {
      setMark(each, "data-on", at === shownRemedy);
      const button = each.querySelector("button[aria-pressed]");
      if (button) setMark(button, "aria-pressed", String(at === heldRemedy));
    });
    page.repaint();
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
        if (chosen) paintCase(own, { width, height }, page, chosen, shownRemedy);
        else {
          own.fillStyle = page.ink.text;
          own.font = `16px ${page.ink.font}`;
          own.fillText(t("No pair is chosen."), 20, 40);
        }
      });
    },
    marks: () => (chosen ? pairMarks(page, chosen, shownRemedy) : []),
    sentence: () => (chosen ? whySentence(page, chosen.path, chosen.pair, factsOf(chosen.path, chosen.pair)) : t("No pair is chosen.")),
  };
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


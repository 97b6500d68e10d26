// A lesson as a path of pages: which knobs stand at a step, what lets one go on, whether a guess was right, and how all of
// it travels in a link. Pure: nothing here draws or remembers.

import { FILTERS, RANGES, cleanKnobs, cleanTable, defaultKnobs } from "../engine/knobs.js";
import { t } from "../kit/words.js";

const ASKS = ["ask", "why"];
const PAGE_NAMES = { ask: t("Predict"), act: t("Try"), tell: t("Compare"), why: t("Why"), formula: t("Rule"), check: t("Check") };
const NEAR = 1e-9;

/** Pages of a lesson: one step each, but a reveal and the why behind it share one. {steps: indices, name}. */
export function pagesOf({ steps }) {
  const pages = [];
  steps.forEach((step, index) => {
    const last = pages[pages.length - 1];
    if (step.kind === "why" && last && steps[last.steps[0]].kind === "tell") last.steps.push(index);
    else pages.push({ steps: [index], name: pageName(steps, index) });
  });
  return pages;
}

function pageName(steps, index) {
  const { kind, id } = steps[index];
  const told = steps.slice(0, index).some((step) => step.kind === "tell");
  const revealed = steps.some((step) => step.kind === "tell" && step.of === id);
  return PAGE_NAMES[kind === "ask" && told && !revealed ? "check" : kind] ?? kind;
}

/** A fresh way through a lesson: at `step`, with guesses by step id, and which acts are done. */
export function startAt(lesson, step = 0, guesses = {}) {
  const at = Math.max(0, Math.min(lesson.steps.length - 1, step));
  const acted = Object.fromEntries(lesson.steps.slice(0, at).filter(({ kind }) => kind === "act").map(({ id }) => [id, true]));
  return { step: at, guesses: { ...guesses }, acted };
}

/** What a step shows by a name: its own, or its lesson's. */
export function ofStep(lesson, step, name) {
  return step[name] ?? lesson[name];
}

/** The page that a way stands on. */
export function pageAt(lesson, { step }) {
  return pagesOf(lesson).findIndex(({ steps }) => steps.includes(step));
}

/** What a page still waits for: "guess", "act", or "" when one may go on. */
export function waitsFor(lesson, way, page = pageAt(lesson, way)) {
  for (const index of pagesOf(lesson)[page].steps) {
    const step = lesson.steps[index];
    if (ASKS.includes(step.kind) && way.guesses[step.id] === undefined) return "guess";
    if (step.kind === "act" && !way.acted[step.id]) return "act";
  }
  return "";
}

/** The way one page on or back; the same way where it waits or ends. Guesses stay. */
export function walked(lesson, way, by) {
  const pages = pagesOf(lesson);
  const page = pageAt(lesson, way);
  const next = pages[page + by];
  if (!next || (by > 0 && waitsFor(lesson, way, page))) return way;
  return { ...way, step: next.steps[0] };
}

/** The way with a guess; the first guess stands. */
export function guessed(lesson, way, id, guess) {
  return way.guesses[id] === undefined ? { ...way, guesses: { ...way.guesses, [id]: guess } } : way;
}

/** Knobs and filters that stand at a step: the lesson's, then what each step up to it sets, then what was done by hand. */
export function settingAt(lesson, { step, acted }) {
  const given = { ...lesson.knobs };
  lesson.steps.slice(0, step + 1).forEach((one) => {
    Object.assign(given, one.knobs);
    if (one.kind === "act" && acted[one.id]) Object.assign(given, actKnobs(one.act));
  });
  return splitSetting(given);
}

/** One dict of names from both tables as {knobs, filters}; what is not named is at its default. */
export function splitSetting(given = {}) {
  return { knobs: cleanKnobs({ ...defaultKnobs(), ...given }), filters: cleanTable(FILTERS, given) };
}

/** What an act sets: {} for one that only points or reveals. */
export function actKnobs(act) {
  if (act.type === "knob") return { [act.knob]: act.to };
  return act.type === "knobs" ? act.to : {};
}

/** Whether the hand has done an act: a knob has come as far as it was asked to, both anchors were pointed at. */
export function isDone(act, { now, start, pointed = [], anchors = [] }) {
  if (act.type === "point") return anchors.every((anchor) => pointed.includes(anchor));
  if (act.type === "reveal") return false;
  return Object.entries(actKnobs(act)).every(([name, to]) => {
    if (typeof to !== "number") return now[name] === to;
    return start[name] <= to ? now[name] >= to - NEAR : now[name] <= to + NEAR;
  });
}

/** Whether a guess is right, by the facts of its step. */
export function isRight(step, guess, value) {
  const { type, right, right_key: fixed, within = 0 } = step.answer;
  if (type === "choice") return guess === (fixed ?? value(right));
  if (type === "number") return Math.abs(guess - value(right)) <= within + NEAR;
  return type === "point" ? guess === value(right) : null; // written words are judged by who wrote them
}

/** Which of a reveal's `said` sentences speaks to a guess: its key; right, low, high; right, wrong. */
export function saidKey(step, guess, value) {
  if (step.answer.type === "choice") return guess;
  if (isRight(step, guess, value)) return "right";
  return step.answer.type === "point" ? "wrong" : guess < value(step.answer.right) ? "low" : "high";
}

/** {right, asked, of}: right guesses among those given, and how many a lesson asks that can be judged. */
export function scoreOf(lesson, { guesses }, valueAt) {
  const judged = lesson.steps.filter(({ kind, answer }) => ASKS.includes(kind) && answer.type !== "write");
  const given = judged.filter(({ id }) => guesses[id] !== undefined);
  return { right: given.filter((step) => isRight(step, guesses[step.id], valueAt(step))).length, asked: given.length, of: judged.length };
}

/** A sentence of the payload, plain or counting ({one, many, n: a fact}), before its facts are filled in. */
export function sentenceOf(given, value) {
  if (given === undefined || given === null) return "";
  if (typeof given === "string") return given;
  const n = value(given.n);
  return (n === 1 ? given.one : given.many).replaceAll("{n}", String(n));
}

/** Way → link parameters: lesson, step (from 1), guesses in the order of the questions, "~" between them. */
export function encodeWay(lesson, { step, guesses }) {
  const asked = lesson.steps.filter(({ kind, answer }) => ASKS.includes(kind) && answer.type !== "write");
  const guess = asked.map(({ id }) => guesses[id] ?? "").join("~").replace(/~+$/, "");
  return { lesson: String(lesson.id), step: String(step + 1), ...(guess && { guess }) };
}

/** Link parameters → way through this lesson; what is missing or broken is left out. */
export function decodeWay(lesson, link) {
  const asked = lesson.steps.filter(({ kind, answer }) => ASKS.includes(kind) && answer.type !== "write");
  const guesses = {};
  (link.guess ?? "").split("~").forEach((text, i) => {
    const guess = asked[i] && cleanGuess(asked[i], text);
    if (guess !== undefined && guess !== null) guesses[asked[i].id] = guess;
  });
  const step = /^\d{1,3}$/.test(link.step ?? "") ? Number(link.step) - 1 : 0;
  return startAt(lesson, step, guesses);
}

function cleanGuess({ answer }, text) {
  if (text === "") return null;
  if (answer.type === "choice") return answer.options.some(({ key }) => key === text) ? text : null;
  const number = Number(text);
  if (!Number.isFinite(number)) return null;
  return answer.type === "point" && (!Number.isInteger(number) || number < 0) ? null : number;
}

/** What a knob may be in a step's row: its range, or its choices. */
export function controlOf(name) {
  if (RANGES[name]) return { kind: "range", ...RANGES[name] };
  if (FILTERS[name] && !FILTERS[name].choices) return { kind: "range", reach: FILTERS[name].max, key: 0.05, ...FILTERS[name] };
  return { kind: "switch" };
}

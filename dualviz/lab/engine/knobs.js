// The state that travels: knobs, chosen object, view and drawn truth. Names, ranges, defaults and letters of the link stand
// in knobs.json, which Python reads too (dualviz/lab/knobs.py); the state's shape is that of dualviz/lab/state.py.

import TABLES from "./knobs.json" with { type: "json" };
import { rulesOf } from "./rules.js";

export const HEADS = ["one2many", "one2one"];

const { laboratory: KNOBS, view: VIEWS } = TABLES;
export const FILTERS = TABLES.detections;

/** A value that can be used, from whatever came: the nearest on a step in the range, or one of the choices. */
function cleanKnob(knob, given) {
  if (knob.choices) return knob.choices.includes(given) ? given : knob.choices[0];
  const said = Number(given === undefined || given === null || given === "" ? NaN : given);
  const number = Number.isFinite(said) ? said : knob.default;
  const steps = Math.floor((Math.min(knob.max, Math.max(knob.min, number)) - knob.min) / knob.step + 0.5);
  return Number((knob.min + steps * knob.step).toFixed(3));
}

/** A value for every knob of a table, from whatever came: unknown names are dropped. */
export function cleanTable(table, given) {
  return Object.fromEntries(Object.entries(table).map(([name, knob]) => [name, cleanKnob(knob, given?.[name])]));
}

/** Clean values as link parameters; what is at its default is left out. */
export function tableToLink(table, values) {
  const start = cleanTable(table);
  const changed = Object.entries(table).filter(([name]) => values[name] !== start[name]);
  return Object.fromEntries(changed.map(([name, { letter }]) => [letter, writtenKnob(values[name])]));
}

/** Link parameters as clean values: the way back. */
export function linkToTable(table, link) {
  const given = ({ letter, choices }) => (choices ? choices.find((choice) => writtenKnob(choice) === link[letter]) : link[letter]);
  return cleanTable(table, Object.fromEntries(Object.entries(table).map(([name, knob]) => [name, given(knob)])));
}

function writtenKnob(value) {
  return String(typeof value === "boolean" ? Number(value) : value);
}

/** Sliders. `step` is the finest step, `key` that of an arrow key; `reach` is the right end of the slider, which grows to
 *  a larger value that came by link (up to `max`). */
export const RANGES = {
  alpha: { ...KNOBS.alpha, symbol: "α", reach: 3, key: 0.05 },
  beta: { ...KNOBS.beta, symbol: "β", reach: 20, key: 0.25 },
  r: { ...KNOBS.r, symbol: "r", reach: 4, key: 0.05 },
  k: { ...KNOBS.k, symbol: "k", reach: 20, key: 1 },
  alpha1: { ...KNOBS.alpha1, symbol: "α′", reach: 3, key: 0.05 },
  beta1: { ...KNOBS.beta1, symbol: "β′", reach: 20, key: 0.25 },
};

/** What the view may be; the first of each is the default. */
export const VIEW = Object.fromEntries(Object.entries(VIEWS).map(([name, { choices }]) => [name, choices]));

/** Names of the rules by which anchors are assigned; the first is the default. */
export const MODES = KNOBS.mode.choices;

export function defaultKnobs() {
  return cleanTable(KNOBS);
}

/** Knobs that can be used, from whatever came. */
export function cleanKnobs(given) {
  return cleanTable(KNOBS, given);
}

/** Exponents of each head, how many anchors an object selects in it, and how many of them it keeps after conflicts (null: all).
 *  Under the lock the one-to-one head has r times the exponents of one-to-many. */
export function headSettings(knobs) {
  const { alpha, beta, r, k, locked, alpha1, beta1 } = knobs;
  const { picks, keep } = rulesOf(knobs);
  return [
    { alpha, beta, k, keep: null },
    { ...(locked ? { alpha: r * alpha, beta: r * beta } : { alpha: alpha1, beta: beta1 }), k: picks, keep },
  ];
}

/** A view that can be shown; `pin` is an anchor, or −1. */
export function cleanView(given) {
  return { ...cleanTable(VIEWS, given), pin: Number.isInteger(given?.pin) && given.pin >= 0 ? given.pin : -1 };
}

/** A whole state that can be used. `object` null: not chosen yet, the laboratory chooses; −1: none. */
export function cleanState(given) {
  const object = given?.object;
  return {
    knobs: cleanKnobs(given?.knobs),
    truth: typeof given?.truth === "string" ? given.truth : null,
    object: Number.isInteger(object) && object >= -1 ? object : null,
    view: cleanView(given?.view),
  };
}

/** State → link parameters, as strings; what is at its default is left out. */
export function encodeState(given) {
  const { knobs, truth, object, view } = cleanState(given);
  const link = tableToLink(KNOBS, knobs);
  if (object !== null) link.o = String(object);
  if (truth !== null) link.t = truth;
  const start = cleanView();
  const parts = Object.keys(start).filter((name) => view[name] !== start[name]);
  if (parts.length) link.v = parts.sort().map((name) => `${name}.${Number(view[name]) === view[name] ? view[name] : String(view[name])}`).join("~");
  return link;
}

/** Link parameters → state; what is missing or broken is at its default. */
export function decodeState(link) {
  const view = {};
  for (const part of (link.v ?? "").split("~")) {
    const [name, value] = part.split(".");
    if (name === "pin") view.pin = Number(value);
    else if (VIEW[name]) view[name] = VIEW[name].find((allowed) => String(allowed) === value);
  }
  const object = /^(-1|\d+)$/.test(link.o ?? "") ? Number(link.o) : null;
  return cleanState({ knobs: linkToTable(KNOBS, link), truth: link.t ?? null, object, view });
}

/** "a=0.7&o=3", for the address bar of the stand-alone page. */
export function linkQuery(state) {
  return new URLSearchParams(encodeState(state)).toString();
}

export function parseLink(query) {
  return decodeState(Object.fromEntries(new URLSearchParams(query)));
}

/** What goes to Python when the hand lets go; `claim` is the engine's, `id` the payload's. At most 2 kB for 60 boxes. */
export function releaseState(state, claim, id) {
  return { ...cleanState(state), claim, id };
}

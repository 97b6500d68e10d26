// The state that travels: knobs, chosen object, view and drawn truth, with names, ranges and defaults. The same letters
// stand in the link, in the message on release and in Python's dualviz/lab/state.py.

export const HEADS = ["one2many", "one2one"];

const EXPONENT = { min: 0.01, max: 20, step: 0.01 };

/** Sliders. `step` is the finest step, `key` that of an arrow key; `reach` is the right end of the slider, which grows to
 *  a larger value that came by link (up to `max`). */
export const RANGES = {
  alpha: { ...EXPONENT, symbol: "α", reach: 3, key: 0.05, default: 0.5 },
  beta: { ...EXPONENT, symbol: "β", reach: 20, key: 0.25, default: 6 },
  r: { ...EXPONENT, symbol: "r", reach: 4, key: 0.05, default: 1 },
  k: { symbol: "k", min: 1, max: 30, step: 1, reach: 20, key: 1, default: 10 },
  alpha1: { ...EXPONENT, symbol: "α′", reach: 3, key: 0.05, default: 0.5 },
  beta1: { ...EXPONENT, symbol: "β′", reach: 20, key: 0.25, default: 6 },
};

/** What the view may be; the first of each is the default. "pin" is an anchor or −1. */
export const VIEW = {
  layer: ["m", "p", "u", "s", "t", "b", "g", "none"],
  head: ["one2many", "one2one", "both"],
  level: ["all", "0", "1", "2", "3", "4"],
  step: ["targets", "candidates", "metric", "topk", "conflicts"],
  sort: ["rank", "rank1", "anchor", "level", "cell", "s", "p", "p1", "u", "u1", "m", "m1", "t", "t1"],
  zoom: [true, false],
  log: [false, true],
  descending: [false, true],
  large: [false, true],
  guide: [true, false],
};

export function defaultKnobs() {
  const knobs = { locked: true, shared: false, mode: "code" };
  for (const [name, range] of Object.entries(RANGES)) knobs[name] = range.default;
  return knobs;
}

/** Knobs that can be used, from whatever came: clamped to the range, on a step, unknown names dropped. */
export function cleanKnobs(given) {
  const knobs = defaultKnobs();
  for (const [name, range] of Object.entries(RANGES)) {
    const value = Number(given?.[name] ?? range.default);
    if (!Number.isFinite(value)) continue;
    const steps = Math.round((Math.min(range.max, Math.max(range.min, value)) - range.min) / range.step);
    knobs[name] = Number((range.min + steps * range.step).toFixed(2));
  }
  knobs.locked = Boolean(given?.locked ?? knobs.locked);
  knobs.shared = Boolean(given?.shared ?? knobs.shared);
  knobs.mode = given?.mode === "paper" ? "paper" : "code";
  return knobs;
}

/** Exponents and list length of each head: under the lock the one-to-one head has r times those of one-to-many. */
export function headSettings(knobs) {
  const { alpha, beta, r, k, locked, alpha1, beta1 } = knobs;
  return [
    { alpha, beta, k },
    locked ? { alpha: r * alpha, beta: r * beta, k: 1 } : { alpha: alpha1, beta: beta1, k: 1 },
  ];
}

export function defaultView() {
  const view = { pin: -1 };
  for (const [name, allowed] of Object.entries(VIEW)) view[name] = allowed[0];
  return view;
}

export function cleanView(given) {
  const view = defaultView();
  for (const [name, allowed] of Object.entries(VIEW)) if (allowed.includes(given?.[name])) view[name] = given[name];
  if (Number.isInteger(given?.pin) && given.pin >= 0) view.pin = given.pin;
  return view;
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

const LINK_NAMES = { alpha: "a", beta: "b", r: "r", k: "k", alpha1: "a1", beta1: "b1" };

/** State → link parameters, as strings; what is at its default is left out. */
export function encodeState(given) {
  const { knobs, truth, object, view } = cleanState(given);
  const link = {};
  for (const [name, letter] of Object.entries(LINK_NAMES)) {
    if (knobs[name] !== RANGES[name].default) link[letter] = String(knobs[name]);
  }
  if (!knobs.locked) link.lock = "0";
  if (knobs.shared) link.shared = "1";
  if (knobs.mode !== "code") link.mode = knobs.mode;
  if (object !== null) link.o = String(object);
  if (truth !== null) link.t = truth;
  const start = defaultView();
  const parts = Object.keys(start).filter((name) => view[name] !== start[name]);
  if (parts.length) link.v = parts.sort().map((name) => `${name}.${Number(view[name]) === view[name] ? view[name] : String(view[name])}`).join("~");
  return link;
}

/** Link parameters → state; what is missing or broken is at its default. */
export function decodeState(link) {
  const knobs = {};
  for (const [name, letter] of Object.entries(LINK_NAMES)) if (link[letter] !== undefined) knobs[name] = link[letter];
  knobs.locked = link.lock !== "0";
  knobs.shared = link.shared === "1";
  knobs.mode = link.mode;
  const view = {};
  for (const part of (link.v ?? "").split("~")) {
    const [name, value] = part.split(".");
    if (name === "pin") view.pin = Number(value);
    else if (VIEW[name]) view[name] = VIEW[name].find((allowed) => String(allowed) === value);
  }
  const object = /^(-1|\d+)$/.test(link.o ?? "") ? Number(link.o) : null;
  return cleanState({ knobs, truth: link.t ?? null, object, view });
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

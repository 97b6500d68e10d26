// The laboratory: one state, one engine, one frame. Whatever the hand does changes the state and asks for a frame; the frame
// computes once and lets every view draw what changed. Python hears of it only when the hand lets go.

import { asComponent } from "../kit/component.js";
import { createActions } from "./actions.js";
import { readLink, writeLink } from "./address.js";
import { createControls } from "./controls.js";
import { createEngine } from "../engine/engine.js";
import { createFormula, createTips } from "./formula.js";
import { createFrame, createRelease } from "../kit/frame.js";
import { readInk, setMark, setWords } from "../kit/ink.js";
import { listenKeys } from "./keys.js";
import { cleanKnobs, cleanState, releaseState } from "../engine/knobs.js";
import { createGap } from "./gap.js";
import { createLadder } from "./ladder.js";
import { createLegend } from "./legend.js";
import { keepState, keptState } from "../kit/kept.js";
import { createDrawer, createTabs, createWhy, gapHeadline, orderHeadline } from "./panels.js";
import { payloadId, seedOf, unpack } from "../engine/payload.js";
import { createPlane } from "./plane.js";
import { createRanks } from "./ranks.js";
import { readPicture } from "../kit/picture.js";
import { settingsLine } from "./rows.js";
import { createStage } from "./stage.js";
import { createSteps } from "./steps.js";
import { liveSummary } from "./summary.js";
import { measureRoom, plateInsets, watchSurroundings } from "./surroundings.js";
import { createTable } from "./table.js";
import { createTakeaway } from "./takeaway.js";
import { createHistory, decodeTruth, encodeTruth } from "../engine/truth.js";
import { createTruthEditor } from "./truthedit.js";
import { spokenTag, t } from "../kit/words.js";

const LIVE_PAUSE = 450; // a screen reader hears of the last state of a drag, not of every frame

/** Bring the fragment inside `root` (laboratory.html) to life over the payload `bytes`; see `options` in component.js. */
export function mountLaboratory(root, bytes, options = {}) {
  const element = root.querySelector(".dv");
  element.lang = spokenTag();
  const lab = createLab(element, options);
  const ready = lab.take(bytes).catch((error) => lab.fail(error));
  const update = (next) => lab.take(next).catch((error) => lab.fail(error));
  return { update, look: lab.look, state: lab.state, setView: lab.setView, retheme: lab.retheme, destroy: lab.destroy, settle: lab.settle, root: element, ready };
}

function createLab(root, options) {
  const parts = new Map([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  const handle = {
    renders: 0,
    releases: 0,
    lastMs: 0,
    frames: [],
    get result() {
      return lab.result;
    },
    get state() {
      return { ...state(), inspected: lab.inspected, tool: lab.tool };
    },
    get truth() {
      return lab.history.present;
    },
    get lab() {
      return lab;
    },
    views: () => views,
  };
  const frame = createFrame(["layout", "object", "knobs", "view", "hover", "truth", "zoom", "settled"], paint, handle);
  const { mark } = frame;
  const letGo = createRelease(frame, sendRelease);
  let views = null;
  let liveTimer = 0;
  let truthAsked = null;
  let hovered = -1;
  let rev = null;
  let only = []; // knobs that an exercise shows; none: all
  const cleanups = [];

  const lab = {
    root,
    options,
    part: (name) => parts.get(name),
    payload: null,
    engine: null,
    own: { boxes: [], labels: [] }, // the picture's truth
    origin: "", // of it in words, where it is not the picture itself
    history: createHistory({ boxes: [], labels: [] }),
    picture: null,
    knobs: null,
    view: null,
    object: -1,
    result: null,
    reading: null,
    inspected: -1,
    keyed: false,
    ink: null,
    tool: "look",
    editing: false,
    draft: null,
    truthRevision: 0,
    narrow: false,

    /** Turn one knob; drawn in the next frame. */
    turn(name, value) {
      lab.setKnobs({ [name]: value }, false);
    },
    setKnobs(patch, release = true) {
      const before = lab.knobs;
      const opens = patch.locked === false && before.locked;
      const start = opens ? { alpha1: before.r * before.alpha, beta1: before.r * before.beta } : {};
      lab.knobs = cleanKnobs({ ...before, ...start, ...patch });
      mark("knobs");
      if ("shared" in patch || "mode" in patch || "locked" in patch) mark("object");
      if (release) lab.release();
    },
    setView(patch) {
      Object.assign(lab.view, patch);
      mark("view");
      if ("head" in patch || "large" in patch || "table" in patch) mark("layout");
      if ("zoom" in patch) mark("zoom");
      if ("head" in patch || "large" in patch) mark("object");
      lab.release();
    },
    choose(g) {
      if (g === lab.object || g >= lab.history.present.boxes.length) return;
      lab.object = g;
      lab.view.pin = -1;
      hovered = -1;
      mark("object");
      lab.release();
    },
    /** Point at an anchor (−1: at none). `stay`: chosen by key, so it stays when the pointer is elsewhere. */
    inspect(anchor, stay = false) {
      if (anchor === hovered) return;
      if (anchor < 0 && lab.keyed && !stay) return;
      lab.keyed = stay;
      hovered = anchor;
      mark("hover");
    },
    pin(anchor) {
      const pin = anchor === lab.view.pin ? -1 : anchor;
      if (pin === lab.view.pin) return;
      lab.view.pin = pin;
      hovered = -1;
      mark("hover");
      mark("view");
      lab.release();
    },
    /** Show a truth while it is being dragged; nothing is kept yet. */
    tryTruth(truth, object) {
      truthAsked = { truth, object };
      mark("object");
      mark("truth");
    },
    /** Keep a truth; `object` −2 chooses anew. */
    edit(truth, object) {
      lab.history.commit(truth);
      showTruth(object);
      lab.release();
    },
    /** One edit back ("undo") or on again ("redo"). */
    travel(way) {
      lab.history[way]();
      showTruth(lab.object);
      lab.release();
    },
    /** Look at boxes, or edit them. */
    takeUp(tool) {
      lab.tool = tool;
      mark("truth", "view");
    },
    release: letGo.release,
    settle: letGo.settle,
    say(words) {
      setWords(lab.part("live"), words);
    },
    take,
    look,
    state,
    fail,
    retheme,
    destroy,
  };

  function showTruth(object) {
    truthAsked = { truth: lab.history.present, object };
    lab.view.pin = -1;
    mark("object");
    mark("truth");
  }

  /** Take a payload: a new picture, or the same one with another seed or theme. Knobs and view stay as they are. */
  async function take(bytes) {
    if (lab.payload && payloadId(bytes) === lab.payload.id) {
      const seed = seedOf(bytes);
      if (seed && seed.rev !== rev) applySeed(seed);
      showOnly(only);
      retheme();
      return;
    }
    const payload = unpack(bytes);
    const picture = await readPicture(payload);
    const first = !lab.payload;
    lab.payload = payload;
    lab.picture = picture;
    lab.engine = createEngine(payload);
    frame.open();
    if (first) lab.ink = readInk(root);
    const { seed } = payload;
    if (seed) applySeed(seed, keptState("laboratory", options.key, payload.id, seed.rev));
    else {
      const state = cleanState(readLink(options) ?? { knobs: lab.knobs, view: lab.view });
      lab.knobs = state.knobs;
      lab.view = state.view;
      startTruth(state);
    }
    if (!views) buildViews();
    else renewNames();
    showOnly(only);
    root.dataset.ready = "yes";
    lab.part("skeleton").hidden = true;
    lab.part("body").hidden = false;
    frame.markAll();
  }

  /**
   * The next picture of a stream: knobs, view and tool stay as they are.
   *
   * @param next says what comes, {payload, picture, own, truth, object}, given {truth, object} of the picture that is there;
   *   `own` counts as the picture's own truth, `truth` as the one that is shown
   */
  function look(next) {
    if (views.editor.busy()) return; // it stands still while a box is in the hand
    const before = lab.payload;
    const { payload, picture, truth, object, own: itsOwn } = next({ truth: lab.history.present, object: lab.object });
    Object.assign(lab, { payload, picture, object, engine: createEngine(payload) });
    lab.own = itsOwn;
    lab.history.reset(truth);
    lab.engine.setTruth(truth);
    lab.truthRevision += 1;
    if (before.detector !== payload.detector) renewNames();
    mark("object", "knobs", "truth");
  }

  /** Levels and classes as the payload has them. */
  function renewNames() {
    views.controls.renew();
    views.editor.fillLabels();
  }

  function applySeed(seed, kept = null) {
    rev = seed.rev;
    lab.own = seed.own ?? lab.own;
    lab.origin = seed.origin ?? "";
    only = seed.only ?? [];
    const state = cleanState(kept ?? seed);
    const link = options.standalone ? readLink(options) : null;
    lab.knobs = link ? link.knobs : state.knobs;
    lab.view = link ? link.view : state.view;
    startTruth({ truth: link?.truth ?? state.truth, object: link?.object ?? state.object });
    frame.markAll();
  }

  /** Of an exercise: the knobs that it names, and no drawer; where it names none, everything. */
  function showOnly(names) {
    const hides = (name) => names.length > 0 && !names.includes(name);
    for (const holder of root.querySelectorAll("[data-knob]")) holder.hidden = hides(holder.dataset.knob);
    root.querySelector(".dv-own").hidden = hides("shared");
    root.querySelector(".dv-more").hidden = hides("more");
  }

  function startTruth({ truth, object }) {
    const drawn = truth === null ? null : decodeTruth(truth, lab.payload);
    lab.history.reset(lab.own);
    if (drawn) lab.history.commit(drawn);
    lab.engine.setTruth(lab.history.present);
    lab.truthRevision += 1;
    const { length } = lab.history.present.boxes;
    lab.object = object === null || object >= length ? lab.engine.storyObject(lab.knobs) : object;
    truthAsked = null;
  }

  function buildViews() {
    const place = (name) => ({ canvas: lab.part(name), holder: lab.part(`${name}-box`) });
    const stage = createStage(lab, { ...place("stage"), insets: () => plateInsets(lab) });
    const plane = createPlane(lab, { ...place("plane"), words: lab.part("plane-words") });
    views = { stage, plane, tabs: createTabs(lab), drawer: createDrawer(lab), why: createWhy(lab), formula: createFormula(lab), tips: createTips(lab) };
    views.ladder = createLadder(lab, { holder: lab.part("ladder") });
    views.ranks = createRanks(lab, { ...place("ranks"), badges: lab.part("badges"), words: lab.part("agreement") });
    views.gap = createGap(lab, { ...place("gap"), words: lab.part("gap-words") });
    views.controls = createControls(lab);
    views.steps = createSteps(lab);
    views.table = createTable(lab);
    views.legend = createLegend(lab);
    views.editor = createTruthEditor(lab, stage);
    views.takeaway = createTakeaway(lab, { stage, plane });
    views.editor.fillLabels();
    const { actions, buttons } = createActions(lab, views);
    root.addEventListener("click", (event) => buttons[event.target.closest?.("[data-do]")?.dataset.do]?.());
    cleanups.push(listenKeys(lab, actions));
    cleanups.push(() => views.table.destroy(), watchSurroundings(lab, frame));
  }

  /** One frame: compute at most once, then every view draws what changed. */
  function paint(dirty) {
    if (root.hasAttribute("data-print")) dirty.layout = false; // paper takes the canvases as they are
    if (dirty.view || dirty.layout) setMark(root, "data-large", lab.view.large || readInk(root).large);
    if (dirty.layout) {
      lab.ink = readInk(root);
      measureRoom(lab);
    }
    if (dirty.view || dirty.layout) {
      if (lab.part("table-box").hidden === lab.view.table) lab.part("table-box").hidden = !lab.view.table;
      if (views.tabs.show()) Object.assign(dirty, { layout: true, knobs: true, object: true });
    }
    if (truthAsked) {
      lab.engine.setTruth(truthAsked.truth);
      if (!lab.editing) lab.truthRevision += 1;
      const { length } = truthAsked.truth.boxes;
      lab.object = truthAsked.object === -2 ? lab.engine.storyObject(lab.knobs) : Math.min(truthAsked.object, length - 1);
      if (lab.editing) lab.truthRevision += 1;
      truthAsked = null;
    }
    if (dirty.knobs || dirty.object || dirty.truth) lab.result = lab.engine.compute(lab.knobs, lab.object);
    inspectNow();
    if (dirty.layout) views.legend.write(dirty); // the key's height is one of the stage's insets
    // Canvases first, words after: setting a canvas font makes the browser settle the styles of all words just written.
    const seen = ["plane", "gap"].filter(views.tabs.shows);
    if (views.tabs.shows("order")) seen.push("ranks");
    for (const name of ["stage", ...seen]) views[name].draw(dirty);
    if (views.tabs.shows("why")) seen.push("why", "ladder", "formula");
    for (const name of [...seen, "legend"]) views[name].write(dirty);
    if (dirty.knobs || dirty.object) {
      setWords(lab.part("order-headline"), orderHeadline(lab.result));
      setWords(lab.part("gap-headline"), gapHeadline(lab.result));
    }
    if (dirty.knobs || dirty.view || dirty.object) {
      views.controls.write();
      if (root.hasAttribute("data-print")) setWords(lab.part("print-words"), settingsLine(lab.engine, lab.result));
    }
    for (const name of ["steps", "editor"]) views[name].write(dirty);
    if (lab.view.table) views.table.write(dirty);
    views.tips.refresh();
    clearTimeout(liveTimer);
    liveTimer = setTimeout(rest, LIVE_PAUSE);
  }

  /** What waits until the hand pauses: words for screen readers, rows that are out of sight. */
  function rest() {
    if (lab.view.table) views.table.settle();
    setWords(lab.part("live"), liveSummary(lab.engine, lab.result, lab.reading, lab.view.layer));
  }

  /** The anchor that formula and marks speak of: the one pointed at, else the pinned, else the one-to-one pick, the best. */
  function inspectNow() {
    const { selected } = lab.result;
    lab.inspected = hovered >= 0 ? hovered : lab.view.pin;
    const many = selected?.heads[0];
    const stands = selected ? (selected.pick >= 0 ? selected.pick : many.count ? selected.anchors[many.order[0]] : middleAnchor()) : -1;
    lab.reading = lab.engine.reading(lab.inspected >= 0 ? lab.inspected : stands);
  }

  /** The anchor at the middle of an object that has no candidate: it can say why. */
  function middleAnchor() {
    const [x1, y1, x2, y2] = lab.result.each[lab.object].box;
    return lab.engine.anchorAt((x1 + x2) / 2, (y1 + y2) / 2);
  }

  /** What travels: knobs, view, object and drawn truth (null while it is the picture's own). */
  function state() {
    const same = JSON.stringify(lab.history.present) === JSON.stringify(lab.own);
    return cleanState({ knobs: lab.knobs, view: lab.view, object: lab.object, truth: same ? null : encodeTruth(lab.history.present, lab.payload) });
  }

  function sendRelease() {
    views.legend.write({ settled: true });
    const now = state();
    keepState("laboratory", options.key, lab.payload.id, rev, now);
    writeLink(options, options.linked?.() === false ? { ...now, truth: null, object: null } : now);
    handle.releases += 1;
    options.onRelease?.(releaseState(now, lab.engine.claim(), lab.payload.id));
  }

  function retheme() {
    if (!lab.engine) return;
    lab.ink = readInk(root);
    mark("layout", "object", "knobs", "view");
  }

  function fail(error) {
    const skeleton = lab.part("skeleton");
    skeleton.hidden = false;
    setWords(lab.part("loading"), t("The laboratory cannot open this picture: {fault}. Choose another picture, or reload the page.", { fault: error.message }));
    root.dataset.ready = "failed";
    console.error(error);
  }

  function destroy() {
    frame.stop();
    letGo.stop();
    clearTimeout(liveTimer);
    views?.steps.stop();
    cleanups.forEach((clean) => clean());
  }

  root.__lab = handle;
  return lab;
}

export default asComponent(mountLaboratory);

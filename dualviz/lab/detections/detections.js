// The detections page: one state, one set of paths, one frame. A slider that drags changes the state and asks for a frame; the
// frame filters once and every view draws what changed. Python hears of it only when the hand lets go.

import { createClinic } from "./clinic.js";
import { asComponent } from "../kit/component.js";
import { createCurves } from "./curves.js";
import { createConfidence } from "./confidence.js";
import { createFrame, createRelease } from "../kit/frame.js";
import { readInk, setMark, setWords } from "../kit/ink.js";
import { createNmsPlayer } from "./nmsplayer.js";
import { pairCode } from "./pair.js";
import { overlappingPairs } from "../engine/outcomes.js";
import { createFilterSlider, createToggle, listenDetectionKeys } from "./sliders.js";
import { FILTER_SLIDERS, cleanDetections, detectionsMessage } from "./state.js";
import { DETECTION_TABLES, filtersLine } from "./tables.js";
import { clampZoom } from "./frames.js";
import { headline } from "./headline.js";
import { PATH_NAMES, readRow } from "./outputs.js";
import { countsLines, createPanels } from "./panels.js";
import { createTabs } from "./tabs.js";
import { createPaths } from "../engine/paths.js";
import { payloadId, seedOf, unpack } from "../engine/payload.js";
import { readPicture } from "../kit/picture.js";
import { captioned, handOver } from "../kit/still.js";
import { spokenTag, t } from "../kit/words.js";

const LIVE_WAIT = 450; // a screen reader hears of the last state of a drag, not of every frame
const STILL_WIDTH = 1200;
const STILL_RATIO = 2;

/** Bring the fragment inside `root` (detections.html) to life over the payload `bytes`. */
export function mountDetections(root, bytes, options = {}) {
  const element = root.querySelector(".dvd");
  element.lang = spokenTag();
  const out = createDetections(element, options);
  const ready = out.take(bytes).catch(out.fail);
  return { update: (next) => out.take(next).catch(out.fail), destroy: out.destroy, ready };
}

function createDetections(root, options) {
  const parts = new Map([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  const handle = {
    renders: 0,
    releases: 0,
    lastMs: 0,
    frames: [],
    get out() {
      return out;
    },
    get result() {
      return out.result;
    },
    get state() {
      return cleanDetections({ settings: out.settings, view: out.view });
    },
    still: stillOf,
    csv: (what) => DETECTION_TABLES[what](out),
  };
  const frame = createFrame(["layout", "zoom", "settings", "truth", "view", "hover"], paint, handle);
  const { mark } = frame;
  const letGo = createRelease(frame, sendRelease);
  const watch = new ResizeObserver(() => mark("layout"));
  const cleanups = [() => watch.disconnect()];
  const sliders = [];
  let views = null;
  let tabs = null;
  let liveTimer = 0;
  let rev = null;
  let seedTruth = { boxes: [], labels: [] };

  const out = {
    root,
    part: (name) => parts.get(name),
    payload: null,
    picture: null,
    engine: null,
    ink: null,
    knobs: null,
    settings: null,
    view: null,
    result: null,
    truth: seedTruth,
    truthRevision: 0,
    hovered: null,
    half: null,
    start: 0, // the confidence of a fresh page
    shown: "free", // of the three, on a phone
    cases: null, // {now: which of the page's own pictures this is, rare: how often such a one goes wrong}
    zoom: { scale: 1, cx: 0, cy: 0 },
    panning: false,
    panned: false,

    /** Turn one slider; drawn in the next frame. */
    turn(name, value) {
      out.settings = cleanDetections({ settings: { ...out.settings, [name]: value } }).settings;
      out.hovered = null;
      mark("settings");
    },
    set(patch) {
      for (const [name, value] of Object.entries(patch)) out.turn(name, value);
      out.release();
    },
    look(patch) {
      if ("pair" in patch || "of" in patch) out.half = null;
      Object.assign(out.view, patch);
      mark("view");
      if ("large" in patch) mark("layout");
      out.release();
    },
    hover(what, byKey = false) {
      if (what?.path === out.hovered?.path && what?.row === out.hovered?.row) return;
      out.hovered = what;
      mark("hover");
      if (byKey && what) liveSoon(() => readRow(out, what.path, what.row, false));
    },
    /** Take a box to the clinic: the second of an output makes the pair. */
    pick(index, row) {
      const path = out.result.paths[index];
      const { half } = out;
      if (half && half.key === path.key) {
        const first = rowOf(path, half.anchor, half.label);
        if (first >= 0 && first !== row) {
          const pair = first < row ? pairCode(path.rows, first, row) : pairCode(path.rows, row, first);
          out.look({ of: path.key, pair });
          out.openTab("why");
          out.part("clinic-box").scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
          return;
        }
        out.half = null;
      } else {
        out.view.of = path.key;
        out.view.pair = null;
        out.half = { key: path.key, anchor: path.rows.anchors[row], label: path.rows.labels[row] };
        liveSoon(() => t("First box chosen for the duplicate clinic; choose a second one."));
      }
      mark("view");
    },
    /** Rows of the boxes that are in the clinic, as this output has them now. */
    pickedRows(path) {
      if (out.half) return out.half.key === path.key ? [rowOf(path, out.half.anchor, out.half.label)].filter((row) => row >= 0) : [];
      const { of, pair } = out.view;
      if (of !== path.key || !pair) return [];
      return [rowOf(path, pair[0], pair[1]), rowOf(path, pair[2], pair[3])].filter((row) => row >= 0);
    },
    pairsOf(index) {
      const path = out.result.paths[index];
      if (path.pairs === undefined) path.pairs = overlappingPairs(path.rows, path.n);
      return path.pairs;
    },
    zoomTo(scale, cx = null, cy = null, about = null) {
      const next = clampZoom(scale);
      const shown = views.panels.frame;
      const { width, height } = out.payload.picture;
      if (next === 1) out.zoom = { scale: 1, cx: width / 2, cy: height / 2 };
      else if (cx !== null) out.zoom = { scale: next, cx, cy };
      else if (about && shown) {
        const [mx, my] = [shown.x0 + shown.width / shown.scale / 2, shown.y0 + shown.height / shown.scale / 2];
        const pull = out.zoom.scale / next;
        out.zoom = { scale: next, cx: about.x + (mx - about.x) * pull, cy: about.y + (my - about.y) * pull };
      } else out.zoom = { ...out.zoom, scale: next };
      mark("zoom");
    },
    panBy(dx, dy) {
      const shown = views.panels.frame;
      out.zoom = { ...out.zoom, cx: shown.x0 + shown.width / shown.scale / 2 + dx, cy: shown.y0 + shown.height / shown.scale / 2 + dy };
      mark("zoom");
    },
    /** What a tab shows is drawn when it is looked at, and the page below hears which one it is. */
    openTab(tab) {
      if (tab === out.view.tab) return;
      views.player.stop();
      out.view.tab = tab;
      frame.markAll();
      out.release();
    },
    relayout: () => mark("layout"),
    release: letGo.release,
    repaint: () => mark("hover"),
    take,
    fail,
    destroy,
  };

  /** Take a payload: a new picture, or the same one with another seed or theme. Sliders stay as they are. */
  async function take(bytes) {
    if (out.payload && payloadId(bytes) === out.payload.id) {
      const seed = seedOf(bytes);
      if (seed && seed.rev !== rev) applySeed(seed);
      frame.markAll();
      return;
    }
    const payload = unpack(bytes);
    const picture = await readPicture(payload);
    out.payload = payload;
    out.picture = picture;
    out.engine = createPaths(payload);
    frame.open();
    out.hovered = null;
    out.half = null;
    out.zoom = { scale: 1, cx: payload.picture.width / 2, cy: payload.picture.height / 2 };
    out.ink = readInk(root);
    const { seed } = payload;
    const held = globalThis.dualvizDetections?.get(options.key);
    const kept = held && seed && held.id === payload.id && held.rev === seed.rev ? held.state : null;
    applySeed(seed ?? {}, kept);
    out.result = out.engine.compute(out.settings);
    if (!views) buildViews();
    root.dataset.ready = "yes";
    out.part("skeleton").hidden = true;
    out.part("body").hidden = false;
    frame.markAll();
  }

  function applySeed(seed, kept = null) {
    rev = seed.rev ?? null;
    const state = cleanDetections(kept ?? seed);
    out.settings = state.settings;
    out.view = state.view;
    out.knobs = seed.knobs ?? null;
    out.cases = seed.cases ?? null;
    out.start = seed.start ?? cleanDetections({}).settings.conf;
    seedTruth = seed.own ?? seedTruth;
    out.truth = seedTruth;
    out.truthRevision += 1;
    out.engine.setTruth(out.truth);
    frame.markAll();
  }

  function buildViews() {
    for (const name of Object.keys(FILTER_SLIDERS)) sliders.push(createFilterSlider(out, name));
    const [conf, iou, max] = sliders;
    const toggles = [
      createToggle(out, "agnostic", t("class-agnostic NMS"), t("Boxes of different classes suppress each other too (a)")),
      createToggle(out, "multi", t("NMS over several classes an anchor"), t("NMS looks at every class of an anchor above the confidence, as it does for AP, instead of its best one only (m)")),
    ];
    out.part("sliders").replaceChildren(conf.holder, iou.holder);
    out.part("options").replaceChildren(...toggles.map(({ holder }) => holder), max.holder);
    sliders.push(...toggles);
    tabs = createTabs(out);
    views = { panels: createPanels(out), curves: createCurves(out), player: createNmsPlayer(out), clinic: createClinic(out), confidence: createConfidence(out) };
    cleanups.push(() => views.player.destroy());
    watch.observe(root);
    wire();
  }

  function wire() {
    const doing = {
      "zoom-in": () => out.zoomTo(out.zoom.scale * 1.6),
      "zoom-out": () => out.zoomTo(out.zoom.scale / 1.6),
      "zoom-all": () => out.zoomTo(1),
      large: () => out.look({ large: !out.view.large }),
      help: () => (out.part("help").open ? out.part("help").close() : out.part("help").showModal()),
      play: () => views.player.toggle(),
      "step-back": () => views.player.by(-1),
      "step-on": () => views.player.by(1),
      agnostic: () => out.set({ agnostic: !out.settings.agnostic }),
      multi: () => out.set({ multi: !out.settings.multi }),
      reset: () => out.set({ ...cleanDetections({}).settings, conf: out.start }),
    };
    root.addEventListener("click", (event) => {
      const button = event.target.closest?.("[data-do]");
      if (button) doing[button.dataset.do]?.();
      const picture = event.target.closest?.("[data-case]")?.dataset.case;
      if (picture && picture !== out.cases?.now) options.onAsk?.({ kind: "case", picture, at: Date.now() });
      const what = event.target.closest?.("[data-take]")?.dataset.take;
      if (what) takeAway(what);
    });
    cleanups.push(listenDetectionKeys(out, doing));
  }

  /** One frame: filter at most once, then every view draws what changed. */
  function paint(dirty) {
    if (dirty.view) setMark(root, "data-large", out.view.large);
    if (dirty.layout) out.ink = readInk(root);
    if (dirty.settings || dirty.truth) out.result = out.engine.compute(out.settings);
    setMark(root, "data-zoomed", out.zoom.scale > 1);
    if (dirty.view || dirty.layout) tabs.show();
    const seen = ["panels", { why: "clinic", steps: "player", curves: "curves", calibration: "confidence" }[out.view.tab]].filter(Boolean);
    for (const name of seen) views[name].draw(dirty);
    for (const slider of sliders) slider.show();
    for (const name of seen) views[name].write(dirty);
    if (dirty.settings || dirty.truth) writeHead();
    setMark(root.querySelector('[data-do="large"]'), "aria-pressed", String(out.view.large));
    if (dirty.settings || dirty.truth) liveSoon(() => summary(out));
    else if (dirty.view) liveSoon(() => out.part("step-words").textContent);
  }

  /** The first words, the switch between the page's own pictures, and how rare the first one's failure is. */
  function writeHead() {
    setWords(out.part("first"), headline(out));
    for (const button of root.querySelectorAll(".dvd-cases button")) setMark(button, "aria-pressed", String(button.dataset.case === out.cases?.now));
    root.querySelector(".dvd-cases").hidden = !out.cases;
    setWords(out.part("rare"), out.cases?.now === "few" && out.cases.rare ? rareWords(out.cases.rare) : "");
  }

  function liveSoon(words) {
    clearTimeout(liveTimer);
    liveTimer = setTimeout(() => setWords(out.part("live"), words()), LIVE_WAIT);
  }

  function sendRelease() {
    const state = cleanDetections({ settings: out.settings, view: out.view });
    if (options.key !== undefined) {
      globalThis.dualvizDetections ??= new Map();
      globalThis.dualvizDetections.set(options.key, { rev, id: out.payload.id, state });
    }
    handle.releases += 1;
    options.onRelease?.(detectionsMessage(state, out.result, out.payload.id));
  }

  async function takeAway(what) {
    out.part("takeaway").open = false;
    const stem = (out.payload.name || "picture").replace(/\.[a-z]+$/i, "").replace(/[^\w-]+/g, "-");
    const table = what.replace("-csv", "");
    if (table !== what) handOver(new Blob([DETECTION_TABLES[table](out)], { type: "text/csv" }), `dualviz-${stem}-${table}.csv`);
    else handOver(await stillOf(what), `dualviz-${stem}-${what}.png`);
    setWords(out.part("live"), t("Saved."));
  }

  /** A PNG of a view, with title and settings inside. */
  function stillOf(what) {
    const titles = {
      panels: t("DualViz: the same picture, the same weights, three outputs"),
      curves: t("DualViz: what NMS misses and repeats at every threshold, and precision over recall"),
      steps: t("DualViz: NMS, step by step"),
      clinic: t("DualViz: the duplicate clinic"),
    };
    const details = { panels: "", curves: "", steps: ` · ${views.player.sentence()}`, clinic: what === "clinic" ? ` · ${views.clinic.sentence()}` : "" };
    const view = { panels: views.panels, curves: views.curves, steps: views.player, clinic: views.clinic }[what];
    const width = what === "panels" || what === "curves" ? STILL_WIDTH : 900;
    return captioned(view.still(width, STILL_RATIO), titles[what], filtersLine(out) + details[what], out.ink, STILL_RATIO);
  }

  function fail(error) {
    out.part("skeleton").hidden = false;
    setWords(out.part("loading"), t("The outputs of this picture cannot be shown: {fault}. Choose another picture, or reload the page.", { fault: error.message }));
    root.dataset.ready = "failed";
    console.error(error);
  }

  function destroy() {
    frame.stop();
    letGo.stop();
    clearTimeout(liveTimer);
    cleanups.forEach((clean) => clean());
  }

  root.__detections = handle;
  return out;
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** How often smears like the page's first picture go wrong, as `python -m dualviz crowding` counted them. */
function rareWords({ smears, confidence, iou, repeats, misses }) {
  const share = (count) => `${Math.round((100 * count) / smears)} %`;
  const fields = { smears, conf: confidence.toFixed(2), iou: iou.toFixed(2), free: share(repeats.free), lost: share(misses.free), nms: share(repeats.nms), gone: share(misses.nms) };
  return t("How often? Of {smears} smears like this, at confidence {conf} and NMS IoU {iou}, the one-to-one head repeats itself in {free} and misses an object in {lost}; one-to-many + NMS repeats in {nms} and misses in {gone}.", fields);
}

function rowOf({ rows, n }, anchor, label) {
  for (let row = 0; row < n; row += 1) if (rows.anchors[row] === anchor && rows.labels[row] === label) return row;
  return -1;
}

function summary(out) {
  return out.result.paths.map((path) => `${PATH_NAMES[path.key]}: ${countsLines(path, out.truth.boxes.length).join("; ")}.`).join(" ");
}

export default asComponent(mountDetections);

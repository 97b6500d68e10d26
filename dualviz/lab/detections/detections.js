// The detections page: one state, one set of paths, one frame. A slider that drags changes the state and asks for a frame; the
// frame filters once and every view draws what changed. Python hears of it only when the hand lets go.

import { createClinic } from "./clinic.js";
import { asComponent } from "../kit/component.js";
import { createCurves } from "./curves.js";
import { createConfidence } from "./confidence.js";
import { createFrame, createRelease } from "../kit/frame.js";
import { keepState, keptState } from "../kit/kept.js";
import { readInk, setMark, setWords } from "../kit/ink.js";
import { createNmsPlayer } from "./nmsplayer.js";
import { pairCode } from "./pair.js";
import { overlappingPairs } from "../engine/outcomes.js";
import { createFilterSlider, createToggle, listenDetectionKeys } from "./sliders.js";
import { FILTER_SLIDERS, cleanDetections, detectionsMessage } from "./state.js";
import { DETECTION_TABLES } from "./tables.js";
import { clampZoom } from "./frames.js";
import { headline, rareWords } from "./headline.js";
import { readRow } from "./outputs.js";
import { createPanels, summary } from "./panels.js";
import { createTabs } from "./tabs.js";
import { closeMenu, stillOf, takeAway } from "./takeaway.js";
import { createPaths } from "../engine/paths.js";
import { payloadId, seedOf, unpack } from "../engine/payload.js";
import { watchPaper } from "../kit/paper.js";
import { readPicture } from "../kit/picture.js";
import { spokenTag, t } from "../kit/words.js";

const LIVE_WAIT = 450; // a screen reader hears of the last state of a drag, not of every frame

/** Bring the fragment inside `root` (detections.html) to life over the payload `bytes`. */
export function mountDetections(root, bytes, options = {}) {
  const element = root.querySelector(".dvd");
  element.lang = spokenTag();
  const page = createDetections(element, options);
  const ready = page.take(bytes).catch(page.fail);
  return { update: (next) => page.take(next).catch(page.fail), destroy: page.destroy, settle: page.settle, ready };
}

function createDetections(root, options) {
  const parts = new Map([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  const handle = {
    renders: 0,
    releases: 0,
    lastMs: 0,
    frames: [],
    get page() {
      return page;
    },
    get result() {
      return page.result;
    },
    get state() {
      return cleanDetections({ settings: page.settings, view: page.view });
    },
    still: (what) => stillOf(page, views, what),
    csv: (what) => DETECTION_TABLES[what](page),
  };
  const frame = createFrame(["layout", "zoom", "settings", "truth", "view", "hover"], paint, handle);
  const { mark } = frame;
  const letGo = createRelease(frame, sendRelease);
  const watch = new ResizeObserver(() => mark("layout"));
  const cleanups = [() => watch.disconnect()];
  cleanups.push(watchPaper(root, (printing) => {
    if (!views) return;
    page.ink = readInk(root);
    mark("settings", "view", "truth", "hover");
    if (printing) frame.now();
    else mark("layout");
  }));
  const sliders = [];
  let views = null;
  let tabs = null;
  let liveTimer = 0;
  let rev = null;
  let seedTruth = { boxes: [], labels: [] };

  const page = {
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
    origin: "", // of it in words, where it is not the picture itself
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
      page.settings = cleanDetections({ settings: { ...page.settings, [name]: value } }).settings;
      page.hovered = null;
      mark("settings");
    },
    set(patch) {
      for (const [name, value] of Object.entries(patch)) page.turn(name, value);
      page.release();
    },
    look(patch) {
      if ("pair" in patch || "of" in patch) page.half = null;
      Object.assign(page.view, patch);
      mark("view");
      if ("large" in patch) mark("layout");
      page.release();
    },
    hover(what, byKey = false) {
      if (what?.path === page.hovered?.path && what?.row === page.hovered?.row) return;
      page.hovered = what;
      mark("hover");
      if (byKey && what) liveSoon(() => readRow(page, what.path, what.row, false));
    },
    /** Take a box to the clinic: the second of an output makes the pair. */
    pick(index, row) {
      const path = page.result.paths[index];
      const { half } = page;
      if (half && half.key === path.key) {
        const first = rowOf(path, half.anchor, half.label);
        if (first >= 0 && first !== row) {
          const pair = first < row ? pairCode(path.rows, first, row) : pairCode(path.rows, row, first);
          page.look({ of: path.key, pair });
          page.openTab("why");
          page.part("clinic-box").scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
          return;
        }
        page.half = null;
      } else {
        page.view.of = path.key;
        page.view.pair = null;
        page.half = { key: path.key, anchor: path.rows.anchors[row], label: path.rows.labels[row] };
        liveSoon(() => t("First box chosen for the duplicate clinic; choose a second one."));
      }
      mark("view");
    },
    /** Rows of the boxes that are in the clinic, as this output has them now. */
    pickedRows(path) {
      if (page.half) return page.half.key === path.key ? [rowOf(path, page.half.anchor, page.half.label)].filter((row) => row >= 0) : [];
      const { of, pair } = page.view;
      if (of !== path.key || !pair) return [];
      return [rowOf(path, pair[0], pair[1]), rowOf(path, pair[2], pair[3])].filter((row) => row >= 0);
    },
    pairsOf(index) {
      const path = page.result.paths[index];
      if (path.pairs === undefined) path.pairs = overlappingPairs(path.rows, path.n);
      return path.pairs;
    },
    zoomTo(scale, cx = null, cy = null, about = null) {
      const next = clampZoom(scale);
      const shown = views.panels.frame;
      const { width, height } = page.payload.picture;
      if (next === 1) page.zoom = { scale: 1, cx: width / 2, cy: height / 2 };
      else if (cx !== null) page.zoom = { scale: next, cx, cy };
      else if (about && shown) {
        const [mx, my] = [shown.x0 + shown.width / shown.scale / 2, shown.y0 + shown.height / shown.scale / 2];
        const pull = page.zoom.scale / next;
        page.zoom = { scale: next, cx: about.x + (mx - about.x) * pull, cy: about.y + (my - about.y) * pull };
      } else page.zoom = { ...page.zoom, scale: next };
      mark("zoom");
    },
    panBy(dx, dy) {
      const shown = views.panels.frame;
      page.zoom = { ...page.zoom, cx: shown.x0 + shown.width / shown.scale / 2 + dx, cy: shown.y0 + shown.height / shown.scale / 2 + dy };
      mark("zoom");
    },
    /** What a tab shows is drawn when it is looked at, and the page below hears which one it is. */
    openTab(tab) {
      if (tab === page.view.tab) return;
      views.player.stop();
      page.view.tab = tab;
      frame.markAll();
      page.release();
    },
    relayout: () => mark("layout"),
    release: letGo.release,
    settle: letGo.settle,
    repaint: () => mark("hover"),
    take,
    fail,
    destroy,
  };

  /** Take a payload: a new picture, or the same one with another seed or theme. Sliders stay as they are. */
  async function take(bytes) {
    if (page.payload && payloadId(bytes) === page.payload.id) {
      const seed = seedOf(bytes);
      if (seed && seed.rev !== rev) applySeed(seed);
      frame.markAll();
      return;
    }
    const payload = unpack(bytes);
    const picture = await readPicture(payload);
    page.payload = payload;
    page.picture = picture;
    page.engine = createPaths(payload);
    frame.open();
    page.hovered = null;
    page.half = null;
    page.zoom = { scale: 1, cx: payload.picture.width / 2, cy: payload.picture.height / 2 };
    page.ink = readInk(root);
    const { seed } = payload;
    applySeed(seed ?? {}, seed ? keptState("detections", options.key, payload.id, seed.rev) : null);
    page.result = page.engine.compute(page.settings);
    if (!views) buildViews();
    root.dataset.ready = "yes";
    page.part("skeleton").hidden = true;
    page.part("body").hidden = false;
    frame.markAll();
  }

  function applySeed(seed, kept = null) {
    rev = seed.rev ?? null;
    const state = cleanDetections(kept ?? seed);
    page.settings = state.settings;
    page.view = state.view;
    page.knobs = seed.knobs ?? null;
    page.cases = seed.cases ?? null;
    page.start = seed.start ?? cleanDetections({}).settings.conf;
    seedTruth = seed.own ?? seedTruth;
    page.truth = seedTruth;
    page.origin = seed.origin ?? "";
    page.truthRevision += 1;
    page.engine.setTruth(page.truth);
    frame.markAll();
  }

  function buildViews() {
    for (const name of Object.keys(FILTER_SLIDERS)) sliders.push(createFilterSlider(page, name));
    const [conf, iou, max] = sliders;
    const toggles = [
      createToggle(page, "agnostic", t("class-agnostic NMS"), t("Boxes of different classes suppress each other too (a)")),
      createToggle(page, "multi", t("NMS over several classes an anchor"), t("NMS looks at every class of an anchor above the confidence, as it does for AP, instead of its best one only (m)")),
    ];
    page.part("sliders").replaceChildren(conf.holder, iou.holder);
    page.part("options").replaceChildren(...toggles.map(({ holder }) => holder), max.holder);
    sliders.push(...toggles);
    tabs = createTabs(page);
    views = { panels: createPanels(page), curves: createCurves(page), player: createNmsPlayer(page), clinic: createClinic(page), confidence: createConfidence(page) };
    cleanups.push(() => views.player.destroy());
    watch.observe(root);
    wire();
  }

  function wire() {
    const doing = {
      "zoom-in": () => page.zoomTo(page.zoom.scale * 1.6),
      "zoom-out": () => page.zoomTo(page.zoom.scale / 1.6),
      "zoom-all": () => page.zoomTo(1),
      large: () => page.look({ large: !page.view.large }),
      help: () => (page.part("help").open ? page.part("help").close() : page.part("help").showModal()),
      play: () => views.player.toggle(),
      "step-back": () => views.player.by(-1),
      "step-on": () => views.player.by(1),
      agnostic: () => page.set({ agnostic: !page.settings.agnostic }),
      multi: () => page.set({ multi: !page.settings.multi }),
      reset: () => page.set({ ...cleanDetections({}).settings, conf: page.start }),
    };
    root.addEventListener("click", (event) => {
      const button = event.target.closest?.("[data-do]");
      if (button) doing[button.dataset.do]?.();
      const picture = event.target.closest?.("[data-case]")?.dataset.case;
      if (picture && picture !== page.cases?.now) options.onAsk?.({ kind: "case", picture, at: Date.now() });
      const what = event.target.closest?.("[data-take]")?.dataset.take;
      if (what) takeAway(page, views, what);
    });
    closeMenu(page.part("takeaway"));
    cleanups.push(listenDetectionKeys(page, doing));
  }

  /** One frame: filter at most once, then every view draws what changed. */
  function paint(dirty) {
    if (dirty.view || dirty.layout) setMark(root, "data-large", page.view.large || readInk(root).large);
    if (root.hasAttribute("data-print")) dirty.layout = false; // paper takes the canvases as they are
    if (dirty.layout) page.ink = readInk(root);
    if (dirty.settings || dirty.truth) page.result = page.engine.compute(page.settings);
    setMark(root, "data-zoomed", page.zoom.scale > 1);
    if (dirty.view || dirty.layout) tabs.show();
    const seen = ["panels", { why: "clinic", steps: "player", curves: "curves", calibration: "confidence" }[page.view.tab]].filter(Boolean);
    for (const name of seen) views[name].draw(dirty);
    for (const slider of sliders) slider.show();
    for (const name of seen) views[name].write(dirty);
    if (dirty.settings || dirty.truth) writeHead();
    setMark(root.querySelector('[data-do="large"]'), "aria-pressed", String(page.view.large));
    if (dirty.settings || dirty.truth) liveSoon(() => summary(page));
    else if (dirty.view) liveSoon(() => page.part("step-words").textContent);
  }

  /** The first words, the switch between the page's own pictures, and how rare the first one's failure is. */
  function writeHead() {
    setWords(page.part("first"), headline(page));
    for (const button of root.querySelectorAll(".dvd-cases button")) setMark(button, "aria-pressed", String(button.dataset.case === page.cases?.now));
    root.querySelector(".dvd-cases").hidden = !page.cases;
    setWords(page.part("rare"), page.cases?.now === "few" && page.cases.rare ? rareWords(page.cases.rare) : "");
  }

  function liveSoon(words) {
    clearTimeout(liveTimer);
    liveTimer = setTimeout(() => setWords(page.part("live"), words()), LIVE_WAIT);
  }

  function sendRelease() {
    const state = cleanDetections({ settings: page.settings, view: page.view });
    keepState("detections", options.key, page.payload.id, rev, state);
    handle.releases += 1;
    options.onRelease?.(detectionsMessage(state, page.result, page.payload.id));
  }

  function fail(error) {
    page.part("skeleton").hidden = false;
    setWords(page.part("loading"), t("The outputs of this picture cannot be shown: {fault}. Choose another picture, or reload the page.", { fault: error.message }));
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
  return page;
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function rowOf({ rows, n }, anchor, label) {
  for (let row = 0; row < n; row += 1) if (rows.anchors[row] === anchor && rows.labels[row] === label) return row;
  return -1;
}

export default asComponent(mountDetections);

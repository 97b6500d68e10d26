// A live lesson: predict, act, reveal, explain, step by step, over one picture and both its heads. The step drives the view: it
// sets object, knobs and what is shown, waits for the hand, and keeps what the reader answered.

import { createEngine } from "../engine/engine.js";
import { encodeState } from "../engine/knobs.js";
import { payloadId, seedOf, unpack } from "../engine/payload.js";
import { asComponent } from "../kit/component.js";
import { createFrame, createRelease } from "../kit/frame.js";
import { readInk, setMark, setWords } from "../kit/ink.js";
import { heightNeeded, tellFrame } from "../kit/parent.js";
import { readPicture } from "../kit/picture.js";
import { spokenTag, t } from "../kit/words.js";
import { lettersOf } from "./closeup.js";
import { createNotes, writeList } from "./course.js";
import { createHand } from "./hand.js";
import { createHandles } from "./handles.js";
import { writeHandout } from "./handout.js";
import { readHash, writeHash } from "./hash.js";
import { listenLesson } from "./keys.js";
import { createMemory } from "./memory.js";
import { buildPage, verdictOf, writeDots, writeFoot } from "./page.js";
import { createPointing } from "./pointing.js";
import { AT_HAND, CANVAS_TYPE, PRESENTED, fit, layOver } from "./presenter.js";
import { createScenes } from "./scenes.js";
import { createStages } from "./stages.js";
import { decodeWay, encodeWay, guessed, ofStep, pageAt, pagesOf, scoreOf, settingAt, startAt, waitsFor, walked } from "./steps.js";

/** Bring the fragment inside `root` (lesson.html) to life over the payload `bytes` and its seed {course, lesson, own, link, shown}.
 *  `options.course(id)` brings [bytes, seed] of another lesson where no Python does (the stand-alone page). */
export function mountLesson(root, bytes, options = {}) {
  const element = root.querySelector(".dvl");
  element.lang = spokenTag();
  const live = createLive(element, options);
  const ready = live.take(bytes, options.seed).catch(live.fail);
  return { update: (next) => live.take(next).catch(live.fail), destroy: live.destroy, settle: live.settle, ready, live };
}

function createLive(root, options) {
  const parts = new Map([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  const memory = createMemory();
  const watch = new ResizeObserver(() => ask("stage"));
  const frame = createFrame(["page", "stage"], draw, { renders: 0, lastMs: 0, frames: [] });
  const letGo = createRelease(frame, () => options.onRelease?.(standing()));
  const cleanups = [];
  let engine = null;
  let stages = null;
  let handles = null;
  let page = null;
  let seedRev = null;
  let turn = 0; // of a presenter's page: first the reveal, then its why
  let heard = false; // a verdict waits to be read out

  const live = {
    root, memory, options,
    hulls: false, letters: null, // of the laboratory's plane
    part: (name) => parts.get(name),
    payload: null, picture: null, truth: { boxes: [], labels: [] },
    course: [], lesson: null, way: null, shown: "list",
    ink: null, ...AT_HAND, presenting: false,
    scene: null, result: null, view: "picture", asking: true, unanswered: true, labels: false, pick: false, whole: false, narrow: false,
    reading: null, inspected: -1, cursor: -1, pointed: [],
    // what the laboratory's panels ask of whoever holds them
    truthRevision: 0,
    inspect(anchor) {
      live.inspected = anchor;
      ask("stage");
    },
    pin() {},

    guess(step, value) {
      const next = guessed(live.lesson, live.way, step.id, value);
      if (next === live.way) return;
      live.way = next;
      heard = true;
      rebuilt();
    },
    written: (step) => memory.of(live.lesson.id)?.written?.[step.id],
    write: (step, words) => memory.keep(live.lesson.id, { written: { ...memory.of(live.lesson.id)?.written, [step.id]: words } }),
    shownStep,
    rebuilt,
    go,
    by: back,
    next,
    waits,
    present,
    leave,
    steps: () => (page ? (turns() > 1 ? [page.steps[turn]] : page.steps) : []),
    placeOf: (anchor) => stages.placeOf(anchor),
    ask: () => ask("stage"),
    take,
    fail,
    destroy,
    settle: letGo.settle,
  };
  const hand = createHand(live);
  const notes = createNotes(live);
  const scenes = createScenes(live);
  const { offered, factsOf, writtenOf, say, sayPlain, answerOf } = scenes;
  Object.assign(live, { notes, hand, offered, factsOf, writtenOf, say, sayPlain, answerOf });

  /** Where the lesson stands, as its link says it. */
  function standing() {
    return { ...encodeWay(live.lesson, live.way), ...(live.presenting && { present: "1" }) };
  }

  async function take(bytes, given = null) {
    const seed = given ?? seedOf(bytes);
    let asked = live.presenting;
    if (payloadId(bytes) !== live.payload?.id) {
      const payload = unpack(bytes);
      live.picture = await readPicture(payload);
      live.payload = payload;
      engine = createEngine(payload);
      scenes.take(payload);
      seedRev = null;
    }
    if (seed.rev !== seedRev || given) {
      seedRev = seed.rev;
      const hash = options.standalone && stages === null ? readHash() : null; // read once: later it is written here
      const link = hash?.lesson === String(seed.lesson.id) ? hash : seed.link ?? {};
      Object.assign(live, { course: seed.course, lesson: seed.lesson, truth: seed.own, shown: seed.shown ?? "lesson", foreign: Boolean(seed.foreign), table: seed.table ?? null });
      engine.setTruth(seed.own);
      scenes.setTruth(seed.own);
      live.way = startAt(live.lesson, 0, {});
      if (live.foreign) live.lesson = scenes.suited(live.lesson);
      live.truthRevision += 1;
      asked ||= (hash ?? seed.link)?.present === "1" && live.shown === "lesson";
      const kept = memory.of(live.lesson.id);
      live.way = link.step || !kept ? decodeWay(live.lesson, link) : startAt(live.lesson, kept.step, kept.guesses);
      hand.open();
    }
    if (!stages) wire();
    frame.open();
    root.dataset.ready = "yes";
    if (asked === live.presenting) rebuilt();
    else present(asked);
  }

  function wire() {
    live.ink = readInk(root);
    stages = createStages(live);
    const pointing = createPointing(live, stages);
    const doing = {
      list: () => show("list"),
      back,
      next,
      leave,
      present: () => present(!live.presenting),
      own: () => options.onAsk?.({ kind: "own", on: !live.foreign, at: Date.now() }),
    };
    root.addEventListener("click", (event) => {
      const button = event.target.closest?.("[data-do]");
      if (button) doing[button.dataset.do]?.();
    });
    live.part("everything").addEventListener("click", (event) => {
      if (!options.onAsk) return;
      event.preventDefault();
      options.onAsk({ kind: "open", page: "lab", link: everything(), at: Date.now() });
    });
    const print = () => live.shown === "lesson" && onPaper(() => writeHandout(live.part("handout"), live, stillOf));
    globalThis.addEventListener("beforeprint", print);
    cleanups.push(() => globalThis.removeEventListener("beforeprint", print), listenLesson(live), pointing.stop);
    watch.observe(root);
    watch.observe(live.part("stage-box"));
    live.part("everything").hidden = !options.onAsk;
    for (const button of root.querySelectorAll('[data-do="leave"]')) button.hidden = !options.onAsk;
    if (options.standalone) {
      const media = matchMedia("(prefers-color-scheme: dark)");
      media.addEventListener("change", live.ask);
      cleanups.push(() => media.removeEventListener("change", live.ask));
    }
  }

  /** The page anew: another step, another answer. */
  function rebuilt(focus = false) {
    hand.stop();
    const lists = live.shown === "list";
    live.part("list").hidden = !lists;
    live.part("lesson").hidden = lists;
    setMark(root, "data-shown", live.shown);
    if (lists) {
      writeList(live, open);
      ask("page"); // the theme may be another, the height is
      if (focus) live.part("list-title").focus({ preventScroll: true });
      return;
    }
    const { lesson, way } = live;
    keep();
    page = buildPage(live.part("page"), live);
    const step = shownStep();
    handles = createHandles(live.part("knobs"), live.offered(step) ? ofStep(lesson, step, "controls") ?? [] : [], hand.turn);
    setWords(live.part("title"), lesson.title);
    setWords(live.part("count"), t("Lesson {number} of {all}", { number: lesson.id, all: lesson.of }));
    writeDots(live.part("dots"), live, go);
    turn = Math.min(turn, turns() - 1);
    setMark(live.part("page"), "data-turn", turns() > 1 ? String(turn) : null);
    writeFoot({ back: live.part("back"), next: live.part("next"), wait: live.part("wait"), count: live.part("which") }, live, waits(), turn < turns() - 1);
    live.part("own").hidden = !live.table;
    setMark(live.part("own"), "aria-pressed", String(live.foreign));
    live.part("everything").href = `laboratory?${new URLSearchParams(everything())}`;
    notes.write();
    ask("page", "stage");
    if (focus) focusHeading();
  }

  function focusHeading() {
    page.headings[turn].focus({ preventScroll: true });
    if (root.getBoundingClientRect().top < 0) root.scrollIntoView({ block: "start", behavior: "instant" });
  }

  /** The step whose view and knobs are shown: the last of the page that says something of them, else its first. */
  function shownStep() {
    return page.steps[0];
  }

  /** How many screens a presenter makes of this page. */
  function turns() {
    return live.presenting ? page.headings.length : 1;
  }

  function waits() {
    if (page && (!live.offered(page.steps[0]) || turn < turns() - 1)) return "";
    return waitsFor(live.lesson, live.way);
  }

  function ask(...names) {
    frame.mark(...names);
  }

  function draw() {
    live.ink = readInk(root);
    tellFrame("height", { height: heightNeeded(root) });
    if (live.shown !== "lesson" || !page) return;
    const step = shownStep();
    const { lesson } = live;
    Object.assign(live, live.presenting ? PRESENTED : AT_HAND);
    if (live.presenting) live.ink.size = CANVAS_TYPE;
    const setting = settingAt(lesson, live.way);
    const now = { ...setting.knobs, ...setting.filters, ...hand.knobs };
    const mine = (name) => ofStep(lesson, step, name);
    const object = mine("object") - 1;
    live.scene = scenes.sceneWith({ knobs: now, filters: { ...setting.filters, ...pickFilters(now, setting.filters) } }, step);
    live.result = engine.compute(now, object);
    live.knobs = now;
    live.object = object;
    Object.assign(live, { view: mine("view") ?? "picture", labels: Boolean(mine("labels")), pick: ["one", "both"].includes(mine("heads")), whole: Boolean(mine("whole")) });
    live.pick ||= live.view === "order";
    live.letters = live.pick ? null : lettersOf(live.scene); // whom the plane names, while the second head has no part
    live.asking = pageAt(lesson, live.way) === 0;
    live.unanswered = Boolean(step.answer) && live.way.guesses[step.id] === undefined;
    live.reading = live.inspected >= 0 ? engine.reading(live.inspected) : null;
    setMark(root, "data-presenting", live.presenting);
    handles.refresh(now);
    page.refresh(live.scene);
    if (live.presenting) fit(root);
    stages.draw();
    if (heard) {
      setWords(live.part("live"), verdictOf(live.part("page")));
      live.part("page").querySelector(":scope > .dvl-reason")?.scrollIntoView({ block: "nearest", behavior: "instant" }); // where it lies below
    }
    heard = false;
  }

  /** Do something in the colours of paper. */
  function onPaper(act) {
    root.toggleAttribute("data-print", true);
    act();
    root.toggleAttribute("data-print", false);
    draw();
  }

  /** What the stage shows at a step before the hand does anything there, as an element to keep. */
  function stillOf(step) {
    const kept = [page, live.way, hand.knobs];
    page = { steps: [step], refresh() {} };
    const index = live.lesson.steps.indexOf(step);
    live.way = startAt(live.lesson, index, live.way.guesses);
    hand.knobs = {};
    draw();
    const still = stages.still();
    [page, live.way, hand.knobs] = kept;
    return still;
  }

  function pickFilters(now, filters) {
    return Object.fromEntries(Object.keys(filters).map((name) => [name, now[name]]));
  }

  function move(way) {
    if (way === live.way) return;
    live.way = way;
    turn = 0;
    hand.open();
    live.inspected = -1;
    rebuilt(true);
  }

  function go(step) {
    move({ ...live.way, step });
  }

  function turnTo(other) {
    turn = other;
    rebuilt(true);
  }

  function back() {
    if (turn > 0) turnTo(turn - 1);
    else move(walked(live.lesson, live.way, -1));
  }

  function next() {
    if (waits()) return;
    if (turn < turns() - 1) {
      turnTo(turn + 1);
      return;
    }
    const last = pageAt(live.lesson, live.way) === pagesOf(live.lesson).length - 1;
    if (!last) {
      const on = pagesOf(live.lesson)[pageAt(live.lesson, live.way) + 1];
      move({ ...live.way, step: on.steps[0] });
      return;
    }
    const after = live.course.find((_, i) => live.course[i - 1]?.id === live.lesson.id);
    if (after) open(after.id);
    else show("list");
  }

  /** Open a lesson: in this page where it is carried, else Python brings it. */
  function open(id) {
    if (id === live.lesson.id) return show("lesson");
    if (options.course) {
      const coming = options.course(id).then(([bytes, seed]) => take(bytes, { ...seed, shown: "lesson" }));
      return coming.then(() => rebuilt(true)).catch(fail);
    }
    setMark(root, "data-waiting", true);
    return options.onAsk?.({ kind: "lesson", lesson: id, at: Date.now() });
  }

  function show(what) {
    live.shown = what;
    rebuilt(true);
  }

  function leave() {
    present(false);
    options.onAsk?.({ kind: "open", page: "start", at: Date.now() });
  }

  /** Large type over everything; in the top layer, so that nothing of the page round it is seen. */
  function present(on) {
    if (on === live.presenting) return;
    live.presenting = on;
    turn = 0;
    setMark(root, "data-presenting", on);
    layOver(root, on);
    rebuilt(true);
  }

  /** Keep where the lesson stands: on the device, in the link, and tell the frame. */
  function keep() {
    const { lesson, way } = live;
    const finished = pageAt(lesson, way) === pagesOf(lesson).length - 1 && !waitsFor(lesson, way);
    const score = scoreOf(lesson, way, (step) => live.factsOf(step));
    memory.keep(lesson.id, { step: way.step, guesses: way.guesses, score, ...(finished && { done: true }) });
    tellFrame("lesson", { lesson: lesson.id, title: lesson.title, step: way.step + 1, of: lesson.steps.length, done: finished });
    tellFrame("score", { lesson: lesson.id, ...score });
    if (options.standalone) writeHash(standing());
    letGo.release();
  }

  /** The laboratory's link to this very state. */
  function everything() {
    const setting = settingAt(live.lesson, live.way);
    const state = encodeState({ knobs: { ...setting.knobs, ...hand.knobs }, object: ofStep(live.lesson, shownStep(), "object") - 1 });
    return live.foreign ? state : { pic: live.lesson.picture, det: live.lesson.detector, ...state };
  }

  function fail(error) {
    const fault = live.part("fault");
    fault.hidden = false;
    setWords(fault, t("The lesson cannot be shown: {reason}. Reload the page, or choose another lesson.", { reason: error.message }));
    root.dataset.ready = "failed";
    console.error(error);
  }

  function destroy() {
    watch.disconnect();
    frame.stop();
    letGo.stop();
    hand.stop();
    notes.close();
    cleanups.forEach((clean) => clean());
  }

  root.__lesson = live;
  return live;
}

/** Bring a page of several lessons to life: `carried(name)` gives or brings its bytes, its "course" what each lesson needs.
 *  `options.onAsk` opens other pages, where there are some. */
export async function mountCourse(root, carried, options = {}) {
  const course = JSON.parse(new TextDecoder().decode(await carried("course")));
  const of = (id) => course.find(({ seed }) => seed.lesson.id === Number(id));
  const asked = of(readHash()?.lesson);
  const first = asked ?? course[0];
  const open = async (id) => [await carried(of(id).bytes), of(id).seed];
  return mountLesson(root, await carried(first.bytes), { ...options, standalone: true, seed: asked ? { ...first.seed, shown: "lesson" } : first.seed, course: open });
}

export default asComponent(mountLesson);

// Four panels, one seen at a time where there is room for one: Why, Order, Plane, Gap; and the drawer "More" over them.

import { headline, reason, tugWords, verdict } from "./reasons.js";
import { VIEW } from "../engine/knobs.js";
import { ordinal, three } from "../kit/numbers.js";
import { setMark, setWords } from "../kit/ink.js";
import { sentence } from "./explain.js";
import { sameRatio } from "./summary.js";
import { t, tn } from "../kit/words.js";

const ALL_AT_ONCE = 1480; // pixels of width that hold the picture and all four panels

/** The tabs: they show the panel of `lab.view.panel`, or all of them where the laboratory is wide. */
export function createTabs(lab) {
  const tabs = [...lab.root.querySelectorAll("[data-tab]")];
  const panels = [...lab.root.querySelectorAll("[data-panel]")];
  let shown = new Set();

  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => lab.setView({ panel: tab.dataset.tab }));
    tab.addEventListener("keydown", (event) => {
      const way = { ArrowRight: 1, ArrowLeft: -1, Home: -i, End: tabs.length - 1 - i }[event.key];
      if (way === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      const next = tabs[(i + way + tabs.length) % tabs.length];
      lab.setView({ panel: next.dataset.tab });
      next.focus();
    });
  });

  /** Show what is to be seen now; true where a panel came into sight, which then must be drawn. */
  function show() {
    const all = lab.root.clientWidth >= ALL_AT_ONCE;
    const wanted = new Set(all ? VIEW.panel : [lab.view.panel]);
    const fresh = [...wanted].some((name) => !shown.has(name));
    setMark(lab.root, "data-all", all);
    for (const panel of panels) panel.hidden = !wanted.has(panel.dataset.panel);
    for (const tab of tabs) {
      const chosen = tab.dataset.tab === lab.view.panel;
      setMark(tab, "aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    shown = wanted;
    return fresh;
  }

  return { show, shows: (name) => shown.has(name) };
}

/** The panel "Why": headline, a verdict and a reason per head, and the pull of score against overlap. */
export function createWhy(lab) {
  const title = lab.part("headline");
  const caption = lab.part("ladder-words");
  const heads = [0, 1].map((h) => {
    const [pulls, words] = lab.part(`tug-${h}`).children;
    return { verdict: lab.part(`verdict-${h}`), reason: lab.part(`reason-${h}`), tug: lab.part(`tug-${h}`), pulls, words: [...words.children] };
  });

  function write(dirty) {
    if (!dirty.knobs && !dirty.object && !dirty.hover && !dirty.view) return;
    const { engine, result, reading, view } = lab;
    setWords(title, headline(engine, result, reading, lab.inspected >= 0));
    setWords(caption, ladderCaption(result));
    heads.forEach((head, h) => {
      setWords(head.verdict, verdict(reading, h));
      const { words, tug } = reason(engine, result, reading, h, view.layer);
      setWords(head.reason, words);
      setMark(head.reason, "title", reading ? sentence(engine, result, reading, h) : null);
      if (head.tug.hidden === Boolean(tug)) head.tug.hidden = !tug;
      if (tug) writeTug(head, tug, reading.heads[h].rank === 1);
    });
  }

  return { write };
}

/** The rope: what pulls for this anchor lies left of the knot, what pulls for the other one right of it. */
function writeTug({ tug, pulls, words }, { score, overlap }, first) {
  const whole = Math.abs(score) + Math.abs(overlap);
  const own = score > 0 ? score : overlap;
  const names = tugWords({ score, overlap }, first);
  setMark(tug, "data-own", score > 0 ? "score" : "overlap");
  const share = (100 * Math.abs(own)) / whole;
  setMark(pulls, "style", `--own:${share.toFixed(1)}%`);
  [words[0], words[1]].forEach((side, i) => setWords(side, names[score > 0 ? i : 1 - i]));
  setMark(tug, "title", `α·Δlog p = ${signed(score)}, β·Δlog u = ${signed(overlap)}`);
}

function signed(value) {
  return `${value > 0 ? "+" : ""}${three(value)}`;
}

export function ladderCaption({ selected, each, object }) {
  const { pickCount, keptCount } = selected ? each[object].heads[0] : { pickCount: 0 };
  if (!pickCount) return "";
  const fields = { taken: pickCount };
  if (pickCount === keptCount) return tn("the {n} anchor taught in the one-to-many head", "the {n} anchors taught in the one-to-many head, best first", pickCount);
  return tn("{n} of the {taken} anchors that the one-to-many head took stays with it", "{n} of the {taken} anchors that the one-to-many head took stay with it", keptCount, fields);
}

/** Headlines of Order and Gap: what is to be seen there now. */
export function orderHeadline({ selected, knobs, settings }) {
  if (!selected) return t("Two orders of the same anchors");
  if (knobs.locked && knobs.r !== 1) return t("r = {r}: every m′ changed, no rank did.", { r: knobs.r.toFixed(2) });
  if (knobs.shared && sameRatio(settings)) return t("One order: no rank differs.");
  const rank = selected.rankOfPick;
  if (rank === 1) return t("The two orders begin alike.");
  return rank ? t("First in one order, {place} in the other.", { place: ordinal(rank) }) : t("First in one order, absent from the other.");
}

export function gapHeadline({ selected }) {
  if (!selected || selected.pick < 0) return t("No one-to-one pick, no gap.");
  const { floor, value } = selected.gap;
  const fields = { gap: three(value), floor: three(floor) };
  if (value < 1e-9) return t("Both heads are taught the same: the gap is 0.");
  if (value - floor < 5e-4) return t("The gap is {gap}, the least that any pick could give.", fields);
  return t("The gap is {gap}; the best pick would leave {floor}.", fields);
}

/** The drawer "More" over the panels: Escape closes it, and the focus goes back where it was. */
export function createDrawer(lab) {
  const drawer = lab.part("drawer");
  const opener = lab.root.querySelector(".dv-more");
  const side = lab.root.querySelector(".dv-side");

  function toggle(open = drawer.hidden) {
    if (open !== drawer.hidden) return;
    const held = drawer.contains(lab.root.getRootNode().activeElement);
    drawer.hidden = !open;
    setMark(side, "data-more", open);
    setMark(opener, "aria-expanded", String(open));
    if (open) {
      drawer.scrollTop = 0;
      drawer.focus({ preventScroll: true });
      if (drawer.getBoundingClientRect().top > globalThis.innerHeight * 0.6) drawer.scrollIntoView({ block: "start" });
    } else if (held) opener.focus();
  }

  return {
    toggle,
    get open() {
      return !drawer.hidden;
    },
  };
}

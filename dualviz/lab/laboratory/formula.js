// The formula strip: m = s · p^α · u^β with the inspected anchor's numbers plugged in, for both heads; the way from metric
// to target; one sentence that says why; and the words behind every symbol, on hover and on focus.

import { chain, overlapName, sentence, targetSentence } from "./explain.js";
import { symbols } from "./symbols.js";
import { three, threeOfLog } from "../kit/numbers.js";
import { setMark, setWords } from "../kit/ink.js";
import { TARGET_LAYERS } from "../engine/targets.js";
import { t } from "../kit/words.js";

const FORMULA_NAMES = [t("one-to-many"), t("one-to-one")];

/** The strip with both heads' equations, asked for by a button; and which anchor the panel speaks of. */
export function createFormula(lab) {
  const name = lab.part("anchor-name");
  const strip = lab.part("formula");
  const button = lab.root.querySelector('[data-do="formula"]');
  const ask = lab.part("formula-words");
  const letGo = lab.root.querySelector('[data-do="unpin"]');
  const lines = [...strip.querySelectorAll(".dv-line")].map((holder, h) => createLine(holder, h));

  function write(dirty) {
    if (!dirty.knobs && !dirty.object && !dirty.hover && !dirty.view) return;
    const { reading, result, view, inspected } = lab;
    setWords(name, reading && (inspected >= 0 || view.formula) ? anchorName(reading) : t("Point at any anchor to ask about it"));
    if (letGo.hidden === view.pin >= 0) letGo.hidden = view.pin < 0;
    if (strip.hidden === view.formula) strip.hidden = !view.formula;
    setMark(button, "aria-expanded", String(view.formula));
    setWords(ask, view.formula ? t("Hide the formula") : t("Show the formula"));
    if (view.formula) for (const line of lines) line(lab.engine, result, reading, view.layer);
  }

  return { write };
}

function anchorName({ cell }) {
  return t("Anchor {level} ({column}, {row})", { level: cell.name, column: cell.column, row: cell.row });
}

/** One head's line; returns what writes new numbers into it. */
function createLine(holder, h) {
  const make = (tag, className, words, parent) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (words) element.textContent = words;
    parent?.append(element);
    return element;
  };
  const symbol = (key, words, parent, tag = "span") => {
    const element = make(tag, "dv-sym", words, parent);
    element.dataset.sym = key;
    return element;
  };
  holder.replaceChildren();
  const equation = make("div", "dv-eq", "", holder);
  make("span", "dv-hidden", FORMULA_NAMES[h], equation);
  const general = make("span", "dv-eq-part", "", equation);
  const nodes = {};
  symbol("m", h ? "m′" : "m", general);
  general.append(" = ");
  symbol("s", "s", general);
  general.append(" · ");
  symbol("p", "p", general);
  nodes.alphaName = symbol("alpha", "α", general, "sup");
  general.append(" · ");
  nodes.overlapName = symbol("u", "CIoU", general);
  nodes.betaName = symbol("beta", "β", general, "sup");
  equation.append(" ");
  const plugged = make("span", "dv-eq-part", "", equation);
  plugged.append("= ");
  nodes.s = make("span", "dv-num dv-num-s", "1", plugged);
  plugged.append(" · ");
  nodes.p = make("span", "dv-num", "", plugged);
  nodes.alpha = make("sup", "dv-num-exp", "", plugged);
  plugged.append(" · ");
  nodes.u = make("span", "dv-num", "", plugged);
  nodes.beta = make("sup", "dv-num-exp", "", plugged);
  plugged.append(" = ");
  nodes.m = make("b", "dv-num dv-num-m", "", plugged);
  const steps = make("ol", "dv-chain", "", holder);
  const links = ["rank", "topk", "conflict", "keep", "target"].map((key) => {
    const item = make("li", "", "", steps);
    const plainWords = key === "conflict" || key === "keep";
    const words = make("span", plainWords ? "" : "dv-sym", "", item);
    if (!plainWords) {
      words.dataset.sym = key === "topk" ? "k" : key === "target" ? "t" : key;
    }
    return { key, item, words };
  });
  const because = make("p", "dv-because", "", holder);
  rovingFocus(holder);

  return (engine, result, reading, layer) => {
    const { alpha, beta } = result.settings[h];
    const { locked } = result.knobs;
    setWords(nodes.alphaName, h === 0 ? "α" : locked ? "rα" : "α′");
    setWords(nodes.betaName, h === 0 ? "β" : locked ? "rβ" : "β′");
    setWords(nodes.overlapName, overlapName(result.knobs));
    setWords(nodes.alpha, alpha.toFixed(2));
    setWords(nodes.beta, beta.toFixed(2));
    const mine = reading?.heads[h];
    setWords(nodes.s, reading ? String(reading.s) : "—");
    setWords(nodes.p, mine ? three(mine.p) : "—");
    setWords(nodes.u, mine ? three(mine.u) : "—");
    setWords(nodes.m, mine ? threeOfLog(mine.logM) : "—");
    const way = reading ? chain(reading, result, h) : [];
    for (const { key, item, words } of links) {
      const link = way.find((one) => one.key === key);
      setWords(words, link ? link.text : "—");
      setMark(item, "data-ok", link ? String(link.ok) : "null");
      if (key === "keep" && item.hidden === Boolean(link)) item.hidden = !link;
    }
    setWords(because, (TARGET_LAYERS.includes(layer) ? targetSentence : sentence)(engine, result, reading, h));
  };
}

/** The symbols inside an element as one stop of the Tab key; left and right arrows go from one to the next. */
export function rovingFocus(holder) {
  const symbols = [...holder.querySelectorAll("[data-sym]")];
  const stop = (chosen) => symbols.forEach((symbol) => (symbol.tabIndex = symbol === chosen ? 0 : -1));
  stop(symbols[0]);
  holder.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = symbols.indexOf(event.target);
    if (!way || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = symbols[(at + way + symbols.length) % symbols.length];
    stop(next);
    next.focus();
  });
}

/** Words for symbols: any element with data-sym explains itself while it is pointed at or focused. */
export function createTips(lab) {
  const tip = lab.part("tip");
  let target = null;

  function show(element) {
    target = element;
    refresh();
    tip.hidden = false;
    const root = lab.root.getBoundingClientRect();
    const at = element.getBoundingClientRect();
    const width = tip.offsetWidth;
    const left = Math.max(4, Math.min(root.width - width - 4, at.left - root.left + at.width / 2 - width / 2));
    const above = at.top - root.top - tip.offsetHeight - 8;
    tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(at.top > tip.offsetHeight + 12 ? above : at.bottom - root.top + 8)}px)`;
    element.setAttribute("aria-describedby", "dv-tip");
  }

  function hide() {
    target?.removeAttribute("aria-describedby");
    target = null;
    tip.hidden = true;
  }

  function refresh() {
    if (!target || !lab.result) return;
    const h = Number(target.closest("[data-head]")?.dataset.head ?? target.dataset.headOf ?? 0);
    const entry = symbols(lab.reading, lab.result, h)[target.dataset.sym];
    if (!entry) return;
    const words = `${entry.symbol}: ${entry.name} = ${entry.value}\n${entry.meaning}`;
    if (!setWords(tip, words)) return;
    const head = document.createElement("b");
    head.textContent = `${entry.symbol}  ${entry.name}`;
    const value = document.createElement("span");
    value.className = "dv-tip-value";
    value.textContent = entry.value;
    const meaning = document.createElement("p");
    meaning.textContent = entry.meaning;
    tip.replaceChildren(head, value, meaning);
  }

  tip.id = "dv-tip";
  const symbolOf = (event) => event.target.closest?.("[data-sym]");
  lab.root.addEventListener("pointerover", (event) => {
    const element = symbolOf(event);
    if (element && element !== target) show(element);
    else if (!element && target && target !== lab.root.getRootNode().activeElement) hide();
  });
  lab.root.addEventListener("focusin", (event) => {
    const slider = event.target.matches?.('input[type="range"]:focus-visible') && event.target.closest(".dv-slider")?.querySelector("[data-sym]");
    const element = symbolOf(event) ?? slider;
    if (element) show(element);
    else hide();
  });
  lab.root.addEventListener("focusout", hide);
  lab.root.addEventListener("keydown", (event) => event.target.matches?.("input") && hide(), true);
  lab.root.addEventListener("pointerdown", hide, true);
  return { refresh, hide };
}

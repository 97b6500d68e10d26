// The right column of a lesson: the question, what is seen, the answers; after the commit the verdict first, the guess second and
// quiet. Built anew for every page; its sentences follow the scene while a knob turns.

import { setMark, setWords } from "../kit/ink.js";
import { joined, t } from "../kit/words.js";
import { EVIDENCE } from "./evidence.js";
import { make, setRich } from "./rich.js";
import { isRight, ofStep, pageAt, pagesOf, saidKey, sentenceOf } from "./steps.js";

const FORMULAS = {
  m: "m = s · p^α · u^β",
  power: "m′ = s · p^(rα) · u^(rβ) = m^r",
  unlocked: "m′ = m^(r₁) · u^((r₂ − r₁)β)",
  target: "t = u · m / max m",
  gap: "A = Σ |t − t′|",
  push: "push = σ(z) − t",
};

/** Build the page a way stands on into `holder`. `lesson` is the live lesson: its way, scene, and what answers do. Returns
 *  {headings, steps, refresh(scene)}: a heading for each turn, of which a presenter shows one at a time: the reveal, then its why. */
export function buildPage(holder, live) {
  const { lesson, way } = live;
  const page = pagesOf(lesson)[pageAt(lesson, way)];
  const steps = page.steps.map((index) => lesson.steps[index]);
  const says = []; // [element, given sentence]
  const blocks = [];
  const say = (tag, className, given) => {
    const element = make(tag, className);
    says.push([element, given]);
    return element;
  };
  const heading = make("h2", "dvl-question");
  heading.tabIndex = -1;
  const parts = [heading];
  if (!live.offered(steps[0])) {
    says.push([heading, t("Not in this picture")]);
    parts.push(make("p", "dvl-words", t("There is no such case in this picture, so this step is not offered. Try another picture, or go on.")));
  } else {
    const [first] = steps;
    says.push([heading, first.kind === "tell" ? first.verdict ?? first.words : first.words]);
    if (first.title) says[0][1] = first.title;
    if (first.kind === "tell" && first.of) parts.push(saidLine(live, first, says));
    if (first.kind === "formula") parts.push(say("p", "dvl-formula", FORMULAS[first.formula] ?? first.formula));
    const shown = (ofStep(lesson, first, "show") ?? []).map((name) => ({ name, ...EVIDENCE[name]() }));
    blocks.push(...shown);
    const words = first.verdict || first.title ? first.words : null;
    const sentence = words ? [say("p", "dvl-words", words)] : [];
    const early = shown.filter(({ name }) => name !== "tug").map(({ element }) => element);
    const late = shown.filter(({ name }) => name === "tug").map(({ element }) => element); // the picture of the sentence
    parts.push(...early, ...sentence, ...late);
    if (first.kind === "act") parts.push(actPart(live, first));
    for (const step of steps) if (step.answer) parts.push(...askPart(live, step, step !== first, say));
  }
  holder.replaceChildren(...parts);
  const why = parts.find((part) => part.matches(".dvl-why"));
  const second = parts.findIndex((part) => part.matches("hr"));
  parts.forEach((part, i) => setMark(part, "data-turn", why && String(Number(i >= second))));

  function refresh(scene) {
    for (const [element, given] of says) setRich(element, scene.say(sentenceOf(given, scene.value)));
    for (const block of blocks) block.refresh(scene, live);
  }
  return { headings: why ? [heading, why] : [heading], refresh, steps };
}

/** "You said A …" with a tick or a cross; nothing where nobody guessed (a link led straight here). */
function saidLine(live, tell, says) {
  const { lesson, way } = live;
  const asked = lesson.steps.find(({ id }) => id === tell.of);
  const guess = way.guesses[tell.of];
  const line = make("p", "dvl-said");
  line.hidden = guess === undefined;
  if (guess === undefined) return line;
  const value = live.factsOf(asked);
  line.dataset.mark = isRight(asked, guess, value) ? "right" : "wrong";
  const words = make("span");
  const said = tell.said?.[saidKey(asked, guess, value)] ?? "";
  says.push([words, asked.answer.type === "number" ? joined(t("You said {guess}.", { guess }), said) : said]);
  line.append(make("span", "dv-hidden", isRight(asked, guess, value) ? t("Right:") : t("Not so:")), words);
  return line;
}

/** What the hand is asked to do, and the button that does it. */
function actPart(live, step) {
  const done = Boolean(live.way.acted[step.id]);
  const button = make("button", "dvl-do", step.act.type === "reveal" ? t("Show it") : t("Do it for me"));
  button.type = "button";
  button.disabled = done;
  button.addEventListener("click", () => live.hand.doIt(step));
  const state = make("p", "dvl-state", done ? t("Done.") : step.act.type === "reveal" ? "" : t("The step waits for your hand."));
  if (done) state.dataset.mark = "right";
  return make("div", "dvl-act", button, state);
}

/** A question's answers, and what is said once one is chosen. A why stands below its reveal, with its own heading. */
function askPart(live, step, below, say) {
  const { way, lesson } = live;
  const guess = way.guesses[step.id];
  const revealed = lesson.steps.some(({ kind, of }) => kind === "tell" && of === step.id);
  const judged = guess !== undefined && !revealed && step.answer.type !== "write";
  const value = live.factsOf(step);
  const parts = [];
  if (below) {
    const title = say("h3", "dvl-why", step.words);
    title.tabIndex = -1;
    parts.push(make("hr"), title);
  }
  const { type } = step.answer;
  if (type === "choice") parts.push(choicePart(live, step, { guess, judged, value, say }));
  if (type === "number") parts.push(numberPart(live, step, guess));
  if (type === "point") parts.push(pointPart(live, step, guess));
  if (type === "write") parts.push(writePart(live, step));
  const reason = guess !== undefined && !revealed ? step.because ?? step.model : "";
  if (judged) parts.push(judgedLine(live, step, reason, say));
  else if (reason) parts.push(say("p", "dvl-words", reason));
  return parts;
}

/** "Yes." or "Not that.", the number where one was asked for, and the reason, in one paragraph. */
function judgedLine(live, step, reason, say) {
  const { type } = step.answer;
  const value = live.factsOf(step);
  const guess = live.way.guesses[step.id];
  const right = isRight(step, guess, value);
  const line = make("p", "dvl-said dvl-reason");
  line.dataset.mark = right ? "right" : "wrong";
  const exact = type !== "number" || guess === value(step.answer.right);
  const lead = right ? (exact ? t("Yes.") : t("Close.")) : type === "number" ? t("Not quite.") : t("Not that.");
  const verdict = type === "number" ? joined(lead, t("It is {value}.", { value: live.writtenOf(step) })) : lead;
  const own = step.said?.[saidKey(step, guess, value)];
  line.append(own ? say("b", "", own) : make("b", "", verdict));
  if (reason) line.append(joined(own ?? verdict, "").slice((own ?? verdict).length), say("span", "", reason));
  return line;
}

function choicePart(live, step, { guess, judged, value, say }) {
  const { right, right_key: fixed } = step.answer;
  const rightKey = judged ? fixed ?? value(right) : null;
  const buttons = step.answer.options.map(({ key, words }, i) => {
    const button = make("button", "", make("kbd", "", String(i + 1)), say("span", "", words));
    button.type = "button";
    button.dataset.answer = key;
    if (guess !== undefined) {
      button.dataset.state = judged && key === rightKey ? "right" : key === guess ? "guess" : "other";
      button.setAttribute("aria-pressed", String(key === guess));
      if (key === guess && key !== rightKey) button.dataset.note = t("your guess");
    }
    button.addEventListener("click", () => live.guess(step, key));
    return button;
  });
  const group = make("div", "dv-answers dvl-answers", ...buttons);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", t("Answers"));
  return group;
}

function numberPart(live, step, guess) {
  const input = document.createElement("input");
  const { min, max, unit } = step.answer;
  Object.assign(input, { type: "number", step: "any", className: "dvl-number", ...(min !== undefined && { min }), ...(max !== undefined && { max }) });
  input.setAttribute("aria-label", t("Your number"));
  const button = make("button", "dvl-do", t("That is my guess"));
  button.type = "button";
  if (guess !== undefined) {
    input.value = String(guess);
    input.disabled = true;
    button.disabled = true;
  }
  const commit = () => {
    if (input.value !== "" && Number.isFinite(Number(input.value))) live.guess(step, Number(input.value));
    else input.focus();
  };
  button.addEventListener("click", commit);
  input.addEventListener("keydown", (event) => event.key === "Enter" && commit());
  return make("div", "dvl-act", input, ...(unit ? [make("span", "", unit)] : []), button);
}

function pointPart(live, step, guess) {
  const button = make("button", "dvl-do", t("This place"));
  button.type = "button";
  button.disabled = guess !== undefined || live.cursor < 0;
  button.dataset.commit = "";
  button.addEventListener("click", () => live.cursor >= 0 && live.guess(step, live.cursor));
  return make("div", "dvl-act", make("p", "dvl-state", t("Click a place on the picture, or walk there with the arrow keys.")), button);
}

/** Free words: they stay on this device; a model answer stands beside them once they are kept. */
function writePart(live, step) {
  const area = document.createElement("textarea");
  area.rows = 3;
  area.className = "dvl-write";
  area.setAttribute("aria-label", t("Your reason, in your own words"));
  area.value = live.written(step) ?? "";
  const button = make("button", "dvl-do", t("Compare with another answer"));
  button.type = "button";
  const kept = live.way.guesses[step.id] !== undefined;
  button.disabled = kept;
  area.addEventListener("input", () => live.write(step, area.value));
  button.addEventListener("click", () => live.guess(step, "written"));
  return make("div", "dvl-act", area, button, make("p", "dvl-state", t("What you write stays on this device.")));
}

/** The row of pages: which are behind, which is here; dots where the row is narrow. */
export function writeDots(list, { lesson, way }, go) {
  const pages = pagesOf(lesson);
  const here = pageAt(lesson, way);
  list.replaceChildren(
    ...pages.map(({ name, steps }, i) => {
      const button = make("button", "", make("span", "", name));
      button.type = "button";
      button.disabled = i > here;
      button.dataset.state = i < here ? "behind" : i === here ? "here" : "ahead";
      if (i === here) button.setAttribute("aria-current", "step");
      button.setAttribute("aria-label", t("{name}, {number} of {all}", { name, number: i + 1, all: pages.length }));
      button.addEventListener("click", () => go(steps[0]));
      return make("li", "", button);
    }),
  );
}

/** Back, Next and what is waited for; `more` says that this page has another turn. */
export function writeFoot(foot, live, waiting, more) {
  const { lesson, way, course } = live;
  const page = pageAt(lesson, way);
  const last = page === pagesOf(lesson).length - 1 && !more;
  const next = course.find((_, i) => course[i - 1]?.id === lesson.id);
  setMark(foot.back, "data-off", page === 0);
  foot.back.disabled = page === 0;
  foot.next.hidden = Boolean(waiting);
  setWords(foot.next, !last ? t("Next") : next ? t("Next lesson") : t("All lessons"));
  setMark(foot.next, "title", last && next ? next.title : null);
  const counted = lesson.steps.find((step) => waiting === "guess" && step.answer?.type === "choice" && pagesOf(lesson)[page].steps.includes(lesson.steps.indexOf(step)));
  const hands = counted ? t("Hands up, then {keys}", { keys: counted.answer.options.map((_, i) => i + 1).join(", ") }) : t("Hands up");
  const pick = counted ? t("Pick one to go on") : t("Answer to go on");
  setWords(foot.wait, waiting === "guess" ? (live.presenting ? hands : pick) : waiting === "act" ? t("Try it to go on") : "");
  setWords(foot.count, t("Lesson {number} of {all}", { number: lesson.id, all: lesson.of }));
}

/** What a screen reader hears when a page is answered. */
export function verdictOf(holder) {
  const parts = [holder.querySelector(".dvl-question"), ...holder.querySelectorAll(".dvl-said:not([hidden])")];
  return parts.map((part) => part?.textContent ?? "").filter(Boolean).reduce((all, words) => joined(all, words));
}

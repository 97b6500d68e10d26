// The list of lessons: minutes, which are done on this device, where each stands. And what others hear of a lesson: the frame
// round this page gets the height, the step and the score as messages; a second window gets the teacher's notes.

import { setWords } from "../kit/ink.js";
import { t, tn } from "../kit/words.js";
import { make, setRich } from "./rich.js";
import { pageAt, pagesOf } from "./steps.js";

const FIRST_FEW = 3;

/** Write the list; `open(id)` is called for a lesson. */
export function writeList(live, open) {
  const { course, memory } = live;
  const done = new Set(memory.done);
  const minutes = (lessons) => lessons.reduce((sum, lesson) => sum + lesson.minutes, 0);
  const fields = { minutes: minutes(course), first: minutes(course.slice(0, FIRST_FEW)) };
  const words = course.length > FIRST_FEW
    ? t("{lessons} lessons, {minutes} minutes; the first three take {first}. Each asks before it answers.", { lessons: course.length, ...fields })
    : tn("{n} lesson, {minutes} minutes. It asks before it answers.", "{n} lessons, {minutes} minutes. Each asks before it answers.", course.length, fields);
  setWords(live.part("list-words"), words);
  const next = course.find(({ id }) => !done.has(id)) ?? course[0];
  live.part("list-items").replaceChildren(
    ...course.map((lesson) => {
      const kept = memory.of(lesson.id);
      const state = done.has(lesson.id) ? "done" : kept ? "begun" : "new";
      const words = { done: kept?.score ? t("done, {right} of {of} right", kept.score) : t("done"), begun: t("begun"), new: "" }[state];
      const button = make("button", "", make("span", "dvl-number-of", String(lesson.id)), make("span", "dvl-asks", make("b", "", lesson.title), make("span", "dvl-sub", lesson.asks)), make("span", "dvl-sub", tn("{n} minute", "{n} minutes", lesson.minutes)), make("span", "dvl-mark", words));
      button.type = "button";
      button.dataset.state = state;
      button.dataset.lesson = lesson.id;
      if (lesson.id === next?.id) button.dataset.next = "";
      button.addEventListener("click", () => open(lesson.id));
      return make("li", "", button);
    }),
  );
}

/** The teacher's second window: what is asked now, its answer, what comes next, and the notes of the lesson. */
export function createNotes(live) {
  let opened = null;

  function show() {
    if (!opened || opened.closed) opened = globalThis.open("", "dualviz-notes", "popup,width=760,height=620");
    if (!opened) return false;
    write();
    opened.focus();
    return true;
  }

  function write() {
    if (!opened || opened.closed) return;
    const page = opened.document;
    const { lesson, way } = live;
    page.title = t("Notes: {title}", { title: lesson.title });
    page.documentElement.lang = live.root.lang;
    Object.assign(page.body.style, { font: "22px/1.45 system-ui, sans-serif", margin: "24px", maxWidth: "44em" });
    const said = (tag, size, step, words) => {
      const element = page.createElement(tag);
      element.style.fontSize = `${size}px`;
      setRich(element, live.say(step, words));
      return element;
    };
    const first = (step) => step.title ?? step.verdict ?? step.words;
    const pages = pagesOf(lesson);
    const here = pageAt(lesson, way);
    const steps = pages[here].steps.map((index) => lesson.steps[index]);
    const after = pages[here + 1];
    const coming = after && lesson.steps[after.steps[0]];
    const heading = t("Lesson {number}, step {step} of {all}: {title}", { number: lesson.id, title: lesson.title, step: way.step + 1, all: lesson.steps.length });
    const parts = [said("h1", 26, steps[0], heading)];
    for (const step of steps) {
      parts.push(said("h2", 24, step, first(step)));
      if (step.note) parts.push(said("p", 22, step, step.note));
      const answer = step.answer ? live.answerOf(step) : "";
      if (answer) parts.push(said("p", 22, step, t("Answer: {answer}", { answer })));
    }
    if (coming) parts.push(said("p", 22, coming, t("Next: {name}. {words}", { name: after.name, words: live.say(coming, first(coming)) })));
    for (const { heading: name, words } of lesson.notes ?? []) parts.push(said("h2", 24, steps[0], name), ...words.map((one) => said("p", 22, steps[0], one)));
    page.body.replaceChildren(...parts);
  }

  return { show, write, close: () => opened?.close() };
}

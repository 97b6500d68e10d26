// A lesson on paper: every question with its picture and room for the answer, what to do, and no answers.

import { t } from "../kit/words.js";
import { make, setRich } from "./rich.js";
import { ofStep } from "./steps.js";

/** Write the handout into `holder`. `stillOf(step)` gives what the stage shows there, as an element: at the first question, and where
 *  one is about another object. Pictures of other steps would tell what was asked before. */
export function writeHandout(holder, live, stillOf) {
  const { lesson } = live;
  const said = (tag, className, step, words) => {
    const element = make(tag, className);
    setRich(element, live.say(step, words));
    return element;
  };
  const parts = [make("h1", "", `${lesson.id}. ${lesson.title}`)];
  let number = 0;
  for (const step of lesson.steps) {
    if (step.kind === "tell" || !live.offered(step)) continue;
    if (step.kind === "act") {
      const task = make("h2");
      setRich(task, t("Do: {what}", { what: live.say(step, step.title ?? step.words) }));
      parts.push(task);
    }
    if (!step.answer) continue;
    const [first, ...rest] = [step.title, step.words].filter(Boolean);
    number += 1;
    const question = make("section", "dvl-asked", make("h2", "", `${number}. `, said("span", "", step, first)));
    if (number === 1 || step.object) question.append(stillOf(step));
    if (ofStep(lesson, step, "show")?.includes("pair")) question.append(said("p", "", step, t("A: score {a_score}, overlap {a_overlap}. B: score {b_score}, overlap {b_overlap}.")));
    for (const words of rest) question.append(said("p", "", step, words));
    if (step.answer.type === "choice") question.append(make("ul", "", ...step.answer.options.map(({ words }) => said("li", "", step, words))));
    if (step.answer.type !== "choice" || step.kind === "why") question.append(make("p", "dvl-line"), make("p", "dvl-line"));
    parts.push(question);
  }
  holder.replaceChildren(...parts);
}

// A teacher's exercise stands above the page that its link opens: title and note, and the way out.

import { setWords } from "../kit/ink.js";
import { t } from "../kit/words.js";

/** Write it. @param exercise {title, note, only} @param leave is told what stays of it: at first without its choice of knobs */
export function showExercise({ title, note, only }, leave) {
  const holder = document.querySelector(".dvx-exercise");
  const part = (name) => holder.querySelector(`[data-part=${name}]`);
  holder.hidden = !title && !note && !only.length;
  setWords(part("title"), title);
  setWords(part("note"), note);
  setWords(part("everything"), only.length ? t("Show me everything") : t("Close the exercise"));
  part("everything").onclick = () => {
    const left = only.length ? { title, note, only: [] } : { title: "", note: "", only: [] };
    showExercise(left, leave);
    leave(left);
  };
}

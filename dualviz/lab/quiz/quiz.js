// Six questions before and after: asked, judged and kept in the browser. The key is shown after the second round only, so that
// nobody learns the answers from the test.

import { setWords } from "../kit/ink.js";
import { spokenTag, t, tn } from "../kit/words.js";
import { createResults, csvOf, partnerOf, scoreOfRow } from "./results.js";

/** Bring quiz.html inside `root` to life over {questions: [{words, options, right, why}]}. */
export function mountQuiz(root, { questions }) {
  const element = root.querySelector(".dvq");
  const parts = new Map([...element.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  const form = parts.get("form");
  const results = createResults();
  element.lang = spokenTag();
  const doing = { again: start, csv: save, forget };
  element.addEventListener("click", (event) => doing[event.target.closest("[data-do]")?.dataset.do]?.());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    finish();
  });
  parts.get("questions").replaceChildren(...questions.map(questionItem));
  start();
  element.dataset.ready = "yes";

  function questionItem({ words, options }, index) {
    const item = document.createElement("li");
    const group = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = `${index + 1}. ${words}`;
    const choices = options.map((option, place) => {
      const label = document.createElement("label");
      const radio = Object.assign(document.createElement("input"), { type: "radio", name: `question-${index}`, value: String(place) });
      const text = document.createElement("span");
      text.textContent = option;
      label.append(radio, text);
      return label;
    });
    group.append(legend, ...choices);
    const why = document.createElement("p");
    why.className = "dvq-why";
    why.hidden = true;
    item.append(group, why);
    return item;
  }

  function start() {
    for (const radio of form.querySelectorAll('[name^="question-"]')) Object.assign(radio, { checked: false, disabled: false });
    for (const label of form.querySelectorAll("[data-mark]")) label.removeAttribute("data-mark");
    for (const why of form.querySelectorAll(".dvq-why")) why.hidden = true;
    setWords(parts.get("missing"), "");
    parts.get("result").hidden = true;
    form.querySelector(".dvq-done").hidden = false;
    form.querySelector('[data-do="again"]').hidden = true;
    count();
  }

  function finish() {
    const given = questions.map((_, i) => Number(form.querySelector(`[name="question-${i}"]:checked`)?.value ?? -1));
    const open = given.filter((answer) => answer < 0).length;
    setWords(parts.get("missing"), open ? tn("{n} question is still open.", "{n} questions are still open.", open) : "");
    if (open) {
      form.querySelector(`[name="question-${given.indexOf(-1)}"]`).focus();
      return;
    }
    const round = form.querySelector('[name="round"]:checked').value;
    const row = { when: new Date().toISOString(), round, name: parts.get("name").value.trim(), given, right: given.map((answer, i) => answer === questions[i].right) };
    const partner = partnerOf(results.rows, row);
    results.add(row);
    tell(row, partner);
  }

  function tell(row, partner) {
    setWords(parts.get("score"), t("{right} of {of} right", { right: scoreOfRow(row), of: questions.length }));
    const counts = partner && { right: scoreOfRow(partner), of: questions.length };
    const other = partner && (row.round === "after" ? t("Before the lessons: {right} of {of}.", counts) : t("After the lessons: {right} of {of}.", counts));
    setWords(parts.get("compare"), other || (row.round === "before" ? t("The key is shown after the second round.") : ""));
    if (row.round === "after") showKey(row);
    for (const radio of form.querySelectorAll('[name^="question-"]')) radio.disabled = true;
    form.querySelector(".dvq-done").hidden = true;
    form.querySelector('[data-do="again"]').hidden = false;
    parts.get("result").hidden = false;
    parts.get("result").focus();
    count();
  }

  function showKey(row) {
    [...parts.get("questions").children].forEach((item, i) => {
      const labels = item.querySelectorAll("label");
      labels[questions[i].right].dataset.mark = "right";
      if (!row.right[i]) labels[row.given[i]].dataset.mark = "wrong";
      const why = item.querySelector(".dvq-why");
      setWords(why, questions[i].why);
      why.hidden = false;
    });
  }

  function count() {
    const n = results.rows.length;
    parts.get("csv").disabled = n === 0;
    parts.get("forget").disabled = n === 0;
    setWords(parts.get("kept"), n ? tn("{n} result on this device", "{n} results on this device", n) : "");
  }

  function save() {
    const file = URL.createObjectURL(new Blob(["\ufeff", csvOf(results.rows, questions.length)], { type: "text/csv" }));
    Object.assign(document.createElement("a"), { href: file, download: "dualviz test.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(file), 1000);
  }

  function forget() {
    results.forget();
    count();
  }
}

const mounted = new WeakSet();

/** As Streamlit's component: mounted once an element. */
export default function quizComponent({ data, parentElement }) {
  if (mounted.has(parentElement)) return;
  mounted.add(parentElement);
  mountQuiz(parentElement, data);
}

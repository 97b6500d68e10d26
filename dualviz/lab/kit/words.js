// The browser's door for words: English stays in the code and is the key, fields have names and stand in braces, whoever
// counts gives both English forms. `speak` is called once, before any module that says something.

let catalogue = {};
let ruleOfForms = (n) => Number(n !== 1);
let spoken = "en";

/** Speak a language from here on: its HTML tag, {English: [form, …]}, and which form a number asks for. */
export function speak(tag, sentences, rule) {
  catalogue = sentences;
  ruleOfForms = rule;
  spoken = tag;
}

/** The tag of the language that is spoken. */
export function spokenTag() {
  return spoken;
}

/** A sentence in the language that is spoken, its fields filled in. */
export function t(sentence, fields = null) {
  return fillFields(catalogue[sentence]?.[0] ?? sentence, fields);
}

/** A sentence that counts: the form that n asks for; n itself is the field {n}. */
export function tn(one, many, n, fields = null) {
  return fillFields(catalogue[one]?.[ruleOfForms(n)] ?? (n === 1 ? one : many), { n, ...fields });
}

/** Two whole sentences after each other, as the language sets them. */
export function joined(first, second) {
  return /[\u3002\uff0c\uff1f\uff01]$/.test(first) ? first + second : `${first} ${second}`;
}

function fillFields(sentence, fields) {
  return fields ? fill(sentence, (name) => fields[name]) : fill(sentence, (name) => `{${name}}`);
}

/** A sentence with what `written(name)` says in the places of its names; no line ends between a number and its percent sign. */
export function fill(sentence, written) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => written(name)).replace(/(\d) %/g, "$1\u00a0%");
}

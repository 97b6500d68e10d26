// A lesson's sentence as text nodes: **bold**, exponents as p^2, p^(αr) or p^((1 − r)α), and nothing else; what a picture is called or a reader
// wrote can never become markup.

const RICH = /\*\*([^*]+)\*\*|\^\(((?:[^()]|\([^()]*\))*)\)|\^([\w.\u0370-\u03ff′]+)/g;

const BETWEEN = / ([=−×]) /g; // what joins the two sides of a formula, which no line parts

/** Write a sentence into an element, when it differs from what stands there. */
export function setRich(element, given) {
  if (element.dvRich === given) return;
  element.dvRich = given;
  const sentence = given.replace(BETWEEN, "\u00a0$1\u00a0");
  const nodes = [];
  let from = 0;
  for (const match of sentence.matchAll(RICH)) {
    nodes.push(sentence.slice(from, match.index));
    const part = document.createElement(match[1] === undefined ? "sup" : "b");
    part.textContent = match[1] ?? match[2] ?? match[3];
    nodes.push(part);
    from = match.index + match[0].length;
  }
  nodes.push(sentence.slice(from));
  element.replaceChildren(...nodes.filter((node) => node !== ""));
}

/** An element of a class, with words or children in it. */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

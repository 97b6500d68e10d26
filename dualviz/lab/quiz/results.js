// Results of the six questions on this device: one row a test that was finished, and all rows as a CSV.

import { csvCell } from "../kit/csv.js";

const RESULTS_KEY = "dualviz.test";

/** Rows so far: [{when, round, name, given: option indices, right: booleans}]. A frame may forbid storage: then for now only. */
export function createResults() {
  let held = [];

  function read() {
    try {
      const rows = JSON.parse(globalThis.localStorage.getItem(RESULTS_KEY) ?? "[]");
      return Array.isArray(rows) ? rows : [];
    } catch {
      return held;
    }
  }

  function keep(rows) {
    held = rows;
    try {
      globalThis.localStorage.setItem(RESULTS_KEY, JSON.stringify(rows));
    } catch {
      // kept by this page alone
    }
  }
  held = read();

  return {
    get rows() {
      return held;
    },
    add: (row) => keep([...held, row]),
    forget: () => keep([]),
  };
}

/** How many answers of a row are right. */
export function scoreOfRow({ right }) {
  return right.filter(Boolean).length;
}

/** A row's partner in the other round, of the same name: the latest, or null. */
export function partnerOf(rows, { round, name }) {
  return rows.filter((row) => row.round !== round && row.name === name).at(-1) ?? null;
}

/** Rows as CSV: when, round, name, the answers as letters, which are right, how many. A sheet must read no cell as a formula. */
export function csvOf(rows, questions) {
  const numbers = Array.from({ length: questions }, (_, i) => i + 1);
  const head = ["when", "round", "name", ...numbers.map((n) => `answer ${n}`), ...numbers.map((n) => `right ${n}`), "right of all"];
  const lines = rows.map((row) => [row.when, row.round, row.name, ...row.given.map((i) => "ABC"[i] ?? ""), ...row.right.map(Number), scoreOfRow(row)]);
  return [head, ...lines].map((line) => line.map(csvCell).join(",")).join("\r\n") + "\r\n";
}

// A table as CSV in which no name of a file or a class can act, for a spreadsheet would compute what begins as a formula:
// character for character what dualviz/exports/rows.py writes.

import { MADE_BY } from "./about.js";

const FORMULA_AFTER = /([,;][ "']*)(?=[=+@]|-(?![\d.]+(?:[,;\s]|$)))/g; // the settings' line is not quoted: a sheet divides it here

/** The settings after "#" with the version that wrote them, one header, one line a row. */
export function tableCSV(caption, names, rows) {
  const lines = [names, ...rows].map((row) => row.map(csvCell).join(","));
  return [`${comment(caption)} · ${MADE_BY}`, ...lines, ""].join("\n");
}

/** A table with the rest of what a file says of itself behind its settings, a line each. */
export function headedCSV(table, about) {
  const end = table.indexOf("\n");
  const lines = Object.entries(about).map(([key, words]) => comment(`${key}: ${words}`));
  return [table.slice(0, end), ...lines, table.slice(end + 1)].join("\n");
}

/** One cell: a text that begins as a formula gets an apostrophe, one with a comma or a quote stands in quotes. */
export function csvCell(value) {
  if (typeof value !== "string") return String(value);
  const text = oneLine(value);
  const harmless = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function comment(line) {
  return `# ${oneLine(line).replace(FORMULA_AFTER, "$1'")}`;
}

function oneLine(text) {
  return text.trim().split(/\s+/).join(" ");
}

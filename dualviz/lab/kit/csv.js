// A table as CSV in which no name of a file or a class can act, for a spreadsheet would compute what begins as a formula:
// character for character what dualviz/exports/rows.py writes.

import { MADE_BY } from "./about.js";

const FORMULA_AFTER = /([,;][ "']*)(?=[=+@]|-(?![\d.]+(?:[,;\s]|$)))/g; // the settings' line is not quoted: a sheet divides it here

/** The settings after "#" with the version that wrote them, one header, one line a row. */
export function tableCSV(caption, names, rows) {
  const settings = oneLine(caption).replace(FORMULA_AFTER, "$1'");
  const lines = [names, ...rows].map((row) => row.map(csvCell).join(","));
  return [`# ${settings} · ${MADE_BY}`, ...lines, ""].join("\n");
}

/** One cell: a text that begins as a formula gets an apostrophe, one with a comma or a quote stands in quotes. */
export function csvCell(value) {
  if (typeof value !== "string") return String(value);
  const text = oneLine(value);
  const harmless = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function oneLine(text) {
  return text.trim().split(/\s+/).join(" ");
}

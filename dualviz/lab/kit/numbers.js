// Numbers as they are written everywhere: three significant digits.

import { t } from "./words.js";

const SHORTEST_DOUBLE = 1e-300; // below it a double has lost its digits: show the exponent from the logarithm

/** A number with three significant digits: "0.222", "6.10e-8", "0"; "—" where there is none. */
export function three(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "—";
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const written = size >= 1e-3 && size < 1e5 ? plainThree(value, size) : value.toExponential(2);
  return written.replace("-", "−").replace("e−", "e-");
}

/** A metric with three significant digits, however small, from its logarithm. */
export function threeOfLog(logValue) {
  if (logValue === -Infinity) return "0";
  const value = Math.exp(logValue);
  if (value > SHORTEST_DOUBLE) return three(value);
  const power = logValue / Math.LN10;
  const whole = Math.floor(power);
  return `${(10 ** (power - whole)).toFixed(2)}e-${-whole}`;
}

function plainThree(value, size) {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(size)));
  const written = value.toFixed(Math.min(digits, 6));
  return Math.abs(Number(written)) >= 10 ** (Math.floor(Math.log10(size)) + 1) ? value.toPrecision(3) : written;
}

/** A place in an order as a word: "1st", "22nd", "13th". */
export function ordinal(n) {
  const tens = n % 100;
  if (tens < 11 || tens > 13) {
    if (n % 10 === 1) return t("{number}st", { number: n });
    if (n % 10 === 2) return t("{number}nd", { number: n });
    if (n % 10 === 3) return t("{number}rd", { number: n });
  }
  return t("{number}th", { number: n });
}

/** A share or score for a sentence, without powers of ten: "0.965", "0.00001", "less than 0.000001". */
export function plain(value) {
  if (!(value > 0) || value >= 0.001) return three(value);
  const least = 1e-6;
  if (value < least) return t("less than {least}", { least: least.toFixed(6) });
  return value.toFixed(-Math.floor(Math.log10(value)));
}

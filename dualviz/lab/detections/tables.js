// The detections page's numbers as CSV, the settings in the first line: boxes, the trace of NMS, both curves, pairs.

import { tableCSV } from "../kit/csv.js";
import { settingWords } from "./state.js";
import { t } from "../kit/words.js";

/** Picture, detector and sliders in one line: the caption inside everything that is taken away. */
export function filtersLine({ payload, result }) {
  const { conf, iou, max, agnostic, multi } = result.settings;
  const parts = [payload.name, payload.detector, t("confidence {conf}", { conf: settingWords("conf", conf) }), t("NMS IoU {iou}", { iou: iou.toFixed(2) }), agnostic ? t("class-agnostic") : "", multi ? t("several classes an anchor") : "", t("at most {max}", { max }), t("matched at IoU 0.5")];
  return parts.filter(Boolean).join(" · ");
}

function boxesCSV(page) {
  const kinds = ["matched", "duplicate", "false"];
  const rows = page.result.paths.flatMap(({ key, rows: list, n, match }) =>
    Array.from({ length: n }, (_, i) => {
      const { name, column, row } = page.payload.cellOf(list.anchors[i]);
      const known = page.truth.boxes.length > 0;
      return [key, i + 1, page.payload.classNames[list.labels[i]], list.scores[i], list.anchors[i], name, `(${column}, ${row})`, ...list.boxes.subarray(4 * i, 4 * i + 4), known ? kinds[match.outcome[i]] : "", match.truth[i] >= 0 ? match.truth[i] + 1 : "", Number.isNaN(match.overlap[i]) ? "" : match.overlap[i]];
    }),
  );
  return tableCSV(filtersLine(page), ["output", "number", "class", "score", "anchor", "level", "cell", "x1", "y1", "x2", "y2", "outcome", "object", "IoU"], rows);
}

function traceCSV(page) {
  const { rows, kept, by, overlap, n } = page.result.trace;
  const lines = Array.from({ length: n }, (_, i) => [i + 1, page.payload.classNames[rows.labels[i]], rows.scores[i], rows.anchors[i], kept[i] ? "kept" : by[i] >= 0 ? "suppressed" : "beyond the limit", by[i] >= 0 ? by[i] + 1 : "", Number.isNaN(overlap[i]) ? "" : overlap[i]]);
  return tableCSV(filtersLine(page), ["candidate", "class", "score", "anchor", "fate", "suppressed_by", "IoU"], lines);
}

function curvesCSV(page) {
  const lines = [];
  for (const { key, curve, rows } of page.result.paths) {
    for (let i = 0; i < curve.precision.length; i += 1) lines.push(["precision-recall", key, rows.scores[i], curve.recall[i], curve.precision[i], "", "", ""]);
  }
  for (const { iou, missed, duplicate, false: wrong } of page.engine.thresholds(page.result).points) lines.push(["threshold", "nms", iou, "", "", missed, duplicate, wrong]);
  const { counts } = page.result.paths[2];
  lines.push(["threshold", "free", "", "", "", counts.missed, counts.duplicate, counts.false]);
  return tableCSV(filtersLine(page), ["curve", "output", "score_or_iou", "recall", "precision", "missed", "duplicate", "false"], lines);
}

function pairsCSV(page) {
  const lines = page.result.paths.flatMap((path, index) =>
    page.pairsOf(index).map(({ rows: [i, j], kind, overlap }) => {
      const { labels, scores, anchors } = path.rows;
      return [path.key, kind, overlap, ...[i, j].flatMap((row) => [row + 1, page.payload.classNames[labels[row]], scores[row], anchors[row]])];
    }),
  );
  return tableCSV(filtersLine(page), ["output", "kind", "IoU", "number1", "class1", "score1", "anchor1", "number2", "class2", "score2", "anchor2"], lines);
}


export const DETECTION_TABLES = { boxes: boxesCSV, trace: traceCSV, curves: curvesCSV, pairs: pairsCSV };

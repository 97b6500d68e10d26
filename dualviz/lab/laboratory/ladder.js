// The rank ladder beside the stage: the one-to-many list as rungs 1 … k, and one line from the one-to-one pick to its rung.
// It answers at a glance where the pick of the one head stands in the order of the other.

import { addCircle, addCross, addDiamond } from "../kit/ink.js";
import { DARK_CASING, LIGHT_CASING } from "../kit/palette.js";
import { t } from "../kit/words.js";

/** Where each rung stands: rungs 1..k, and one more for a pick that is further down. */
export function ladderRungs(ladder, k, rank) {
  const beyond = rank > k;
  const head = 30;
  const step = Math.min(34, (ladder.height - head - 8) / (k + (beyond ? 1.7 : 0.2)));
  const radius = Math.max(2.2, Math.min(11, step * 0.42));
  const rungs = [];
  for (let n = 1; n <= k; n += 1) rungs.push({ rank: n, x: ladder.left + ladder.width / 2, y: ladder.top + head + (n - 0.5) * step, radius });
  if (beyond) {
    rungs.push({ rank, x: ladder.left + ladder.width / 2, y: ladder.top + head + (k + 1.2) * step, radius: Math.max(radius, 6) });
  }
  return rungs;
}

/** Draw rungs, their ranks and the line from the pick at `from` ({x, y} or null) to its rung. */
export function drawLadder(context, lab, ladder, from, marked) {
  const { ink, result } = lab;
  const each = result.each[result.object];
  if (!each) return [];
  const { k } = result.settings[0];
  const rank = each.rankOfPick;
  const many = each.heads[0];
  const rungs = ladderRungs(ladder, k, rank);
  const small = Math.max(11, ink.size * 0.76);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = ink.soft;
  context.font = `${small}px ${ink.font}`;
  const title = ladder.width < 52 ? t("rank\n1:n") : t("one-to-\nmany rank");
  title.split("\n").forEach((line, i) => context.fillText(line, ladder.left + ladder.width / 2, ladder.top + small * (0.6 + 1.15 * i)));
  if (from && rank > 0) drawLine(context, ink, from, rungs.find((rung) => rung.rank === rank));
  const path = new Path2D();
  const gone = new Path2D();
  const lost = new Path2D();
  const empty = new Path2D();
  for (const rung of rungs) {
    if (rung.rank > k || rung.rank > many.pickCount) addCircle(empty, rung.x, rung.y, rung.radius);
    else if (many.kept[rung.rank - 1]) addCircle(path, rung.x, rung.y, rung.radius);
    else {
      addCircle(gone, rung.x, rung.y, rung.radius);
      addCross(lost, rung.x + rung.radius + 6, rung.y, 3.2);
    }
  }
  context.fillStyle = ink.many;
  context.fill(path);
  context.fillStyle = ink.lost;
  context.fill(gone);
  context.setLineDash([2, 2]);
  context.lineWidth = 1.2;
  context.strokeStyle = ink.soft;
  context.stroke(empty);
  context.setLineDash([]);
  for (const rung of rungs) {
    if (rung.rank === rank && from) {
      const diamond = new Path2D();
      addDiamond(diamond, rung.x, rung.y, rung.radius + 3.5);
      context.strokeStyle = ink.one;
      context.lineWidth = 2.5;
      context.stroke(diamond);
    }
    if (rung.rank === marked) {
      const ring = new Path2D();
      addCircle(ring, rung.x, rung.y, rung.radius + 3);
      context.strokeStyle = ink.text;
      context.lineWidth = 1.5;
      context.stroke(ring);
    }
    const inside = rung.radius > 6.5;
    if (!inside && rung.rank !== 1 && rung.rank % 5 && rung.rank <= k) continue;
    const filled = rung.rank <= Math.min(k, many.pickCount);
    context.fillStyle = inside && filled ? (ink.dark ? DARK_CASING : LIGHT_CASING) : ink.text;
    context.font = `${rung.rank > k ? 700 : 600} ${inside ? Math.min(small, rung.radius * 1.25) : 10}px ${ink.font}`;
    context.textAlign = inside ? "center" : "left";
    context.fillText(String(rung.rank), inside ? rung.x : rung.x + rung.radius + 4, rung.y + 0.5);
  }
  context.strokeStyle = ink.soft;
  context.lineWidth = 1.8;
  context.stroke(lost);
  context.textAlign = "left";
  return rungs;
}

function drawLine(context, ink, from, rung) {
  if (!rung) return;
  const to = rung.x - rung.radius - 5;
  const path = new Path2D();
  path.moveTo(from.x, from.y);
  const bend = Math.max(12, Math.abs(to - from.x) * 0.45) * (to >= from.x ? 1 : -1);
  path.bezierCurveTo(from.x + bend, from.y, to - bend * 0.7, rung.y, to, rung.y);
  context.strokeStyle = DARK_CASING;
  context.lineWidth = 4;
  context.stroke(path);
  context.strokeStyle = LIGHT_CASING;
  context.lineWidth = 2.8;
  context.stroke(path);
  context.strokeStyle = ink.one;
  context.lineWidth = 1.6;
  context.stroke(path);
}

// What Hungarian matching would do with the one-to-one head's metrics, beside what top-1 does.

import { hungarian } from "../engine/hungarian.js";

/** Indices of the objects whose best anchor is another object's best anchor too. */
export function rivals({ now }) {
  const picks = now.each.map(({ pick }) => pick);
  return picks.flatMap((pick, g) => (pick >= 0 && picks.indexOf(pick) !== picks.lastIndexOf(pick) ? [g] : []));
}

/** Objects that Hungarian matching gives another anchor than their best: [{object (index), anchor, −1 for none}]. */
export function rematched({ now, at }) {
  const objects = now.each.map((_, g) => at(now.knobs, g).chosen);
  const known = objects.map(({ anchors, heads }) => new Map(heads[1].order.map((position) => [anchors[position], heads[1].logM[position]])));
  const columns = [...new Set(known.flatMap((one) => [...one.keys()]))];
  const most = Math.max(...known.flatMap((one) => [...one.values()]));
  const value = (g, column) => {
    const logM = known[g].get(columns[column]);
    return logM === undefined ? 0 : Math.exp(logM - most);
  };
  const given = hungarian(value, objects.length, columns.length);
  const anchorOf = (g) => (given[g] < 0 ? -1 : columns[given[g]]);
  return now.each.flatMap(({ pick }, g) => (anchorOf(g) === pick ? [] : [{ object: g, anchor: anchorOf(g) }]));
}

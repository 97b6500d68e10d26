// What Hungarian matching would do with the one-to-one head's metrics, beside what top-1 does.

import { hungarian } from "../engine/hungarian.js";

/** Objects whose best anchor is another object's best anchor too. */
export function rivals({ now }) {
  const picks = now.each.map(({ pick }) => pick).filter((pick) => pick >= 0);
  return picks.filter((pick) => picks.indexOf(pick) !== picks.lastIndexOf(pick)).length;
}

/** Objects that Hungarian matching gives another anchor than their best, or none. */
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
  return now.each.filter(({ pick }, g) => (given[g] < 0 ? -1 : columns[given[g]]) !== pick).length;
}

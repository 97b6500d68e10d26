// What becomes of all objects in one head: each selects its best candidates, an anchor that several selected goes to one of
// them, an object keeps what the rules let it keep, and what stays is taught. The twin of assign_pairs in dualviz/assignment.

import { positionIn, rankingKeys, softTarget, topK } from "./assignment.js";
import { MOST_PICKS, describe, factorsOf } from "./objects.js";

const slots = new Int32Array(MOST_PICKS);

/** Places for one head over A anchors: who owns each anchor after conflicts and what it is taught, who claimed it before. */
export function createHead(name, A) {
  return { name, owner: new Int32Array(A), target: new Float64Array(A), claims: new Uint16Array(A), contested: new Int32Array(A), contestedCount: 0 };
}

/** Do it all for head h; `head` has its k, keep, predictions and r, `ranking` the exponents {alpha, beta} that its keys have. */
export function assignHead(head, h, ranking, { payload, rules, objects, each }) {
  head.owner.fill(-1);
  head.target.fill(0);
  head.claims.fill(0);
  head.contestedCount = 0;
  for (let g = 0; g < objects.length; g += 1) {
    describe(each[g], objects[g], g, payload);
    const outcome = each[g].heads[h];
    outcome.seen = factorsOf(payload, objects[g], head.predictions, rules.overlap);
    rankingKeys(outcome.seen.logP, outcome.seen.logU, objects[g].n, ranking.alpha, ranking.beta, objects[g].keys[h]);
    select(head, outcome, objects[g], objects[g].keys[h], g, rules);
  }
  if (rules.conflicts) for (let i = 0; i < head.contestedCount; i += 1) giveAway(head, h, head.contested[i], objects, each);
  for (let g = 0; g < objects.length; g += 1) part(head, each[g].heads[h], g, rules);
  for (let g = 0; g < objects.length; g += 1) {
    const outcome = each[g].heads[h];
    if (head.keep !== null) keepBest(head, outcome, objects[g], objects[g].keys[h]);
    teach(head, outcome, objects[g], objects[g].keys[h], rules);
  }
}

/** The object's best k, and what they would be taught if nobody else were there. */
function select(head, outcome, object, keys, g, rules) {
  const { seen } = outcome;
  outcome.candidates = seen.candidates;
  outcome.empty = seen.candidates === 0;
  outcome.pickCount = topK(keys, object.n, head.k, slots);
  outcome.aloneCount = head.keep === null ? outcome.pickCount : Math.min(head.keep, outcome.pickCount);
  let largest = 0;
  for (let i = 0; i < outcome.pickCount; i += 1) {
    const position = slots[i];
    const anchor = object.inside[position];
    outcome.positions[i] = position;
    outcome.picks[i] = anchor;
    if (i < outcome.aloneCount) largest = Math.max(largest, seen.u[position]);
    if (head.claims[anchor] === 0) head.owner[anchor] = g;
    if (head.claims[anchor] === 1) head.contested[head.contestedCount++] = anchor;
    head.claims[anchor] += 1;
  }
  outcome.u = outcome.pickCount ? (rules.bestOverlap === "candidates" ? seen.largest : largest) : 0;
  const best = outcome.pickCount ? keys[outcome.positions[0]] : -Infinity;
  for (let i = 0; i < outcome.pickCount; i += 1) outcome.own[i] = i < outcome.aloneCount ? softTarget(outcome.u, keys[outcome.positions[i]], best, head.r) : 0;
  outcome.gainedCount = 0;
}

/** A contested anchor goes to the object it overlaps most over all objects, selected or not; the first on a tie. */
function giveAway(head, h, anchor, objects, each) {
  let winner = -1;
  let most = -1;
  for (let g = 0; g < objects.length; g += 1) {
    const position = positionIn(objects[g].inside, objects[g].n, anchor);
    if (position < 0 || each[g].heads[h].seen.u[position] <= most) continue;
    [winner, most] = [g, each[g].heads[h].seen.u[position]];
  }
  head.owner[anchor] = winner;
  const outcome = each[winner].heads[h];
  if (picked(outcome, anchor)) return;
  if (outcome.gainedCount === outcome.gained.length) outcome.gained = grown(outcome.gained);
  outcome.gained[outcome.gainedCount++] = anchor;
}

/** Which of its picks conflicts leave an object, and whom the others went to. */
function part(head, outcome, g, rules) {
  outcome.lostCount = 0;
  for (let i = 0; i < outcome.pickCount; i += 1) {
    const owner = rules.conflicts ? head.owner[outcome.picks[i]] : g;
    outcome.kept[i] = owner === g ? 1 : 0;
    outcome.lostTo[i] = owner === g ? -1 : owner;
    if (owner !== g) outcome.lostCount += 1;
  }
}

/** Of the anchors that conflicts left an object, picked or gained, only the best stay; the others are background. */
function keepBest(head, outcome, object, keys) {
  const positionOf = (anchor) => positionIn(object.inside, object.n, anchor);
  const better = (i, j) => keys[i] > keys[j] || (keys[i] === keys[j] && i < j);
  const stays = (position) => {
    let before = 0;
    for (let i = 0; i < outcome.pickCount; i += 1) if (outcome.lostTo[i] < 0 && better(outcome.positions[i], position)) before += 1;
    for (let i = 0; i < outcome.gainedCount; i += 1) if (better(positionOf(outcome.gained[i]), position)) before += 1;
    return before < head.keep;
  };
  for (let i = 0; i < outcome.pickCount; i += 1) {
    if (!outcome.kept[i] || stays(outcome.positions[i])) continue;
    outcome.kept[i] = 0;
    head.owner[outcome.picks[i]] = -1;
  }
  for (let i = outcome.gainedCount - 1; i >= 0; i -= 1) {
    const anchor = outcome.gained[i];
    if (stays(positionOf(anchor))) continue;
    outcome.gained.copyWithin(i, i + 1, outcome.gainedCount--);
    head.owner[anchor] = -1;
  }
}

/** Soft targets of what stays, into `head.target`. */
function teach(head, outcome, object, keys, rules) {
  const { seen } = outcome;
  const place = (i) => (i < outcome.pickCount ? outcome.positions[i] : positionIn(object.inside, object.n, outcome.gained[i - outcome.pickCount]));
  const all = outcome.pickCount + outcome.gainedCount;
  let largest = 0;
  outcome.finalKey = -Infinity;
  outcome.keptCount = 0;
  for (let i = 0; i < all; i += 1) {
    if (i < outcome.pickCount && !outcome.kept[i]) continue;
    if (i < outcome.pickCount) outcome.keptCount += 1;
    largest = Math.max(largest, seen.u[place(i)]);
    outcome.finalKey = Math.max(outcome.finalKey, keys[place(i)]);
  }
  outcome.unmatched = outcome.keptCount + outcome.gainedCount === 0;
  outcome.finalU = rules.bestOverlap === "candidates" ? outcome.u : largest;
  for (let i = 0; i < all; i += 1) {
    if (i < outcome.pickCount && !outcome.kept[i]) continue;
    const anchor = object.inside[place(i)];
    head.target[anchor] = Math.max(head.target[anchor], softTarget(outcome.finalU, keys[place(i)], outcome.finalKey, head.r));
  }
}

/** The first anchor that is taught an object after conflicts, or −1: picks by rank, then what it gained. */
export function taughtAnchor(outcome) {
  for (let i = 0; i < outcome.pickCount; i += 1) if (outcome.kept[i]) return outcome.picks[i];
  return outcome.gainedCount ? outcome.gained[0] : -1;
}

function picked(outcome, anchor) {
  for (let i = 0; i < outcome.pickCount; i += 1) if (outcome.picks[i] === anchor) return true;
  return false;
}

function grown(list) {
  const larger = new Int32Array(2 * list.length);
  larger.set(list);
  return larger;
}

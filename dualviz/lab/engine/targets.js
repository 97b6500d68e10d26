// What the loss teaches the chosen object's class: for each head and every anchor of the picture, not only those inside, the
// soft target after conflicts, the BCE against it, and the push σ(z) − t on the logit. Negative: the score is pushed up;
// positive: down. The twin of dualviz/teaching.py; made when a layer asks for it, once per computed result.

const TARGET_LEAST = 2 ** -149; // scores travel as float32: what it calls 0 is at most this,
const TARGET_MOST = 1 - 2 ** -25; // and what it calls 1 at least this, so that no BCE is infinite
const TARGET_BINS = 64;
const targetsKept = new WeakMap();

export const TARGET_LAYERS = ["b", "g"]; // BCE and push

/** {heads: [{target, score, bce, push} (each Float64Array of A), same], most: {b, g}}, `most` the farthest from 0 over both heads;
 *  null while no object is chosen or its class does not travel. Buffers are reused: read it before the next compute. */
export function targetsOf(payload, result) {
  const column = result.selected ? payload.columnOf(result.each[result.object].label) : -1;
  if (column < 0) return null;
  let targets = targetsKept.get(result);
  if (!targets) {
    const reals = () => new Float64Array(payload.anchors);
    targets = { turn: -1, most: { b: 0, g: 0 }, heads: [0, 1].map(() => ({ target: reals(), score: reals(), bce: reals(), push: reals() })) };
    targetsKept.set(result, targets);
  }
  if (targets.turn === result.turn) return targets;
  targets.turn = result.turn;
  targets.most.b = 0;
  targets.most.g = 0;
  for (let h = 0; h < 2; h += 1) {
    fillTargets(result, h, targets.heads[h].target);
    teachHead(payload, result.heads[h].predictions, column, targets.heads[h], targets.most);
  }
  return targets;
}

/** What each anchor is told to score for the class: t of its owner after conflicts where the owner is of this class. The
 *  paper's rules have no owners: there the largest t of the objects of this class that selected it. */
function fillTargets(result, h, target) {
  const { owner, target: taught } = result.heads[h];
  const { label } = result.each[result.object];
  if (result.rules.conflicts) {
    for (let a = 0; a < target.length; a += 1) target[a] = owner[a] >= 0 && result.each[owner[a]].label === label ? taught[a] : 0;
    return;
  }
  target.fill(0);
  for (let g = 0; g < result.objects; g += 1) {
    if (result.each[g].label !== label) continue;
    const { picks, pickCount, own } = result.each[g].heads[h];
    for (let i = 0; i < pickCount; i += 1) target[picks[i]] = Math.max(target[picks[i]], own[i]);
  }
}

function teachHead(payload, predictions, column, { target, score, bce, push }, most) {
  const { scores } = payload.heads[predictions];
  const width = payload.classes.length;
  let [mostB, mostG] = [most.b, most.g];
  for (let a = 0; a < target.length; a += 1) {
    const given = scores[a * width + column];
    const t = target[a];
    const p = given > TARGET_MOST ? TARGET_MOST : given < TARGET_LEAST ? TARGET_LEAST : given;
    const away = -Math.log1p(-p);
    const b = t ? (1 - t) * away - t * Math.log(p) : away;
    const g = given - t;
    score[a] = given;
    bce[a] = b;
    push[a] = g;
    if (b > mostB) mostB = b;
    if (g > mostG) mostG = g;
    else if (-g > mostG) mostG = -g;
  }
  most.b = mostB;
  most.g = mostG;
}

const targetBins = new Int32Array(TARGET_BINS + 1);

/** The anchors whose push is farthest from 0, among those that `seen(anchor)` lets pass and that reach `least` of `most`: at
 *  most `out.length`, into `out`; returns how many. One pass to count, one to collect: a drag does not wait for a sort. */
export function strongestPushes(push, most, least, seen, out) {
  if (!(most > 0)) return 0;
  const bin = (a) => Math.floor((TARGET_BINS * Math.abs(push[a])) / most);
  const floor = Math.ceil(TARGET_BINS * least);
  targetBins.fill(0);
  for (let a = 0; a < push.length; a += 1) if (bin(a) >= floor && seen(a)) targetBins[bin(a)] += 1;
  let from = TARGET_BINS;
  let room = out.length;
  while (from > floor && targetBins[from] < room) room -= targetBins[from--];
  let count = 0;
  for (let a = 0; a < push.length && count < out.length; a += 1) {
    const own = bin(a);
    if (own < from || !seen(a)) continue;
    if (own === from && room-- <= 0) continue;
    out[count++] = a;
  }
  return count;
}

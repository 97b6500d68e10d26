// Pointing at places on a lesson's picture: by click, by finger, and by the arrow keys from place to place.

import { setMark } from "../kit/ink.js";

const REACH = 26; // canvas pixels round an anchor point in which the pointer finds it

/** Let the hand point where the step asks for it; returns {stop}. */
export function createPointing(live, { canvas, locate }) {
  const wanted = () => live.shown === "lesson" && live.steps().some(({ kind, act, answer }) => (kind === "act" && act.type === "point") || answer?.type === "point");

  /** The candidate of the object nearest to a place, or −1. */
  function nearest({ x, y, scale }) {
    const { anchorPoints } = live.payload;
    let [best, least] = [-1, (REACH / scale) ** 2];
    for (const anchor of live.scene?.now.chosen?.anchors ?? []) {
      const away = (anchorPoints[2 * anchor] - x) ** 2 + (anchorPoints[2 * anchor + 1] - y) ** 2;
      if (away < least) [best, least] = [anchor, away];
    }
    return best;
  }

  function click(event) {
    const at = wanted() && locate(event);
    if (!at) return;
    const anchor = nearest(at);
    if (anchor >= 0) live.hand.touch(anchor);
  }

  /** The candidate that lies next in a direction, by angle and distance. */
  function walk(event) {
    const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (!way || !wanted()) return;
    event.preventDefault();
    event.stopPropagation();
    const anchors = live.scene.now.chosen?.anchors ?? [];
    const { anchorPoints } = live.payload;
    const from = live.cursor >= 0 ? live.cursor : anchors[Math.floor(anchors.length / 2)];
    let [best, least] = [from, Infinity];
    for (const anchor of anchors) {
      const [dx, dy] = [0, 1].map((c) => anchorPoints[2 * anchor + c] - anchorPoints[2 * from + c]);
      const along = dx * way[0] + dy * way[1];
      const across = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
      if (along > 0 && along + 3 * across < least) [best, least] = [anchor, along + 3 * across];
    }
    live.hand.touch(best);
  }

  const offer = () => setMark(canvas, "tabindex", wanted() ? "0" : null);
  canvas.addEventListener("click", click);
  canvas.addEventListener("keydown", walk);
  const watch = new MutationObserver(offer);
  watch.observe(live.part("page"), { childList: true });
  return { stop: () => watch.disconnect() };
}

// The camera, picture after picture, through both heads: the laboratory shows what they say while it moves.

import { unpack } from "../engine/payload.js";
import { encodeTruth } from "../engine/truth.js";
import { t } from "../kit/words.js";
import { openCamera } from "../network/camera.js";
import { payloadOf, pictureOf } from "../network/network.js";
import { pack } from "../network/pack.js";
import { createWatch } from "./watch.js";

const COUNTED = 2000; // milliseconds over which pictures are counted
const NO_FILE = { bytes: new Uint8Array(), type: "image/jpeg" };

/**
 * The live view.
 *
 * @param see says what both heads see: (size → picture) → what `network.see` gives
 * @param room gives the laboratory that shows it
 * @param begin is told when the camera is there
 * @param tell hears of every picture that is shown: {drawn, rate, milliseconds, device}
 */
export function createLive({ see, room, begin, tell }) {
  let camera = null;
  let turn = 0; // of the loop that runs; another number ends it
  let runs = false;
  let last = null; // what is shown: {seen, payload, own, truth, object}

  /** Open the camera, or go on with it, until it is frozen or closed. @param onEnd is told when the camera ends by itself */
  async function run(onEnd) {
    const mine = halt();
    [runs, last] = [true, null];
    const opened = camera ?? (await openCamera(onEnd));
    if (mine !== turn) return opened === camera || opened.close(); // closed while it was asked for
    camera = opened;
    begin();
    const watch = createWatch();
    const times = [];
    let waiting = null; // the worker sees the next picture while the page shows the one before
    for (;;) {
      await camera.next();
      if (mine !== turn) return;
      const next = see((size) => pictureOf(opened, size));
      next.catch(() => {}); // it is heard of when its turn comes
      const seen = await waiting;
      if (mine !== turn) return;
      if (seen) show(seen, watch, times);
      waiting = next;
    }
  }

  function show(seen, watch, times) {
    const { picture, shape, heads, detector, milliseconds, device } = seen;
    const now = performance.now();
    const before = last;
    room().look((there) => {
      const file = { ...NO_FILE, width: picture.width, height: picture.height };
      const payload = unpack(pack(file, shape, heads, detector, t("camera"), `live ${now}`, there.truth.labels));
      last = { seen, payload, ...watch(there, payload, picture, now) };
      return { ...last, picture: { colour: picture.drawn } };
    });
    times.push(now);
    while (now - times[0] > COUNTED) times.shift();
    if (last !== before) tell({ drawn: !last.truth.from, rate: times.length > 1 ? (1000 * (times.length - 1)) / (now - times[0]) : 0, milliseconds, device });
  }

  function halt() {
    runs = false;
    turn += 1;
    return turn;
  }

  return {
    run,
    get runs() {
      return runs;
    },
    get open() {
      return camera !== null;
    },
    /** Let the picture stand; gives it as one of one's own, {bytes, seed, source}, or null where none has come yet. */
    async freeze() {
      halt();
      if (!last) return null;
      const { seen, payload, own, truth, object } = last;
      const seed = { own, object, truth: truth.from ? null : encodeTruth(truth, payload) };
      return { bytes: await payloadOf(seen, t("camera")), seed, source: seen.picture.drawn };
    },
    close() {
      halt();
      camera?.close();
      camera = null;
    },
  };
}

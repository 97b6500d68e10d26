// The camera's buttons. In the laboratory the picture moves until it is frozen; elsewhere a moment is taken.

import { setWords } from "../kit/ink.js";
import { t } from "../kit/words.js";
import { openCamera } from "../network/camera.js";
import { deviceWords } from "./refusals.js";

const TYPING = "a, button, select, textarea, summary, dialog, input:not([type=range])";

/**
 * The shutter over a live view: open, freeze, go on; by button and by the space bar.
 *
 * @param part gives an element of the bar by its name
 * @param live from createLive
 * @param keep takes a frozen picture, {bytes, seed, source}, or null: the picture from before
 * @param say writes a sentence
 * @param fail writes what an error means
 */
export function createShutter({ part, live, keep, say, fail }) {
  const [button, stop, pace] = ["camera", "stop", "pace"].map(part);
  let sentence = "";

  async function press() {
    if (live.runs) return freeze();
    sentence = "";
    const running = live.run(() => end(new Error("ended")));
    write();
    try {
      await running;
    } catch (error) {
      await end(error);
    }
  }

  async function freeze() {
    await keep(await live.freeze());
    write();
  }

  /** Close the camera; what it showed last stands. */
  async function end(error = null) {
    if (live.runs) await keep(await live.freeze());
    live.close();
    write();
    if (error) fail(error);
  }

  function write() {
    setWords(button, live.runs ? t("Freeze (Space)") : live.open ? t("Go on (Space)") : t("Camera"));
    stop.hidden = !live.runs && !live.open;
    pace.hidden = !live.runs;
  }

  button.addEventListener("click", press);
  stop.addEventListener("click", () => end());
  globalThis.addEventListener("pagehide", () => live.close());
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== " " || event.repeat || !live.open || event.target.closest?.(TYPING)) return;
      event.preventDefault();
      event.stopPropagation();
      press();
    },
    true,
  );

  return {
    freeze,
    get runs() {
      return live.runs;
    },
    /** Close it without a picture: another one was chosen. */
    close() {
      live.close();
      write();
    },
    /** What is to be known of the picture that is shown; said once, until it is another sentence. */
    tell({ drawn, rate, milliseconds, device }) {
      setWords(pace, t("{rate} pictures/s · both heads {ms} ms on this device ({device})", { rate: rate.toFixed(1), ms: Math.round(milliseconds), device: deviceWords(device) }));
      const words = drawn
        ? t("What counts as an object is what you drew: it follows what lay in it by its pixels, so neither head has a say.")
        : t("What counts as an object is the one-to-one head's own output, followed from picture to picture. That flatters this head, so no alignment is told: edit the boxes (E) and draw one for a fair comparison.");
      if (words !== sentence) say(words);
      sentence = words;
    },
  };
}

/** Where nothing moves: the camera is looked through until the button is pressed again, and that moment is the picture. */
export function createMoment({ part, take, fail }) {
  const [button, video] = ["camera", "video"].map(part);
  let camera = null;

  async function press() {
    if (camera) return take(await createImageBitmap(video), t("camera")); // which closes it
    camera = await openCamera(close, video);
    video.hidden = false;
    setWords(button, t("Take this moment"));
  }

  function close() {
    camera?.close();
    camera = null;
    video.hidden = true;
    setWords(button, t("Camera"));
  }

  button.addEventListener("click", () => press().catch(fail));
  globalThis.addEventListener("pagehide", close);
  return { close, freeze: close };
}

// The page's side of the network: pictures in, payloads out. Nothing is loaded before the first picture asks, and nothing leaves
// the device.

import { letterbox } from "./letterbox.js";
import { pack } from "./pack.js";

export const MOST_PIXELS = 50e6; // as the app
const LEAST_SIDE = 16;
const SHOWN_SIDE = 1280; // of the picture as it is carried; boxes keep the pixels of the whole one

/**
 * A network in a worker.
 *
 * @param address of the worker; models and runtimes are named from there on
 * @param runtimes {wasm: {module, binary, bytes}, webgpu: …}
 *
 * A detector is {name, model, bytes, classNames, strides, size}.
 */
export function createNetwork(address, runtimes) {
  let worker = null;
  let count = 0;
  const waiting = new Map();

  function start() {
    worker = new Worker(address, { type: "module" });
    worker.onmessage = ({ data }) => {
      const { resolve, reject, tell } = waiting.get(data.id);
      if (data.share !== undefined) return tell(data.share);
      waiting.delete(data.id);
      return data.error ? reject(new Error(data.error)) : resolve(data);
    };
    worker.onerror = (event) => {
      for (const { reject } of waiting.values()) reject(new Error(event.message || "the worker could not be started"));
      waiting.clear();
      worker = null;
    };
  }

  /** Both heads' outputs for a letterboxed picture; `tell` hears the share of the files that are here. */
  function run({ model, bytes }, box, tell) {
    if (!worker) start();
    count += 1;
    const id = count;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject, tell });
      worker.postMessage({ id, detector: { model, bytes }, runtimes, box }, [box.input.buffer]);
    });
  }

  /** What both heads say of a picture {rgba, width, height, drawn}, with all that its payload is made of. */
  async function see(detector, picture, tell = () => {}) {
    const box = letterbox(picture.rgba, picture.width, picture.height, detector.size, Math.max(...detector.strides));
    const shape = { width: box.width, height: box.height, gain: box.gain, pad: box.pad };
    const { heads, milliseconds, device } = await run(detector, box, tell);
    return { picture, shape, heads, detector, milliseconds, device };
  }

  return { see };
}

/** The payload of what was seen, as every live view reads it: its picture is a file inside. */
export async function payloadOf({ picture, shape, heads, detector }, name) {
  const { width, height } = picture;
  return pack({ ...(await shownPicture(picture.drawn)), width, height }, shape, heads, detector, name);
}

/** The next picture of a camera, its longer side as the network wants it; it is looked at in the camera's own size. */
export async function pictureOf({ video }, size) {
  const drawn = await createImageBitmap(video);
  const share = size / Math.max(drawn.width, drawn.height);
  return pixels(drawn, Math.max(1, Math.round(drawn.width * share)), Math.max(1, Math.round(drawn.height * share)));
}

/** A picture upright, over white, as RGBA; throws an Error whose message is a key of `refusals`. */
export async function pixelsOf(source) {
  let drawable = source;
  if (source instanceof Blob) {
    try {
      drawable = await createImageBitmap(source, { colorSpaceConversion: "none", imageOrientation: "from-image" });
    } catch {
      throw new Error("no picture");
    }
  }
  const { width, height } = drawable;
  if (width * height > MOST_PIXELS) throw new Error("too large");
  if (Math.min(width, height) < LEAST_SIDE) throw new Error("too small");
  return pixels(drawable, width, height);
}

/** Something drawn in a size: {rgba, width, height}, and `drawn` to look at. */
function pixels(drawn, width, height) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white"; // what shows through, as in Python
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(drawn, 0, 0, width, height);
  return { rgba: context.getImageData(0, 0, width, height).data, width, height, drawn: drawn.width === width ? canvas : drawn };
}

async function shownPicture(drawn) {
  const share = Math.min(1, SHOWN_SIDE / Math.max(drawn.width, drawn.height));
  const shown = document.createElement("canvas");
  Object.assign(shown, { width: Math.max(1, Math.round(drawn.width * share)), height: Math.max(1, Math.round(drawn.height * share)) });
  const context = shown.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(drawn, 0, 0, shown.width, shown.height);
  const blob = await new Promise((resolve) => shown.toBlob(resolve, "image/jpeg", 0.92));
  return { bytes: new Uint8Array(await blob.arrayBuffer()), type: "image/jpeg" };
}

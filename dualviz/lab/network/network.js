// The page's side of the network: pictures in, payloads out. Nothing is loaded before the first picture asks, and nothing leaves
// the device.

import { letterbox } from "./letterbox.js";
import { pack } from "./pack.js";

export const MOST_PIXELS = 50e6; // as the app
const LEAST_SIDE = 16;
const SHOWN_SIDE = 1280; // of the picture as it is carried; boxes keep the pixels of the whole one

/** A network over detectors {name: {name, title, model, bytes, runtime, runtimeBytes, classNames, strides, size}}. */
export function createNetwork(address) {
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
  function run(detector, box, tell = () => {}) {
    if (!worker) start();
    count += 1;
    const id = count;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject, tell });
      worker.postMessage({ id, detector, box }, [box.input.buffer]);
    });
  }

  /** What both heads say of a picture, as a payload. @param source a Blob or something that can be drawn */
  async function payloadOf(detector, source, name, tell) {
    const { rgba, width, height } = await pixelsOf(source);
    const box = letterbox(rgba, width, height, detector.size, Math.max(...detector.strides));
    const shape = { width: box.width, height: box.height, gain: box.gain, pad: box.pad };
    const [{ heads, milliseconds }, picture] = await Promise.all([run(detector, box, tell), shownPicture(rgba, width, height)]);
    return { bytes: pack({ ...picture, width, height }, shape, heads, detector, name), milliseconds };
  }

  return { run, payloadOf };
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
  const width = drawable.videoWidth ?? drawable.width;
  const height = drawable.videoHeight ?? drawable.height;
  if (width * height > MOST_PIXELS) throw new Error("too large");
  if (Math.min(width, height) < LEAST_SIDE) throw new Error("too small");
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white"; // what shows through, as in Python
  context.fillRect(0, 0, width, height);
  context.drawImage(drawable, 0, 0);
  return { rgba: context.getImageData(0, 0, width, height).data, width, height };
}

async function shownPicture(rgba, width, height) {
  const whole = document.createElement("canvas");
  Object.assign(whole, { width, height });
  whole.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
  const share = Math.min(1, SHOWN_SIDE / Math.max(width, height));
  const shown = document.createElement("canvas");
  Object.assign(shown, { width: Math.max(1, Math.round(width * share)), height: Math.max(1, Math.round(height * share)) });
  const context = shown.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, shown.width, shown.height);
  const blob = await new Promise((resolve) => shown.toBlob(resolve, "image/jpeg", 0.92));
  return { bytes: new Uint8Array(await blob.arrayBuffer()), type: "image/jpeg" };
}

// A page of the static site: a live view over a picture that is there, or over one's own, which the network in this page sees.

import { encodeTruth, detectionsAsTruth } from "../engine/truth.js";
import { base64Bytes, unpack } from "../engine/payload.js";
import { setWords } from "../kit/ink.js";
import { t } from "../kit/words.js";
import { createNetwork } from "../network/network.js";
import { withSeed } from "../network/pack.js";

const OWN = "own";

/**
 * Bring a page to life.
 * @param mount a room's own: (element, bytes, options) → {update}
 * @param site {kind, seed, pictures: {name: {title, detector, file, own}}, detectors: {name: …}, first}
 */
export async function openRoom(mount, site) {
  const root = new URL(site.root, document.baseURI);
  const bar = document.querySelector(".dvx-bar");
  const part = (name) => bar.querySelector(`[data-part=${name}]`);
  const asked = askedFor(site);
  const chosen = { picture: asked.picture, detector: site.pictures[asked.picture].detector };
  let room = null;
  let rev = 0;
  let own = null; // {source, name} of one's own picture
  let network = null;
  let stream = null;

  async function show() {
    rev += 1;
    const turn = rev;
    try {
      const [bytes, seed] = chosen.picture === OWN ? await ownPicture() : await bundled(chosen.picture);
      if (turn !== rev) return;
      const whole = withSeed(bytes, { ...site.seed, ...seed, rev });
      if (room) room.update(whole);
      else room = mount(document.querySelector("main"), whole, { standalone: true });
    } catch (error) {
      say(wordsOf(error));
    }
    for (const name of ["picture", "detector"]) part(name).value = chosen[name];
    part("detector").disabled = chosen.picture !== OWN; // those that come with the page were seen by one
  }

  async function bundled(name) {
    const { file, own: truth, detector } = site.pictures[name];
    chosen.detector = detector;
    say(location.protocol === "file:" ? t("Opened from a disk, this page shows the pictures that came with it. Your own need it on a web server, even one of this machine.") : "");
    return [base64Bytes(await textOf(file, root)), { own: truth }];
  }

  async function ownPicture() {
    network ??= createNetwork(new URL("worker.js", root).href);
    const detector = site.detectors[chosen.detector];
    const given = { ...detector, model: new URL(detector.model, root).href, runtime: new URL(detector.runtime, root).href };
    say(t("Loading the detector …"));
    const tell = (share) => say(share < 1 ? t("Loading the detector: {share} %", { share: Math.round(100 * share) }) : t("Both heads look at the picture …"));
    const { bytes, milliseconds } = await network.payloadOf(given, own.source, own.name, tell);
    const payload = unpack(bytes);
    const code = site.kind === "laboratory" ? encodeTruth(detectionsAsTruth(payload), payload) : null;
    const said = t("Both heads took {ms} ms on this device; nothing left it.", { ms: Math.round(milliseconds) });
    say(code ? `${said} ${t("What counts as an object here is the one-to-one head's own output, which flatters that head: draw your own boxes for a fair comparison.")}` : said);
    return [bytes, { own: { boxes: [], labels: [] }, truth: code, object: null }];
  }

  function take(source, name) {
    if (!source) return;
    own = { source, name };
    if (![...part("picture").options].some(({ value }) => value === OWN)) part("picture").append(new Option(t("your own picture"), OWN));
    if (chosen.picture !== OWN) chosen.detector = site.preferred;
    chosen.picture = OWN;
    show();
  }

  for (const [key, { title }] of Object.entries(site.pictures)) part("picture").append(new Option(title, key));
  const seers = new Set([...Object.values(site.pictures).map(({ detector }) => detector), ...Object.keys(site.detectors)]);
  for (const name of seers) part("detector").append(new Option(name, name));
  const say = (words) => setWords(part("status"), words);
  part("picture").addEventListener("change", () => {
    chosen.picture = part("picture").value;
    show();
  });
  part("detector").addEventListener("change", () => {
    chosen.detector = part("detector").value;
    show();
  });
  if (canSee(site)) {
    part("file").addEventListener("change", () => {
      const [file] = part("file").files;
      take(file, file?.name);
      part("file").value = "";
    });
    document.addEventListener("paste", (event) => {
      const file = [...(event.clipboardData?.files ?? [])][0];
      take(file, file?.name);
    });
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      const [file] = event.dataTransfer.files;
      take(file, file?.name);
    });
    part("camera").addEventListener("click", () => photograph().catch((error) => say(wordsOf(error))));
  } else {
    for (const name of ["own-label", "camera"]) part(name).hidden = true;
  }

  /** Look through the camera until the button is pressed again: that moment is the picture. */
  async function photograph() {
    const video = part("video");
    if (!stream) {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      setWords(part("camera"), t("Take this moment"));
      return;
    }
    const moment = await createImageBitmap(video);
    for (const track of stream.getTracks()) track.stop();
    stream = null;
    video.hidden = true;
    setWords(part("camera"), t("Camera"));
    take(moment, t("camera"));
  }

  await show();
}

/** Where the page can run the network: it was written with one, and not opened as a file. */
function canSee(site) {
  return Object.keys(site.detectors).length > 0 && location.protocol !== "file:";
}

/** The picture that the address asks for; its knobs go where the views look for them. */
function askedFor(site) {
  const asked = new URLSearchParams(location.search);
  const detector = asked.get("det");
  const names = Object.keys(site.pictures);
  const fits = (name) => site.pictures[name].name === asked.get("pic") && (!detector || site.pictures[name].detector === detector);
  const picture = names.find(fits) ?? site.first;
  for (const name of ["pic", "det", "lang", "view"]) asked.delete(name);
  if ([...asked].length) history.replaceState(null, "", `${location.pathname}#${asked}`);
  return { picture };
}

/** A file of a picture: a script that says its own text, since a page on a disk may read no other file. */
function textOf(file, root) {
  const known = (globalThis.dualvizPictures ??= new Map());
  if (known.has(file)) return Promise.resolve(known.get(file));
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(file, root).href;
    script.onload = () => resolve(known.get(file));
    script.onerror = () => reject(new Error("no file"));
    document.head.append(script);
  });
}

function wordsOf(error) {
  const known = {
    "no picture": t("This is not a picture that this browser can show: expected JPEG, PNG, WebP, GIF, BMP or AVIF."),
    "too large": t("The picture has more than 50 megapixels: take a smaller one."),
    "too small": t("The picture has fewer than 16 pixels on a side: take a larger one."),
    "no file": t("A file of this page is missing: copy the whole folder."),
    NotAllowedError: t("The camera was not allowed: allow it in the browser's settings for this page."),
    NotFoundError: t("This device has no camera that the page could use."),
  };
  return known[error.message] ?? known[error.name] ?? t("The detector could not run here: {reason}", { reason: error.message });
}

// A page of the static site: a live view over a picture that is there, or over one's own, which the network in this page sees:
// a file, or what the camera shows.

import { detectionsAsTruth } from "../engine/truth.js";
import { base64Bytes, bytesBase64, unpack } from "../engine/payload.js";
import { setWords } from "../kit/ink.js";
import { joined, t } from "../kit/words.js";
import { createNetwork, payloadOf, pixelsOf } from "../network/network.js";
import { withSeed } from "../network/pack.js";
import { carry, textOf } from "./carried.js";
import { createLive } from "./live.js";
import { createPage } from "./page.js";
import { deviceWords, flattered, wordsOf } from "./refusals.js";
import { createMoment, createShutter } from "./shutter.js";

const OWN = "own";
const NARROW = 640; // pixels of a page whose picture is too small for a whole smear

/**
 * Bring a page to life.
 * @param mount a room's own: (element, bytes, options) → {update}
 * @param site {kind, seed, pictures: {name: {title, detector, file, own}}, detectors: {name: …}, runtimes, first}
 */
export async function openRoom(mount, site) {
  const page = createPage(site);
  if (site.carried) carry(site.pictures[site.first].file, site.carried);
  const root = new URL(site.root, document.baseURI);
  const bar = document.querySelector(".dvx-bar");
  const part = (name) => bar.querySelector(`[data-part=${name}]`);
  const say = (words) => setWords(part("status"), words);
  const fail = (error) => say(wordsOf(error));
  const network = canSee(site) ? createNetwork(new URL("worker.js", root).href, site.runtimes) : null;
  const first = askedFor(site);
  const chosen = { picture: first, detector: site.pictures[first].detector };
  const seen = new Map(); // of one's own picture: what each detector said of it, {bytes, seed, words}
  let own = null; // {source, name} of one's own picture
  let shown = null; // {bytes, seed}
  let room = null;
  let camera = null;
  let rev = 0;

  async function show() {
    rev += 1;
    const turn = rev;
    try {
      const next = chosen.picture === OWN ? await ownPicture() : await bundled(chosen.picture);
      if (turn !== rev) return;
      shown = next;
      const whole = withSeed(next.bytes, { ...site.seed, ...next.seed, rev });
      if (room) await room.update(whole);
      else room = mount(document.querySelector("main"), whole, { standalone: true, linked: () => chosen.picture !== OWN, onAsk: takeAway });
      say(next.words);
    } catch (error) {
      fail(error);
    }
    write();
  }

  function write() {
    for (const name of ["picture", "detector"]) part(name).value = chosen[name];
    part("detector").disabled = chosen.picture !== OWN; // those that come with the page were seen by one
  }

  async function bundled(name) {
    const { file, own: truth, detector } = site.pictures[name];
    chosen.detector = detector;
    const disk = t("Opened from a disk, this page shows the pictures that came with it. Your own need it on a web server, even one of this machine.");
    const words = truth.from && !site.seed.truth ? flattered() : location.protocol === "file:" && !site.carried ? disk : "";
    return { bytes: base64Bytes(await textOf(file, root)), seed: { own: truth }, words };
  }

  async function ownPicture() {
    const { detector } = chosen;
    if (!seen.has(detector)) seen.set(detector, await seenBy(await see(() => pixelsOf(own.source))));
    return seen.get(detector);
  }

  async function seenBy(answer) {
    const bytes = await payloadOf(answer, own.name);
    const words = t("Both heads took {ms} ms on this device ({device}); nothing left it.", { ms: Math.round(answer.milliseconds), device: deviceWords(answer.device) });
    if (site.kind !== "laboratory") return { bytes, seed: { own: { boxes: [], labels: [] } }, words };
    return { bytes, seed: { own: detectionsAsTruth(unpack(bytes)), object: null }, words: joined(words, flattered()) };
  }

  /** What both heads say of the picture that `pictured` gives for a size; at first the detector is loaded. */
  async function see(pictured) {
    const detector = site.detectors[chosen.detector];
    const tell = (share) => say(share < 1 ? t("Loading the detector: {share} %", { share: Math.round(100 * share) }) : t("Both heads look at the picture …"));
    return network.see(detector, await pictured(detector.size), tell);
  }

  /** Show one's own picture. */
  function take(source, name) {
    if (!source) return;
    camera.close();
    own = { source, name };
    seen.clear();
    choose(OWN);
  }

  function choose(picture) {
    camera?.close();
    chosen.picture = picture;
    forgetObject();
    if (picture === OWN) beOwn();
    return show();
  }

  /** From now on the picture is one's own. */
  function beOwn() {
    if (![...part("picture").options].some(({ value }) => value === OWN)) part("picture").append(new Option(t("your own picture"), OWN));
    if (!site.detectors[chosen.detector]) chosen.detector = site.preferred;
    chosen.picture = OWN;
    write();
  }

  /** Keep a picture of the live view as it stands; where none has come, the one from before. */
  function keep(frozen) {
    if (!frozen && chosen.picture !== OWN) return say(shown.words);
    if (!frozen) return own ? show() : choose(first);
    own = { source: frozen.source, name: t("camera") };
    seen.clear();
    seen.set(chosen.detector, { ...frozen, words: frozen.seed.truth === null ? flattered() : "" });
    return show();
  }

  /** This page with the picture that is shown, as one file. */
  async function takeAway() {
    await camera?.freeze();
    const names = chosen.picture === OWN ? { name: own.name, title: own.name } : site.pictures[chosen.picture];
    const picture = { name: names.name, title: names.title, detector: chosen.detector, own: shown.seed.own };
    page(bytesBase64(shown.bytes), picture, { ...site.seed, ...room.state() });
  }

  function openCamera() {
    if (site.kind !== "laboratory") return createMoment({ part, take, fail });
    const begin = () => {
      beOwn();
      const wide = room.root.clientWidth > NARROW;
      room.setView({ zoom: !wide, pin: -1 }); // who follows the object sees nothing else move, but on a phone it needs the room
    };
    const live = createLive({ see, room: () => room, begin, tell: (picture) => camera.tell(picture) });
    return createShutter({ part, live, keep, say, fail });
  }

  for (const [key, { title }] of Object.entries(site.pictures)) part("picture").append(new Option(title, key));
  for (const name of new Set([...Object.values(site.pictures).map(({ detector }) => detector), ...Object.keys(site.detectors)])) part("detector").append(new Option(name, name));
  part("picture").addEventListener("change", () => choose(part("picture").value));
  part("detector").addEventListener("change", () => {
    chosen.detector = part("detector").value;
    if (!camera.runs) show();
  });
  if (network) {
    camera = openCamera();
    part("file").addEventListener("change", () => {
      const [file] = part("file").files;
      take(file, file?.name);
      part("file").value = "";
    });
    const dropped = (files) => take(files?.[0], files?.[0]?.name);
    document.addEventListener("paste", (event) => dropped(event.clipboardData?.files));
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      dropped(event.dataTransfer.files);
    });
  } else for (const name of ["own-label", "camera"]) part(name).hidden = true;
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
  const fits = (name) => site.pictures[name].name === asked.get("pic") && (!detector || site.pictures[name].detector === detector);
  const picture = Object.keys(site.pictures).find(fits) ?? site.first;
  for (const name of ["pic", "det", "lang", "view"]) asked.delete(name);
  if ([...asked].length) history.replaceState(null, "", `${location.pathname}#${asked}`);
  return picture;
}

/** Boxes and object that the address names belong to the picture from before. */
function forgetObject() {
  const link = new URLSearchParams(location.hash.slice(1));
  for (const name of ["t", "o"]) link.delete(name);
  history.replaceState(null, "", `${location.pathname}${location.search}#${link}`);
}

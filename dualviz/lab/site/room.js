// A page of the static site: a live view over a picture that is there, or over one's own, which the network in this page sees:
// a file, or what the camera shows.

import { detectionsAsTruth } from "../engine/truth.js";
import { base64Bytes, bytesBase64, unpack } from "../engine/payload.js";
import { decodeDetections, elsewhere, encodeDetections } from "../detections/state.js";
import { decodeState, encodeState } from "../engine/knobs.js";
import { followAddress, writeAddress } from "../kit/address.js";
import { setWords } from "../kit/ink.js";
import { joined, t } from "../kit/words.js";
import { createNetwork, payloadOf, pixelsOf } from "../network/network.js";
import { withSeed } from "../network/pack.js";
import { exerciseNames, goesToTongue, readAsked } from "./asked.js";
import { carry, textOf } from "./carried.js";
import { showExercise } from "./exercise.js";
import { createLive } from "./live.js";
import { createPage } from "./page.js";
import { deviceWords, flattered, wordsOf } from "./refusals.js";
import { createShare } from "./share.js";
import { createMoment, createShutter } from "./shutter.js";

const OWN = "own";
const NARROW = 640; // pixels of a page whose picture is too small for a whole smear

/**
 * Bring a page to life.
 * @param mount a room's own: (element, bytes, options) → {update}
 * @param site {kind, seed, start, pictures: {name: {title, detector, file, own, start}}, detectors: {name: …}, runtimes, first,
 *   controls, tongue, tongues, place}
 */
export async function openRoom(mount, site) {
  if (goesToTongue(site)) return;
  const page = createPage(site);
  if (site.carried) carry(site.pictures[site.first].file, site.carried);
  const root = new URL(site.root, document.baseURI);
  const bar = document.querySelector(".dvx-bar");
  const part = (name) => bar.querySelector(`[data-part=${name}]`);
  const say = (words) => setWords(part("status"), words);
  const fail = (error) => say(wordsOf(error));
  const network = canSee(site) ? createNetwork(new URL("worker.js", root).href, site.runtimes) : null;
  const asked = readAsked(site);
  const first = asked.picture;
  const chosen = { picture: first, detector: site.pictures[first].detector, truth: asked.truth, exercise: asked.exercise };
  let { link, faults } = asked; // what the address says of knobs, object and filters; what of it cannot be had
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
      if (Object.keys(link).length) locate(link); // the laboratory reads its knobs there
      const whole = withSeed(next.bytes, { ...site.seed, ...stateOf(next.start), ...next.seed, only: chosen.exercise.only, rev });
      if (room) await room.update(whole);
      else room = mount(document.querySelector("main"), whole, { standalone: true, linked: () => chosen.picture !== OWN, onAsk: takeAway, onRelease: released });
      say([...faults, next.words].filter(Boolean).reduce((said, more) => (said ? joined(said, more) : more), ""));
      faults = [];
    } catch (error) {
      fail(error);
    }
    write();
  }

  /** What the address says, as the room's state. */
  function stateOf(start) {
    if (!Object.keys(link).length && (site.carried || site.kind === "laboratory")) return {};
    if (site.kind === "laboratory") return decodeState(link);
    return { ...decodeDetections({ ...(start && { conf: String(start) }), ...link }), ...(start && { start }), knobs: decodeState(link).knobs };
  }

  function released(state) {
    if (site.kind === "laboratory") locate(encodeState(state));
    else locate({ ...encodeState(decodeState(link)), ...encodeDetections(state), conf: String(state.settings.conf) });
  }

  /** The address bar hears of the state; of a picture of one's own only knobs and filters can travel. */
  function locate(said) {
    link = chosen.picture === OWN ? elsewhere(said) : said;
    const { name: pic, detector: det } = site.pictures[chosen.picture] ?? {};
    const names = site.carried || chosen.picture === OWN ? {} : { pic, det, ...(chosen.truth !== "own" && { truth: chosen.truth }) };
    writeAddress({ ...names, ...link, ...exerciseNames(chosen.exercise) });
  }

  function write() {
    for (const name of ["picture", "detector"]) part(name).value = chosen[name];
    part("detector").disabled = chosen.picture !== OWN; // those that come with the page were seen by one
  }

  async function bundled(name) {
    const { file, own: truth, detector, start } = site.pictures[name];
    chosen.detector = detector;
    const disk = t("Opened from a disk, this page shows the pictures that came with it. Your own need it on a web server, even one of this machine.");
    const bytes = base64Bytes(await textOf(file, root));
    const own = { own: () => truth, none: () => ({ boxes: [], labels: [] }), detections: () => detectionsAsTruth(unpack(bytes)) }[chosen.truth]();
    const words = own.from && !site.seed.truth ? flattered() : location.protocol === "file:" && !site.carried ? disk : "";
    return { bytes, seed: { own }, words, start };
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
    chosen.truth = "own";
    link = elsewhere(link);
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
  showExercise(chosen.exercise, (left) => {
    chosen.exercise = left;
    locate(link);
    show();
  });
  if (!site.carried) createShare(() => (chosen.picture === OWN ? t("Your own picture stays on this device: the link carries the knobs only.") : ""));
  followAddress();
  await show();
}

/** Where the page can run the network: it was written with one, and not opened as a file. */
function canSee(site) {
  return Object.keys(site.detectors).length > 0 && location.protocol !== "file:";
}

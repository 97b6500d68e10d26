// What the address of a page asks for: a link of the app opens the same here, and what cannot be had is said.

import { elsewhere } from "../detections/state.js";
import { askedFor } from "../kit/address.js";
import { t } from "../kit/words.js";

const LONGEST = { title: 80, note: 400 }; // as in the app
const APART = ["pic", "det", "net", "gt", "truth", "lang", "view", "title", "note", "only"]; // all but knobs, object and filters

/** Open the page in the language of the link. @returns whether another page is opened */
export function goesToTongue({ root, tongue, tongues, place }) {
  const { lang, ...said } = askedFor();
  if (!tongues.includes(lang) || lang === tongue) return false;
  const folder = lang === tongues[0] ? "" : `${lang}/`;
  location.replace(new URL(`${folder}${place}.html#${new URLSearchParams(said)}`, new URL(root, document.baseURI)));
  return true;
}

/**
 * What a link of the app asks of a room.
 *
 * @param site {pictures, first, controls}
 * @returns {picture: its key, link: knobs, object and filters by name, truth: "own", "none" or "detections",
 *   exercise: {title, note, only}, faults: sentences on what is not here}
 */
export function readAsked({ pictures, first, controls }) {
  const said = askedFor();
  const ofName = Object.keys(pictures).filter((key) => pictures[key].name === said.pic);
  const ofDetector = (key) => !said.det || pictures[key].detector === said.det;
  const picture = ofName.find(ofDetector) ?? ofName[0] ?? first;
  const { title, detector } = pictures[picture];
  const faults = [
    said.pic && !ofName.length && t("The link shows a picture that this site does not have ({name}): here is {title} instead.", { name: said.pic, title }),
    ofName.length > 0 && !ofDetector(picture) && t("The link asks for the detector {wanted}, which this site does not show on {title}: here is {detector} instead.", { wanted: said.det, title, detector }),
    said.net && t("The link asks for a network input of {size} px; here every picture has the size that its detector was trained at.", { size: said.net }),
    said.gt && t("The link's truth is a file of its author; here the picture's own truth counts."),
    ["agreement", "loss"].includes(said.view) && t("The link opens a view that only the app has."),
  ].filter(Boolean);
  const link = Object.fromEntries(Object.entries(said).filter(([name]) => !APART.includes(name)));
  return {
    picture,
    link: said.pic && !ofName.length ? elsewhere(link) : link,
    truth: ["none", "detections"].includes(said.truth) ? said.truth : "own",
    exercise: exerciseOf(said, controls),
    faults,
  };
}

/** Title and note of a teacher's exercise, and the knobs that it shows (none: all). */
export function exerciseOf({ title = "", note = "", only = "" }, controls = []) {
  return { title: title.slice(0, LONGEST.title), note: note.slice(0, LONGEST.note), only: only.split(".").filter((name) => controls.includes(name)) };
}

/** The same as an address says it. */
export function exerciseNames({ title, note, only }) {
  return { ...(title && { title }), ...(note && { note }), ...(only.length && { only: only.join(".") }) };
}

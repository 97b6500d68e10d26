// One file of several pictures: one is chosen, and seen in the laboratory or by its detections; lessons may go along. The address
// says which: #pic=crowded&view=detections, and the knobs as everywhere (?a= or #a=).

import { mountDetections } from "../detections/detections.js";
import { decodeDetections, elsewhere, encodeDetections } from "../detections/state.js";
import { FILTERS, decodeState, encodeState } from "../engine/knobs.js";
import { askedFor, followAddress, writeAddress } from "../kit/address.js";
import { tellFrame } from "../kit/parent.js";
import { mountLaboratory } from "../laboratory/laboratory.js";
import { mountCourse } from "../lesson/lesson.js";
import { withSeed } from "../network/pack.js";

const ROOMS = ["laboratory", "detections", "lesson"];

/**
 * Bring the page to life.
 * @param carried gives the bytes of a part by its name
 * @param album {pictures: {name: {title, part, own, facts: [[key, words]], start}}, lessons: whether the part "course" is there}
 */
function openAlbum(carried, { pictures, lessons }) {
  const part = (name) => document.querySelector(`[data-album=${name}]`);
  const section = (name) => document.querySelector(`section[data-room=${name}]`);
  const asked = askedFor();
  const names = Object.keys(pictures);
  const chosen = { picture: names.includes(asked.pic) ? asked.pic : names[0], room: ROOMS.includes(asked.view) ? asked.view : lessons && asked.lesson ? "lesson" : "laboratory" };
  let link = Object.fromEntries(Object.entries(asked).filter(apart)); // what the address says of knobs, object and filters
  let rev = 0;
  const rooms = {};
  const mounts = {
    laboratory: (bytes) => mountLaboratory(section("laboratory"), bytes, { standalone: true, onRelease: (state) => keep({ ...filtersOf(link), ...encodeState(state) }) }),
    detections: (bytes) => mountDetections(section("detections"), bytes, { onRelease: (state) => keep({ ...knobsOf(link), ...encodeDetections(state), conf: String(state.settings.conf) }) }),
  };

  /** The address bar, and who frames the page, hear of the state. */
  function keep(said) {
    link = said;
    const known = { pic: chosen.picture, ...(chosen.room === "laboratory" ? {} : { view: chosen.room }), ...said };
    writeAddress(known);
    tellFrame("state", { link: new URLSearchParams(known).toString() });
  }

  function seedOf({ own, origin, start }) {
    const state = decodeState(link);
    if (chosen.room === "laboratory") return { ...state, rev, own, origin };
    return { ...decodeDetections({ conf: String(start), ...link }), rev, own, origin, start, knobs: state.knobs };
  }

  function show() {
    rev += 1;
    for (const name of ROOMS) section(name).hidden = name !== chosen.room;
    for (const button of part("rooms").children) button.toggleAttribute("aria-current", button.dataset.room === chosen.room);
    part("picture").value = chosen.picture;
    part("picture").disabled = chosen.room === "lesson"; // a lesson has pictures of its own
    const entry = pictures[chosen.picture];
    part("facts").replaceChildren(...entry.facts.flatMap(([key, words]) => [text("dt", key), text("dd", words)]));
    if (chosen.room === "lesson") {
      rooms.lesson ??= mountCourse(section("lesson"), carried, {});
      return;
    }
    keep(link); // the laboratory reads its knobs there
    const bytes = withSeed(carried(entry.part), seedOf(entry));
    if (rooms[chosen.room]) rooms[chosen.room].update(bytes);
    else rooms[chosen.room] = mounts[chosen.room](bytes);
  }

  for (const [name, { title }] of Object.entries(pictures)) part("picture").append(new Option(title, name));
  part("picture").addEventListener("change", () => {
    chosen.picture = part("picture").value;
    link = elsewhere(link);
    show();
  });
  for (const button of part("rooms").children) {
    button.hidden = button.dataset.room === "lesson" && !lessons;
    button.addEventListener("click", () => {
      chosen.room = button.dataset.room;
      show();
    });
  }
  followAddress();
  show();
}

const text = (tag, words) => Object.assign(document.createElement(tag), { textContent: words });
const isFilter = ([name]) => name === "dv" || Object.values(FILTERS).some(({ letter }) => letter === name);
const apart = ([name]) => !["pic", "view", "lesson", "step", "guess"].includes(name);
const filtersOf = (link) => Object.fromEntries(Object.entries(link).filter(isFilter));
const knobsOf = (link) => Object.fromEntries(Object.entries(link).filter((entry) => !isFilter(entry)));
